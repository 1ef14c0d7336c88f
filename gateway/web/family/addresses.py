"""A contact's own addresses: how they are shown, and what a contact may add. Pure.

Addresses hold passwords, so their owner too sees only what kind each is and whose. Families may add e-mail by the
gateway's own mail account, and services of which the server is fixed: an address that names a server of its own could
make the gateway talk to any machine in its network.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

from gateway.notify.address import scheme

_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\.]{2,}")
_TOPIC = re.compile(r"[A-Za-z0-9_-]{6,64}")
_TELEGRAM = re.compile(r"tgram://\d{6,12}:[A-Za-z0-9_-]{30,50}/-?\d{5,15}/?")
_PUSHOVER = re.compile(r"pover://[A-Za-z0-9]{30}@[A-Za-z0-9]{30}/?")
_KINDS = {"mailto": "E-mail", "mailtos": "E-mail", "ntfy": "ntfy", "ntfys": "ntfy", "tgram": "Telegram",
          "pover": "Pushover", "console": "The screen of who runs Keepwell", "mqtt": "The hub of the home",
          "announce": "Spoken at home"}  # fmt: skip
NOT_PRIVATE = frozenset({"mqtt", "announce"})
KINDS: Sequence[tuple[str, str]] = (
    ("email", "E-mail"),
    ("ntfy", "ntfy, an app for messages"),
    ("telegram", "Telegram"),
    ("pushover", "Pushover"),
)
"""What may be added."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An address as its owner sees it. `number`: its place among theirs."""

    number: int
    words: str


def shown(number: int, address: str) -> Shown:
    """Such as `E-mail to be…@example.org`."""
    kind = _KINDS.get(scheme(address), "Another service")
    if kind == "E-mail":
        parts = urlsplit(address)
        to = (parse_qs(parts.query).get("to") or [f"{parts.username or ''}@{parts.hostname or ''}"])[0]
        name, _, host = to.partition("@")
        return Shown(number, f"E-mail to {name[:2]}…@{host}")
    if kind == "ntfy":
        return Shown(number, f"ntfy, topic {urlsplit(address).netloc.rpartition('@')[2][:3]}…")
    return Shown(number, kind)


def made(kind: str, typed: str, mail: str | None) -> tuple[str, str]:
    """(the address, what is wrong with what was typed), one of them empty. `mail`: the gateway's own mail account."""
    if kind == "email" and mail is None:
        return "", "Keepwell has no mail account of its own here, so it cannot send e-mail. Please ask the care team."
    if kind not in _FORMS:
        return "", "Choose what kind of address it is."
    form, how = _FORMS[kind]
    if kind == "ntfy":
        typed = typed.removeprefix("ntfy://").removeprefix("https://ntfy.sh/")
    if len(typed) > _LONGEST or not form.fullmatch(typed):
        return "", how
    if kind == "email":
        return f"{mail}{'&' if '?' in (mail or '') else '?'}to={quote(typed, safe='@')}", ""
    return (f"ntfy://{typed}" if kind == "ntfy" else typed), ""


_LONGEST = 254
_FORMS = {
    "email": (_EMAIL, "This is no e-mail address. Write it like ben@example.org."),
    "ntfy": (_TOPIC, "This is no topic of ntfy. Use 6 to 64 letters, digits, - and _, hard to guess."),
    "telegram": (_TELEGRAM, "Write it like tgram://bot-token/chat-id, as your bot and the chat with it say."),
    "pushover": (_PUSHOVER, "Write it like pover://key-of-yours@token-of-the-app, each of 30 letters and digits."),
}
