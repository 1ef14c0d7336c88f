"""Addresses of contacts. Apprise URLs hold passwords and tokens anywhere in them, so only the scheme is ever shown."""


def scheme(address: str) -> str:
    """`mailto` of `mailto://...`, `console` of `console:`; lower case."""
    return address.partition(":")[0].lower()


def masked(address: str) -> str:
    """What may be logged and shown: `mailto://...`."""
    return f"{scheme(address)}://..." if "://" in address else f"{scheme(address)}:"


def lane(address: str) -> str:
    """What addresses share when they share a server: for keeping a slow one from delaying others. Never shown."""
    kind, separator, rest = address.partition("://")
    if not separator:
        return scheme(address)
    authority = rest.partition("/")[0].partition("?")[0]
    return f"{kind.lower()}://{authority.rpartition('@')[2].lower()}"
