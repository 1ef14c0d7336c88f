"""Keepwell's own convention: `keepwell/<address>/<quantity>` with `{"value": ..., "at"?: RFC 3339, "id"?: text}`.

For anything that can be programmed, and for playing recordings. The address is used as written and may hold slashes;
the quantity is the last segment. Value and unit are canonical (devices/quantity.py): nothing is converted.
"""

from devices import device_time
from devices.convention import Options, ignored
from devices.guide import Guide
from devices.measurement import Decoded, Measurement, Message, Rejected, Value
from devices.payload import KINDS, read_object
from devices.quantity import QUANTITIES, Kind
from devices.values import WORD_LIMIT, number, word

NAME = "keepwell"
GUIDE = Guide(
    NAME,
    "Keepwell's own",
    source="this page.",
    topics="""For anything that you can program, and for playing recordings:

    keepwell/<address>/<quantity>    {"value": true, "at": "2026-01-05T08:30:00Z", "id": "boot3-0012"}

The address is used as written and may hold `:` and `/`; the quantity is the last segment and one of those in
`devices/quantity.py`, the value in its unit: true or false, a number, or an action's name. Texts are not taken for
numbers. `at` (RFC 3339 with a zone) and `id` may be left out. Give a press an `id` that is never used twice: a repeated
delivery is then known for what it is. An `at` that cannot be used is dropped, the value is kept.""",
    readings=(),
    ignored="`keepwell/homes/...`, which is what Keepwell itself announces.",
    to_set="nothing.",
)
_EXPECTED: dict[Kind, str] = {
    "bool": "true or false",
    "number": "a finite number",
    "action": f"an action's name of 1 to {WORD_LIMIT} characters",
}


class Keepwell:
    """Reads Keepwell's own convention. It learns nothing."""

    def __init__(self, options: Options) -> None:
        self._trusted = options.trust_device_time

    def claims(self, topic: str) -> bool:
        """Whether the topic begins with `keepwell/`."""
        return topic.startswith("keepwell/")

    def decode(self, message: Message) -> Decoded:
        """One measurement, or why not."""
        address, _, quantity = message.topic.removeprefix("keepwell/").rpartition("/")
        if address == "homes" or address.startswith("homes/"):
            return ignored(NAME, "Keepwell's own announcement")
        if not message.payload:
            return ignored(NAME, "empty payload: a retained value was cleared")
        result = self._read(address, quantity, message)
        if isinstance(result, Rejected):
            return Decoded(NAME, rejected=result)
        return Decoded(NAME, measurements=(result,))

    def _read(self, address: str, name: str, message: Message) -> Measurement | Rejected:
        if not address or not name:
            return Rejected("bad_topic", "expected keepwell/<address>/<quantity>")
        quantity = QUANTITIES.get(name)
        if quantity is None:
            return Rejected("unknown_quantity", f"{name!r} is not a quantity that Keepwell knows")
        content = read_object(message.payload)
        if isinstance(content, Rejected):
            return content
        raw = content.get("value")
        if raw is None:
            return Rejected("no_value", 'the object has no "value"')
        value = _value(raw, quantity.kind)
        if value is None:
            found = KINDS.get(type(raw), "an object")
            if quantity.kind == "number" and found == "a number":
                found = "one that is infinite or undefined"
            return Rejected("bad_value", f"{name} expects {_EXPECTED[quantity.kind]}, found {found}")
        at = device_time.from_text(content.get("at"))
        identity = content.get("id")
        return Measurement(
            address,
            name,
            value,
            device_time.plausible(at, message.received_at, trusted=self._trusted),
            word(str(identity) if type(identity) is int else identity),
        )


def _value(raw: object, kind: Kind) -> Value | None:
    """`raw` if it is of the kind, else None; texts are not taken for numbers here."""
    if kind == "bool":
        return raw if isinstance(raw, bool) else None
    if kind == "action":
        return word(raw)
    return None if isinstance(raw, str) else number(raw)
