"""Decoders of rtl_433 whose fields have a meaning of their own, by the model that they write."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from devices.rtl_433 import alarms, remotes
from devices.rtl_433.fields import Said, in_words
from devices.rtl_433.raw import Content
from devices.values import NUMBERS


class Model(NamedTuple):
    """What is special: `read` its own fields; `instead` the common fields that `read` sees to.

    `id_alone`: its id is fixed and long enough, so that `channel` adds nothing.
    """

    read: Callable[[Content], Iterable[Said]]
    instead: frozenset[str] = frozenset()
    id_alone: bool = True


def _nothing(content: Content) -> Iterator[Said]:  # noqa: ARG001
    return iter(())


def _efergy(content: Content) -> Iterator[Said]:
    value = NUMBERS["current"](content.get("current"))
    if value is not None:
        yield Said("current", value)


MODELS: dict[str, Model] = {
    "yale-hsa": Model(alarms.yale),
    "visonic-powercode": Model(alarms.visonic),
    "kerui-security": Model(alarms.kerui),
    "honeywell-security": Model(alarms.honeywell),
    "x10-security": Model(alarms.x10),
    "dsc-security": Model(alarms.dsc, frozenset({"closed", "tamper"})),
    "interlogix-security": Model(alarms.interlogix),
    "risco-rwx95p": Model(alarms.risco),
    "simplisafe-sensor": Model(alarms.simplisafe),
    "simplisafe-keypad": Model(alarms.simplisafe_keypad),
    "chuango-security": Model(alarms.chuango),
    "akhan-100f14": Model(alarms.akhan),
    "smoke-gs558": Model(alarms.smoke_gs558),
    "kidde-smoke": Model(alarms.kidde),
    "cavius-security": Model(alarms.cavius),
    "bresser-leakage": Model(alarms.leakage, id_alone=False),
    "fineoffset-wh55": Model(_nothing, id_alone=False),  # `alarm` is the setting of its siren
    "honeywell-activlink": Model(remotes.activlink),
    "generic-motion": Model(remotes.motion),
    "jasco-security": Model(alarms.jasco),
    "deltadore-x3d": Model(alarms.delta_dore),
    "efergy-e2ct": Model(_efergy),
    "ht680-remote": Model(remotes.ht680),
    "quinetic": Model(remotes.quinetic),
    "lightwave-rf": Model(remotes.lightwave),
    **dict.fromkeys(("govee-water", "govee-contact", "govee-h5059"), Model(alarms.govee)),
    **dict.fromkeys(("elro-db286a", "blyss-dc5ukwh"), Model(remotes.press)),
    **dict.fromkeys(("proove-security", "nexa-security"), Model(remotes.switches("state", "unit"), id_alone=False)),
    "klikaanklikuit-switch": Model(remotes.switches("command", "unit")),
    "waveman-switch": Model(remotes.switches("state", "button"), id_alone=False),
    "brennenstuhl-rcs2044": Model(remotes.switches("state", "key")),
    "x10-rf": Model(remotes.switches("state", ""), id_alone=False),
}
"""Model in lower case (spaces of releases before 2020 as dashes) to what is special about it."""
MODELS |= {
    old: MODELS[new]
    for old, new in {
        "interlogix": "interlogix-security",
        "dsc-contact": "dsc-security",
        "smoke-detector-gs-558": "smoke-gs558",
        "chuango-security-technology": "chuango-security",
        "generic-motion-sensor": "generic-motion",
    }.items()
}
"""And the names that these had before 2020."""


def _in_words(content: Content) -> Iterator[Said]:
    for key in ("state", "event"):
        if (said := in_words(content.get(key))) is not None:
            yield said


OTHERS = Model(_in_words, id_alone=False)
"""Every other model: the common fields, and `state` or `event` where they are plain words."""
