"""What people read uses the words of the house: resident, family, home; and says what was seen, never what is wrong.

Texts are the documents, what the commands say of themselves, and every sentence in the code of the gateway. A word in
backticks is a name in the software and is not judged.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tree import python_files, text, tracked

INSTEAD = {
    r"patients?": "resident",
    r"users?|end-users?": "resident, contact, installer, or whoever it is",
    r"elderly|seniors?|the aged|pensioners?|frail": "older people, or better the person",
    r"subjects?": "resident, or what an alert is about",
    r"diagnos\w+|symptoms?|UTI|infections?|dementia|depress\w+|confus(ed|ion)|wander\w*|disorder\w*|abnormal\w*": (
        "what was seen"
    ),
    r"suffer\w*|victims?|non-complian\w+": "what was seen",
}
ALLOWED = [
    r"subject line",  # of an e-mail
    r"user-agent",  # a header of HTTP
    r"keepwell users",  # a command
    r"concerns, subject",  # in lists of an alert's tags
    # accounts on a machine, a broker or a mail server
    r"\b(our user|user (names?|that runs|or password)|user:password)\b",
    r"(no|never|not) (a )?diagnosis",  # saying that we make none
]
A_SENTENCE = re.compile(r"\w\W+\w")
SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|PRAGMA|WITH|REPLACE|BEGIN)\b|^\w+ (!=|=|IS|<|>) ")


def unkind(words: str) -> list[str]:
    """What a text says in other words than ours, each with the word that we use."""
    words = re.sub(r"```.*?```|`[^`\n]*`", "", words, flags=re.DOTALL)
    for allowed in ALLOWED:
        words = re.sub(allowed, "", words, flags=re.IGNORECASE)
    return [
        f'"{match[0]}" (say: {instead})'
        for pattern, instead in INSTEAD.items()
        for match in re.finditer(rf"\b({pattern})\b", words, re.IGNORECASE)
    ]


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """Texts of more than one word in a module that could reach a person, with their lines.

    Docstrings count only where Typer shows them: in the commands.
    """
    tree = ast.parse(text(path))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    if path.parts[:2] == ("gateway", "cli"):
        docstrings = set()
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
            and A_SENTENCE.search(node.value)
            and not SQL.match(node.value)
        ):
            yield node.lineno, node.value


DOCUMENTS = [path for path in tracked() if path.suffix == ".md" and path.parts[0] != "tests"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_documents_use_our_words(path: Path) -> None:
    assert not unkind(text(path))


def test_what_the_gateway_says_uses_our_words() -> None:
    told = [
        f"{path}:{line}: {words}"
        for path in python_files("gateway")
        for line, sentence in sentences(path)
        for words in unkind(sentence)
    ]
    assert not told, "\n".join(told)


def test_the_check_finds_what_it_should() -> None:
    assert unkind("The patient did not get up") == ['"patient" (say: resident)']
    assert not unkind("Set `user` to the username; what we say is never a diagnosis")
