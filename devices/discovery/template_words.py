"""The words of a value template: the text outside the braces, the braces, and what stands between them."""

import re
from collections.abc import Iterator


class Unsupported(ValueError):  # noqa: N818 - it is no fault: the entity is then not read
    """The template uses what is not understood."""


_OPENING = re.compile(r"\{\{|\{%|\{#")
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>[0-9]{1,15}(?:\.[0-9]{1,15})?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"""
    r"""|(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<sign>==|!=|<=|>=|//|[-+*/%~<>()\[\]{}.,:|=]))""",
    re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
END = ("end", "")
"""What comes after the last word."""


class Words:
    """The words of a template, read one after the other."""

    def __init__(self, source: str) -> None:
        self._tokens = list(tokens_of(source))
        self._place = 0

    def _peek(self, ahead: int = 0) -> tuple[str, str]:
        place = self._place + ahead
        return self._tokens[place] if place < len(self._tokens) else END

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._place += 1
        return token

    def _took(self, kind: str, *words: str) -> str | None:
        token = self._peek()
        if token[0] == kind and token[1] in words:
            self._place += 1
            return token[1]
        return None

    def _expect(self, kind: str, word: str) -> None:
        if not self._took(kind, word):
            raise Unsupported(f"expected {word}")

    def _name(self) -> str:
        kind, word = self._next()
        if kind != "name":
            raise Unsupported("expected a name")
        return word


def tokens_of(source: str) -> Iterator[tuple[str, str]]:
    """(kind, word): `out` the text outside, `{{`, `{%`, `}}` and `%}`, and what stands between them."""
    place, trim = 0, False
    while place < len(source):
        found = _OPENING.search(source, place)
        outside = source[place : found.start()] if found else source[place:]
        minus = bool(found) and source.startswith("-", found.end() if found else 0)
        yield (
            "out",
            (outside.lstrip() if trim else outside).rstrip() if minus else outside.lstrip() if trim else outside,
        )
        if found is None:
            return
        place = found.end() + minus
        if found[0] == "{#":
            end = source.find("#}", place)
            if end < 0:
                raise Unsupported("an open comment")
            trim, place = source[end - 1] == "-", end + 2
            continue
        closing = "}}" if found[0] == "{{" else "%}"
        yield "block", found[0]
        inside = _Inside(source, place, closing)
        yield from inside.tokens()
        place, trim = inside.place, inside.trim


class _Inside:
    """The words between the braces; ends at the closing ones that belong to no object."""

    def __init__(self, source: str, place: int, closing: str) -> None:
        self.source, self.place, self.closing = source, place, closing
        self.trim = False

    def tokens(self) -> Iterator[tuple[str, str]]:
        depth = 0
        while True:
            while self.source[self.place : self.place + 1].isspace():
                self.place += 1
            if depth == 0:
                self.trim = self.source.startswith("-" + self.closing, self.place)
                if self.trim or self.source.startswith(self.closing, self.place):
                    self.place += len(self.closing) + self.trim
                    yield "block", self.closing
                    return
            found = _TOKEN.match(self.source, self.place)
            if found is None:
                raise Unsupported("a character that is not understood")
            self.place = found.end()
            kind = str(found.lastgroup)
            word = found[kind]
            depth += (word == "{") - (word == "}") if kind == "sign" else 0
            if kind == "text":
                word = re.sub(
                    r"\\(.)", lambda escaped: _ESCAPES.get(escaped[1], escaped[1]), word[1:-1], flags=re.DOTALL
                )
            yield kind, word
