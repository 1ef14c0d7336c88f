"""How easy a text is to read, by the published formulas. Numbers and units count as they are read aloud.

Syllables are counted by groups of vowels, which is what the formulas' authors do by ear; on plain texts it is within a
few per cent of a pronouncing dictionary. textstat would look words up, but downloads its dictionary.
"""

import re
from collections.abc import Sequence

_ALOUD = {
    "en": {r"\bmin\b": "minutes", r"\bh\b": "hours", r"%": " per cent"},
    "de": {r"\bmin\b": "Minuten", r"\bh\b": "Stunden", r"%": " Prozent"},
}
_VOWELS = {"en": r"[aeiouy]+", "de": r"ei|ai|au|eu|äu|ie|[aeiouyäöü]"}
_WORD = re.compile(r"\d+(?:[:.,]\d+)*|[^\W\d_]+(?:['-][^\W\d_]+)*")


def kincaid_grade(text: str) -> float:
    """The school grade in the United States that an English text needs; grade 4 begins at nine years of age.

    Kincaid, Fishburne, Rogers and Chissom: Derivation of new readability formulas for Navy enlisted personnel, 1975.
    """
    sentences, words = _parts(text, "en")
    syllables = sum(_syllables(word, "en") for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def vienna_grade(text: str) -> float:
    """The school grade that a German text needs, 4 being the easiest that the formula knows.

    The first Wiener Sachtextformel: Bamberger and Vanecek, Lesen - Verstehen - Lernen - Schreiben, 1984.
    """
    sentences, words = _parts(text, "de")
    syllables = [_syllables(word, "de") for word in words]
    many = _share(words, [count >= 3 for count in syllables])
    long = _share(words, [len(word) > 6 for word in words])
    one = _share(words, [count == 1 for count in syllables])
    return 0.1935 * many + 0.1672 * len(words) / sentences + 0.1297 * long - 0.0327 * one - 0.875


def _parts(text: str, language: str) -> tuple[int, Sequence[str]]:
    for sign, spoken in _ALOUD[language].items():
        text = re.sub(sign, spoken, text)
    return len(re.findall(r"[.!?:](?=\s|$)", text)) or 1, _WORD.findall(text)


def _syllables(word: str, language: str) -> int:
    if word[0].isdigit():
        return len(re.findall(r"\d+", word))
    word = word.lower()
    if language == "en":
        word = re.sub(r"(?<=[^aeiou])e(?=s?$|ment|less|ful|ly)(?<!le)|(?<=[^aeioutd])ed$", "", word)
    return max(1, len(re.findall(_VOWELS[language], word)))


def _share(words: Sequence[str], those: Sequence[bool]) -> float:
    return 100 * sum(those) / len(words)
