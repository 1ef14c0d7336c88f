"""A browser in words, so that people recognise their own among their sessions."""

_NAMES = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("CrOS", "a Chromebook"),
    ("Windows", "Windows"),
    ("Macintosh", "a Mac"),
    ("Linux", "Linux"),
)


def in_words(agent: str) -> str:
    """Such as `Firefox on Android`; `A browser` for what says nothing that we know. `agent`: its User-Agent header."""
    name = next((words for sign, words in _NAMES if sign in agent), "A browser")
    system = next((words for sign, words in _SYSTEMS if sign in agent), None)
    return f"{name} on {system}" if system else name
