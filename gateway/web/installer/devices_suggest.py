"""Which room and role a sensor most likely has, by the name that people gave it in its hub. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import get_args

from devices.catalogue import suggested_role
from gateway.journal.unregistered import Heard
from gateway.model import EXTERIOR_DOORS, PENDANTS, Role, Room, RoomKind

ROLES: tuple[str, ...] = get_args(Role)
_WORDS: dict[RoomKind, str] = {
    "bedroom": r"bed ?room|schlafzimmer|quarto",
    "bathroom": r"bath ?room|bath|shower|toilet|loo|wc|bad|badezimmer|casa de banho",
    "kitchen": r"kitchen|k(ü|ue)che|cozinha",
    "living": r"living( ?room)?|lounge|sitting ?room|front ?room|wohnzimmer|sala",
    "dining": r"dining( ?room)?|esszimmer",
    "hall": r"hall(way)?|corridor|landing|flur|diele|corredor",
    "entrance": r"entrance|porch|eingang|entrada",
    "office": r"office|study|b(ü|ue)ro",
    "outside": r"garden|outside|patio|terrace|garten",
}
_KINDS = {kind: re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])", re.IGNORECASE) for kind, words in _WORDS.items()}


def role_of(heard: Heard) -> str | None:
    """The role to offer; None where nothing tells."""
    one = heard.whole
    return suggested_role(one.model, one.quantities, one.name)


def room_of(name: str | None, role: str | None, rooms: Sequence[Room]) -> str | None:
    """The room to offer: the one that its name names, by name or by kind; an outside door's is the way in."""
    if role in PENDANTS:
        return None
    words = re.sub(r"[_./-]+", " ", name or "")
    for room in sorted(rooms, key=lambda one: -len(one.name)):
        if re.search(rf"(?<!\w){re.escape(room.name)}(?!\w)", words, re.IGNORECASE):
            return room.name
    for kind, pattern in _KINDS.items():
        if pattern.search(words) and (only := _only(room.name for room in rooms if room.kind == kind)):
            return only
    if role in EXTERIOR_DOORS:
        return _only(one.name for one in rooms if one.kind == "entrance") or _only(
            one.name for one in rooms if one.kind == "hall"
        )
    return None


def _only(names: Iterable[str]) -> str | None:
    found = list(names)
    return found[0] if len(found) == 1 else None
