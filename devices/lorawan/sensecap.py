"""SenseCAP (Seeed): an object with a list of `messages`, each one measurement by its number.

By the codecs in The Things Stack's device repository: a list of measurements, or of lists of them (T1000), each with
`measurementId` and `measurementValue`. The T1000 is worn: its SOS button is an event in a list of events.
"""

from collections.abc import Iterator
from itertools import islice

from devices.instant import MILLISECOND
from devices.lorawan.field import Reading
from devices.values import NUMBERS, number

MODEL = r"T1000|S210[0-9]"
_LIMIT = 128
_MEASURED = {
    3000: ("battery", 1.0),
    4097: ("temperature", 1.0),
    4098: ("humidity", 1.0),
    4099: ("illuminance", 1.0),
    4100: ("co2", 1.0),
    4101: ("pressure", 0.01),
}
_EVENTS = 4200
_PRESSES = {7: "emergency", 8: "press"}
"""Number of an event of the T1000; the others are of its movement and its thresholds."""


def read(messages: list[object]) -> Iterator[Reading]:
    """What the messages say; `at` is the time of collection (T1000), which is for the caller to believe."""
    for message in islice(_flat(messages), _LIMIT):
        if (battery := NUMBERS["battery"](message.get("battery"))) is not None:
            yield Reading("battery", battery)
        code = number(message.get("measurementId"))
        if code is None:
            continue
        raw = message.get("measurementValue")
        milliseconds = number(message.get("timestamp"))
        at = None if milliseconds is None or not 0 < milliseconds < 1e14 else int(milliseconds) * MILLISECOND
        if code == _EVENTS:
            for event in raw[:16] if isinstance(raw, list) else ():
                if isinstance(event, dict) and (action := _PRESSES.get(int(number(event.get("id")) or 0))) is not None:
                    yield Reading("button", action, at=at)
        elif (known := _MEASURED.get(int(code))) is not None:
            quantity, factor = known
            value = number(raw)
            found = None if value is None else NUMBERS[quantity](round(value * factor, 6))
            if found is not None:
                yield Reading(quantity, found, at=at)


def _flat(messages: list[object]) -> Iterator[dict[str, object]]:
    for message in messages[:_LIMIT]:
        for each in message[:_LIMIT] if isinstance(message, list) else (message,):
            if isinstance(each, dict):
                yield each
