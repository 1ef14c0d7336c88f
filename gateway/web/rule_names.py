"""What rules are called where people read of them."""

from gateway.languages import FIRST, tables


def rule_name(rule: str) -> str:
    """Such as `No sign of being up`; of `door_open/porch` with what it is for behind it: `Door left open (porch)`."""
    kind, _, key = rule.partition("/")
    words = str(tables(FIRST)["title"].get(kind, kind.replace("_", " ")))
    return words[:1].upper() + words[1:] + (f" ({key})" if key else "")
