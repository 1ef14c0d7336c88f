"""From a codec's object, and The Things Stack's normalised payload, to readings."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from devices import device_time
from devices.instant import MILLISECOND, SECOND, Instant
from devices.lorawan import sensecap
from devices.lorawan.brands import PER_CENT
from devices.lorawan.field import Field, Keys, Payload, Reading, numeric
from devices.lorawan.generic import battery_volts, counted_motion
from devices.lorawan.words import FOLD_LIMIT, fold, opening, state
from devices.quantity import QUANTITIES, SAFETY
from devices.values import NUMBERS, number

_KEYS_LIMIT = 400
_DEPTH = 4
_READINGS_LIMIT = 200
_HISTORY_LIMIT = 64
_RECORD_LIMIT = 40
_NORMALISED_LIMIT = 32

_WRAPPERS = frozenset(
    map(fold, ("data", "payload", "decoded", "values", "sensor", "sensors", "measurements", "telemetry", "environment",
               "status_data", "readings", "decoded_payload", "object"))
)  # fmt: skip
"""Keys that codecs put around what they measure."""
_VALUE = ("value", "val")
_HISTORY = frozenset(map(fold, ("history", "datalog", "historical_data", "backlog", "retransmission", "cached")))
_STAMPS = ("timestamp", "time", "ts", "timeStamp", "utc")
_TESTS = frozenset(
    map(fold, ("test", "self_test", "selftest", "test_mode", "test_alarm", "test_button", "test_pressed", "is_test"))
)
_TEST_REASONS = frozenset(("testbuttonpressed", "test", "selftest"))
_yes = state("flag")


def flat(content: Mapping[str, Any], most: int = _KEYS_LIMIT) -> dict[str, Any]:
    """The object's values by folded key; those of an object within it under both keys joined, or under its own.

    `{"value": 21.5, "unit": "°C"}` counts as the value, its unit put behind it. At most `most` keys are looked at.
    """
    fields: dict[str, Any] = {}
    _flatten(content, "", fields, iter(range(most)), _DEPTH)
    return fields


def _flatten(
    content: Mapping[str, Any], prefix: str, fields: dict[str, Any], budget: Iterator[int], depth: int
) -> None:
    for (key, raw), _ in zip(content.items(), budget, strict=False):
        if len(key) > FOLD_LIMIT:
            continue
        folded = fold(key)
        if type(raw) is dict:
            if folded in _HISTORY:
                continue
            value = next((raw[name] for name in _VALUE if name in raw), None)
            if value is not None:
                fields.setdefault(prefix + folded, _with_unit(value, raw.get("unit")))
            elif depth:
                _flatten(raw, prefix if folded in _WRAPPERS else prefix + folded, fields, budget, depth - 1)
        else:
            fields.setdefault(prefix + folded, raw)


def _with_unit(value: object, unit: object) -> object:
    if isinstance(unit, str) and 0 < len(unit) <= 12 and type(value) in (int, float):
        return f"{value} {unit}"
    return value


def is_test(fields: Mapping[str, Any]) -> bool:
    """Whether the object says that somebody pressed the test button."""
    if not _TESTS.isdisjoint(fields) and any(_yes(fields[key]) for key in _TESTS & fields.keys()):
        return True
    reason = fields.get("reason", fields.get("event"))
    return isinstance(reason, str) and len(reason) <= FOLD_LIMIT and fold(reason) in _TEST_REASONS


def read(payload: Payload, keys: Keys, own: Keys) -> Iterator[Reading]:
    """What the fields say by the table of their brand; the installer's `own` keys go first. No history."""
    test = is_test(payload.fields)
    for key, raw in payload.fields.items():
        if raw is None:
            continue
        if key == "messages" and isinstance(raw, list):
            found: Iterable[Reading] = sensecap.read(raw)
        else:
            field = own.get(key) or keys.get(key)
            if field is None:
                continue
            found = _one(field, raw, payload)
        for reading in found:
            if test and (reading.quantity == "button" or (reading.quantity in SAFETY and reading.value)):
                continue
            yield reading


def _one(field: Field, raw: object, payload: Payload) -> Iterable[Reading]:
    if field.special is None:
        value = field.read(raw)
        return () if value is None else (Reading(field.quantity, value, field.part, field.momentary),)
    found = field.special(raw, payload)
    return (reading._replace(part=field.part) for reading in found) if field.part else found


def history(
    content: Mapping[str, Any], payload: Payload, keys: Keys, received_at: Instant | None, *, trusted: bool
) -> Iterator[Reading]:
    """Numbers of old records that carry their own time. Old states are never told: a leak of last week is over."""
    for key, records in islice(content.items(), _KEYS_LIMIT):
        if not isinstance(records, list) or len(key) > FOLD_LIMIT or fold(key) not in _HISTORY:
            continue
        for record in records[:_HISTORY_LIMIT]:
            if not isinstance(record, dict):
                continue
            at = device_time.plausible(_stamp(record), received_at, trusted=trusted)
            if at is None:
                continue
            old = payload._replace(fields=flat(record, _RECORD_LIMIT))
            for reading in read(old, keys, {}):
                if QUANTITIES.get(reading.quantity, _ACTION).kind == "number":
                    yield reading._replace(at=at)


_ACTION = QUANTITIES["button"]


def _stamp(record: Mapping[str, Any]) -> Instant | None:
    """Seconds or milliseconds since 1970, or a text with a zone."""
    for name in _STAMPS:
        raw = record.get(name)
        if isinstance(raw, str) and (at := device_time.from_text(raw)) is not None:
            return at
        value = number(raw)
        if value is not None and 0 < value < 1e14:
            return int(value) * (MILLISECOND if value > 1e11 else SECOND)
    return None


_AIR = {
    "temperature": "temperature",
    "relativeHumidity": "humidity",
    "pressure": "pressure",
    "co2": "co2",
    "lightIntensity": "illuminance",
}
_LEAK = state("leak")
_CONTACT = opening()
_MOTION = state("motion")
_PERCENT = numeric("battery")
_MOST_VOLTS = 5
"""What a battery has at most; a codec that gives more has put a per cent in its place."""


def normalised(items: object, payload: Payload, brand: str) -> Iterator[Reading]:
    """The Things Stack's normalised payload: standard keys and units (its lib/payload.json).

    Air measured outdoors is another part of the device: a probe where the brand has probes. `at` is the measurement's
    own time, for the caller to believe.
    """
    for item in items[:_NORMALISED_LIMIT] if isinstance(items, list) else (items,):
        if not isinstance(item, dict):
            continue
        at = device_time.from_text(item.get("time"))
        for reading in _normalised(item, payload, brand):
            yield reading._replace(at=at) if at is not None else reading


def _normalised(item: Mapping[str, Any], payload: Payload, brand: str) -> Iterator[Reading]:
    air, action, water = (each if isinstance(each := item.get(key), dict) else {} for key in ("air", "action", "water"))
    part = ("probe" if brand == "dragino" else "outdoor") if air.get("location") == "outdoor" else ""
    of_the_box = "temperatureboard" in payload.fields and "temperature" not in payload.fields  # Browan
    for key, quantity in _AIR.items():
        if (value := NUMBERS[quantity](air.get(key))) is not None and not (of_the_box and key == "temperature"):
            yield Reading(quantity, value, part)
    volts = number(item.get("battery"))
    if volts is not None and (brand in PER_CENT or _MOST_VOLTS < volts <= 100):
        if (percent := _PERCENT(volts)) is not None:
            yield Reading("battery", percent)
    elif volts is not None:
        yield from battery_volts(volts, payload)
    motion = action.get("motion")
    if isinstance(motion, dict):
        if (moved := _MOTION(motion.get("detected"))) is not None:
            yield Reading("motion", moved)
        else:
            yield from counted_motion(motion.get("count"), payload)
    if (opened := _CONTACT(action.get("contactState"))) is not None:
        yield Reading("contact", opened)
    if (leak := _LEAK(water.get("leak"))) is not None:
        yield Reading("leak", leak)


def merged(decoded: Iterable[Reading], standard: Iterable[Reading]) -> list[Reading]:
    """Each part's quantity once: numbers from the normalised payload, states as the codec's own keys tell them.

    (Some codecs' normalisers take the text `NO LEAK` for true.) The battery is the codec's too: many put a per cent
    where volts belong.
    """
    own: dict[tuple[str, str, object], Reading] = {}
    for reading in islice(decoded, _READINGS_LIMIT):
        own.setdefault((reading.part, reading.quantity, reading.at or _is_event(reading)), reading)
    taken = {(part, quantity) for part, quantity, _ in own}
    if not taken.isdisjoint(_BATTERY):
        taken |= _BATTERY
    kept: dict[tuple[str, str, object], Reading] = {}
    for reading in islice(standard, _READINGS_LIMIT):
        place = (reading.part, reading.quantity)
        if place not in taken or (type(reading.value) is float and place not in _BATTERY):
            kept.setdefault((*place, reading.at), reading)
    replaced = {(part, quantity) for part, quantity, _ in kept}
    return [reading for (*place, _), reading in own.items() if tuple(place) not in replaced] + list(kept.values())


def _is_event(reading: Reading) -> object:
    """Two different presses of one frame are two."""
    return reading.value if reading.quantity == "button" else None


_BATTERY = frozenset({("", "battery"), ("", "battery_voltage")})
