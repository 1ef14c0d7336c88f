"""What is printed on a sensor, as a QR code reader or a person types it: which address it names. Pure.

Sources: Zigbee install codes `Z:…$I:…` and those of Bosch (`…DLK…`), Aqara (`G$M:…$A:…$I:…`) and `EUI64|code` as
zigbee-herdsman reads them; LoRaWAN `LW:D0:…` of the LoRa Alliance's TR005; EnOcean's labels by ANSI MH10.8.2
(`30S` and the EURID); setup codes of Matter (`MT:`), HomeKit (`X-HM:`) and Z-Wave SmartStart (digits from 90), which
name no address. An install code is a secret: it is recognised and not kept.
"""

import re
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

_LONGEST = 512
_ADDRESS = re.compile(r"[a-z][a-z0-9_]*:\S.*")
_EUI = r"([0-9A-Fa-f]{16})"
_ZIGBEE, _LORAWAN = "zigbee2mqtt:0x", "lorawan:"
_SETUP = (
    "This is a {} code, which names no address. Add the sensor to its hub with it: once it is heard it appears on this"
    " page by itself."
)
_SECOND = "Scan the code with the address, often a second one on the back or under the battery."
_OTHER_LORAWAN = (
    "This LoRaWAN code is of a form that we do not know. Type the DevEUI that is printed beside it: 16 digits."
)
_OF_MACS = ("shelly:", "theengs:", "glow:")


class Code(NamedTuple):
    """What a code names: full `addresses` that it can mean, the likeliest first, or `digits` of one.

    `kind`: what sort of code it is, in words. `secret`: it holds an install code, which belongs into the hub.
    """

    kind: str
    addresses: tuple[str, ...] = ()
    digits: str = ""
    secret: bool = False


class Unreadable(ValueError):  # noqa: N818 - its text is a sentence for who typed it
    """The code names no sensor; the text says why, and what to do."""


def read(text: str) -> Code:
    """What the code names. Unreadable says why it names nothing."""
    typed = "".join(text.split())
    if not typed:
        raise Unreadable("Type or scan the code that is printed on the sensor.")
    if len(typed) > _LONGEST:
        raise Unreadable("This is too long for a code of a sensor. Scan one sensor at a time.")
    for pattern, words in _NO_ADDRESS:
        if pattern.match(typed):
            raise Unreadable(words)
    for pattern, made in _FORMS:
        if (match := pattern.fullmatch(typed)) is not None:
            return made(match)
    if _ADDRESS.fullmatch(text.strip()):
        return Code("an address", (text.strip(),))
    raise Unreadable(
        "This code is not one that we can read. Type the address that is printed on the sensor, such as"
        " 0x00158d0001a2b3c4, or wake the sensor: once it is heard it appears on this page by itself."
    )


def meant(code: Code, known: Collection[str]) -> Sequence[str]:
    """The known addresses that the code means; those with its digits where it gives no more."""
    whole = [one for one in code.addresses if one in known]
    return whole or [one for one in sorted(known) if code.digits and code.digits in _hex(one.partition(":")[2])]


def _hex(text: str) -> str:
    return re.sub(r"[^0-9a-f]", "", text.lower().removeprefix("0x"))


def _install_code(match: re.Match[str]) -> Code:
    digits = match[1].lower()
    return Code("a Zigbee install code", (_ZIGBEE + digits,), digits, secret=True)


def _zigbee(match: re.Match[str]) -> Code:
    digits = match[1].lower()
    return Code("a Zigbee address", (_ZIGBEE + digits,), digits)


def _lorawan(match: re.Match[str]) -> Code:
    digits = match[1].lower()
    return Code("a LoRaWAN code", (_LORAWAN + digits,), digits)


def _eui64(match: re.Match[str]) -> Code:
    """Zigbee and LoRaWAN have the same sort of address."""
    digits = _hex(match[0])
    return Code("an address of 16 digits", (_ZIGBEE + digits, _LORAWAN + digits), digits)


def _mac(match: re.Match[str]) -> Code:
    digits = _hex(match[0])
    return Code("an address of 12 digits", tuple(name + digits for name in _OF_MACS), digits)


def _enocean(match: re.Match[str]) -> Code:
    """Eight digits, or twelve with zeros before them; a hub tells of such a sensor by a name of its own."""
    return Code("an EnOcean label", (), match[1].lower()[-8:])


_FORMS: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], Code]]] = (
    (re.compile(rf"Z:{_EUI}\$I:[0-9A-Fa-f]{{16,36}}(?:[$%].*)?", re.IGNORECASE), _install_code),
    (re.compile(rf"G\$M:.+\$A:{_EUI}\$I:[0-9A-Fa-f]{{16,36}}(?:[$%].*)?", re.IGNORECASE), _install_code),
    (re.compile(rf"[0-9A-Z]{{20,50}}{_EUI}DLK[0-9A-F]{{32,36}}", re.IGNORECASE), _install_code),
    (re.compile(rf"{_EUI}\|[0-9A-Fa-f]{{16,36}}"), _install_code),
    (re.compile(rf"LW:D0:[0-9A-Fa-f]{{16}}:{_EUI}:[0-9A-Fa-f]{{8}}(?::.*)?", re.IGNORECASE), _lorawan),
    (re.compile(r"30S([0-9A-F]{12}|[0-9A-F]{8})(?:\+.*)?", re.IGNORECASE), _enocean),
    (re.compile(rf"0x{_EUI}", re.IGNORECASE), _zigbee),
    (re.compile(r"[0-9A-Fa-f]{16}|[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){7}"), _eui64),
    (re.compile(r"[0-9A-Fa-f]{12}|[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}"), _mac),
)
_NO_ADDRESS = (
    (re.compile(r"MT:|\d{11}$|\d{21}$", re.IGNORECASE), _SETUP.format("Matter")),
    (re.compile(r"X-HM:", re.IGNORECASE), _SETUP.format("HomeKit")),
    (re.compile(r"90\d{50,}$"), _SETUP.format("Z-Wave")),
    (re.compile(r"LW:(?!D0:)", re.IGNORECASE), _OTHER_LORAWAN),
    (re.compile(r"https?://", re.IGNORECASE), "This is a link to a web page, not the code of a sensor. " + _SECOND),
    (re.compile(r"\d{8}$|\d{13,14}$"), "This is a product's barcode, the same on each sensor of its kind. " + _SECOND),
)
