"""Ways to reach a contact, as a page asks for them, and the addresses that they become. Addresses hold secrets."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from gateway.errors import BadInput
from gateway.model import ANNOUNCE
from gateway.notify.address import masked, scheme
from gateway.registry.entries import ContactEntry
from gateway.registry.homefile import ValidateChannel
from gateway.web.site import Site
from gateway.web.visit import Visit

EMAIL, NTFY, AT_HOME, OTHER = "email", "ntfy", "announce", "address"
_EMAIL = re.compile(r"[^@\s<>\"']{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""As ntfy has its topics."""
_FILE = re.compile(r"[?&](template|keyfile|subfile|pgpkey)=|=(/|~|\.{1,2}/|file:|%2f|%7e)", re.IGNORECASE)
"""What Apprise reads from a file and sends on. Whoever has the command line may use it, as they can read it anyhow."""
_LONGEST = 1024
_SPARE = 1
_AT_FIRST = 2
_NAMES: Mapping[str, str] = {
    "mailto": "E-mail",
    "mailtos": "E-mail",
    "ntfy": "ntfy",
    "ntfys": "ntfy",
    "announce": "Spoken at home",
    "console": "The console of the gateway",
    "mqtt": "MQTT",
}


@dataclass(frozen=True, slots=True)
class Way:
    """One line of the form: number from 1, what is there already, in words without its secret, and what was typed."""

    number: int
    known: str | None
    kind: str = ""
    typed: str = ""
    remove: bool = False


def named(address: str) -> str:
    """Such as `E-mail (mailto://...)`: never more of it."""
    return f"{_NAMES.get(scheme(address), 'A message')} ({masked(address)})"


def kinds(site: Site) -> Sequence[tuple[str, str]]:
    """What can be chosen here: plain e-mail only where Keepwell has an account to send by."""
    email = ((EMAIL, "E-mail"),) if site.settings.web.mail is not None else ()
    return (
        *email,
        (NTFY, "ntfy, a free app on their phone"),
        (AT_HOME, "Spoken at home, for the resident"),
        (OTHER, "Another service, by its address"),
    )


def lines(visit: Visit, present: Sequence[str]) -> Sequence[Way]:
    """The lines of the form: those that are there, and room for more."""
    count = max(len(present) + _SPARE, _AT_FIRST)
    usual = [*(_kind(address, visit.site) for address in present), *[kinds(visit.site)[0][0]] * _AT_FIRST]
    return [
        Way(
            number,
            named(present[number - 1]) if number <= len(present) else None,
            visit.typed(f"way_{number}") or usual[number - 1],
            visit.typed(f"address_{number}"),
            bool(visit.typed(f"remove_{number}")),
        )
        for number in range(1, count + 1)
    ]


def _kind(address: str, site: Site) -> str:
    """Which of the choices an address is one of."""
    if address.lower() == ANNOUNCE:
        return AT_HOME
    if scheme(address) in {"mailto", "mailtos"} and site.settings.web.mail is not None:
        return EMAIL
    return NTFY if address.startswith("ntfy://") and _TOPIC.fullmatch(address.removeprefix("ntfy://")) else OTHER


async def typed(visit: Visit, present: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The addresses in order, as typed or as they were, and by field what is wrong."""
    found: list[str] = []
    problems: dict[str, str] = {}
    for line in lines(visit, present):
        if line.remove and line.known is not None:
            continue
        address, told = _made(visit.site, line)
        if told is None and address is not None:
            told = await _problem(visit.site.registry.validate_channel, address)
        if told is not None:
            problems[f"address_{line.number}"] = told
        elif address is not None:
            found.append(address)
        elif line.known is not None:
            found.append(present[line.number - 1])
    found = list(dict.fromkeys(found))
    if not found and not problems:
        problems["address_1"] = "Give at least one way to reach them, or nobody can be told."
    return found, problems


def _made(site: Site, line: Way) -> tuple[str | None, str | None]:
    """The address that a line becomes, or what is wrong with it; neither where nothing was typed."""
    text = line.typed
    if line.kind == AT_HOME:
        told = "What is spoken at home needs no address. Choose another way above, or leave this empty."
        return (None, told) if text else (ANNOUNCE, None)
    if not text:
        return None, None
    if line.kind == EMAIL:
        account = site.settings.web.mail
        if account is None or not _EMAIL.fullmatch(text):
            return None, "This is no e-mail address. Write it like ann@example.org."
        known = account.get_secret_value()
        return f"{known}{'&' if '?' in known else '?'}to={quote(text, safe='@')}", None
    if line.kind == NTFY:
        told = "A topic has letters, digits, hyphens and underscores only, such as ann-4f9a2c."
        return (f"ntfy://{text}", None) if _TOPIC.fullmatch(text) else (None, told)
    return text, None


async def _problem(validate: ValidateChannel | None, address: str) -> str | None:
    """In words of the page, why nothing can be sent there. The first look takes a second: it is not the loop's."""
    told = (
        "No message can be sent there: the address is not complete, or of no service that Keepwell knows. It looks like"
        " ntfy://topic or mailtos://name:password@example.org?to=ann@example.org."
    )
    if len(address) > _LONGEST:
        return "This is too long: an address has at most 1,024 letters."
    if _FILE.search(address):
        return "This names a file of the machine that Keepwell runs on. Write the address without it."
    try:
        ContactEntry(name="x", channels=(address,))
        if validate is not None:
            await asyncio.to_thread(validate, address)
    except (BadInput, ValueError):
        return told
    return None
