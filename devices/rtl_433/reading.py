"""One event of rtl_433 (its JSON), whoever published it: address, quantities, and whether it is a repeat."""

from collections import OrderedDict
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

from devices import device_time
from devices.convention import Options, ignored
from devices.instant import MINUTE, SECOND, Instant, from_datetime
from devices.measurement import Decoded, Measurement, Message
from devices.rtl_433.fields import Said, common
from devices.rtl_433.flex import unrolled
from devices.rtl_433.heard import Heard
from devices.rtl_433.models import MODELS, OTHERS, Model
from devices.values import NUMBERS, number

REPEAT_WINDOW = 5 * SECOND
"""A transmitter that gets no answer says all again, 5 to 25 times within a few seconds."""
PRESS_GAP = 3 * SECOND // 2
"""The copies of a press, or of a key that is held down, follow each other more closely than two presses do."""
_OTHER_HOUR = 30 * MINUTE
"""Received so far apart, two events are not one, though local times be equal: in autumn an hour comes twice."""

_MOST_KEYS = 128
_LONGEST_TIME = 40
_MOST_DEVICES = 4_096
_VARIES = frozenset({
    "id", "time", "protocol", "rssi", "snr", "noise", "freq", "freq1", "freq2", "mod", "duration", "repeat", "is_retry",
    "retry", "retransmission", "msg_repeat", "signalRssi", "pulses", "train",
})  # fmt: skip
"""What differs between the repeats of one transmission: the moment and how it was received. (An `id` may be a number
to one receiver and a text to another; the address has it already.)"""

_IDS = ("id", "sensor_id", "device", "rid", "sid", "house_code")
"""Releases before 2019 had other names for `id`."""

_REMOTES = "a remote control, a raw code or a model that says nothing that Keepwell measures"


class Last(NamedTuple):
    """What a transmitter said last: a hash of it, by the transmitter's clock and by ours."""

    said: int
    clock: Instant | None
    received_at: Instant | None


class Rtl433Reader:
    """Reads the events of one hub: holds what each transmitter said last, and which have introduced themselves."""

    def __init__(self, name: str, options: Options) -> None:
        self._name = name
        self._trusted = options.trust_device_time
        self._last: OrderedDict[str, Last] = OrderedDict()
        self._heard = Heard()

    def read(self, content: dict[str, Any], message: Message, *, in_dbm: bool = False) -> Decoded:
        """What the event means, always untrusted. `in_dbm`: its `rssi` is in dBm, not in dB below full scale."""
        model = content.get("model")
        if not isinstance(model, str) or not model:
            return ignored(self._name, "an event without a model is of the receiver, not of a sensor")
        if content.get("type") == "TPMS":
            return ignored(self._name, "a tyre of somebody's car")
        if "num_rows" in content:
            content = unrolled(content)
        safe = _safe(model)
        special = MODELS.get(safe, OTHERS)
        address = _address(safe, special, content)
        if address is None:
            return ignored(self._name, "a transmitter without an id cannot be told from a neighbour's")
        return self._from(address, model, special, content, message, in_dbm=in_dbm)

    def _from(
        self, address: str, model: str, special: Model, content: dict[str, Any], message: Message, *, in_dbm: bool
    ) -> Decoded:
        clock, at = _time(content.get("time"))
        found = _say(special, content)
        pressed = any(said.quantity == "button" for said in found)
        if not message.retained and self._repeats(address, content, clock, message.received_at, pressed=pressed):
            return ignored(self._name, "a repeat of the same transmission")
        if message.retained and found:
            found = [said for said in found if said.quantity != "button"]
            if not found:
                return ignored(self._name, "a retained press is an old one")
        if not found:
            return ignored(self._name, _REMOTES)
        if in_dbm and (rssi := NUMBERS["rssi"](content.get("rssi"))) is not None:
            found.append(Said("rssi", rssi))
        at = device_time.plausible(at, message.received_at, trusted=self._trusted)
        return Decoded(
            self._name,
            tuple(
                Measurement(
                    f"{address}/{said.part}" if said.part else address,
                    said.quantity,
                    said.value,
                    at,
                    momentary=said.momentary,
                )
                for said in found
            ),
            described=self._heard.introduce(
                address,
                model,
                model.partition("-")[0] if "-" in model else None,
                model,
                [said.quantity for said in found],
            ),
            untrusted=True,
        )

    def _repeats(
        self,
        address: str,
        content: dict[str, Any],
        clock: Instant | None,
        received_at: Instant | None,
        *,
        pressed: bool,
    ) -> bool:
        """Whether it is what this transmitter said last, and soon after; what lies between makes it news again."""
        said = hash(
            tuple(
                (name, raw)
                for name, raw in islice(content.items(), _MOST_KEYS)
                if name not in _VARIES and isinstance(raw, str | int | float)
            )
        )
        now = Last(said, clock, received_at)
        before = self._last.pop(address, None)
        repeats = (
            before is not None and before.said == said and _soon(before, now, PRESS_GAP if pressed else REPEAT_WINDOW)
        )
        self._last[address] = before if before is not None and repeats and not pressed else now
        if len(self._last) > _MOST_DEVICES:
            self._last.popitem(last=False)
        return repeats


def _soon(before: Last, now: Last, window: int) -> bool:
    """By the transmitter's clock if both have it, since hours may be handed over within seconds; else by ours."""
    apart = None if before.received_at is None or now.received_at is None else abs(now.received_at - before.received_at)
    if before.clock is None or now.clock is None:
        return apart is None or apart <= window
    return abs(now.clock - before.clock) <= window and (apart is None or apart < _OTHER_HOUR)


def _say(model: Model, content: dict[str, Any]) -> list[Said]:
    """Everything it says, the model's own meaning first; one value for each quantity of a part."""
    found: dict[tuple[str, str], Said] = {}
    for said in model.read(content):
        found.setdefault((said.part, said.quantity), said)
    for key, raw in islice(content.items(), _MOST_KEYS):
        if key not in model.instead and (mine := common(content, key, raw)) is not None:
            found.setdefault((mine.part, mine.quantity), mine)
    return list(found.values())


def _address(safe: str, model: Model, content: dict[str, Any]) -> str | None:
    """`rtl_433:<model>:<id>`, and the channel where ids are short or drawn at random: two may share one."""
    keys = ("code",) if safe.startswith("generic-motion") else _IDS
    identity = next((found for key in keys if (found := _label(content.get(key)))), "")
    if not identity:
        return None
    channel = "" if model.id_alone else _label(content.get("channel"))
    return f"rtl_433:{safe}:{identity}:{channel}" if channel else f"rtl_433:{safe}:{identity}"


def _label(raw: object) -> str:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return ""
    if isinstance(raw, float):
        raw = int(raw) if raw.is_integer() else 0  # `1.0` of a bridge that knows no whole numbers
    text = _safe(str(raw)) if isinstance(raw, str) or abs(raw) < 1 << 64 else ""
    return "" if text == "bridge" else text


def _safe(text: str) -> str:
    """Lower case, and a dash for what an address may not hold."""
    return "".join(one if one.isascii() and (one.isalnum() or one in "._-?") else "-" for one in text[:64].lower())


def _time(raw: object) -> tuple[Instant | None, Instant | None]:
    """(its clock, for differences; its instant, if it has a zone): ISO, epoch seconds, local time, or `@0.08s`."""
    text = raw if isinstance(raw, str) and len(raw) <= _LONGEST_TIME else ""
    if text.startswith("@"):
        return _micro(number(text[1:].rstrip("s"))), None
    seconds = number(raw)
    if seconds is not None:
        at = _micro(seconds) if seconds > 0 else None
        return at, at
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return from_datetime(moment.replace(tzinfo=UTC)), None
        at = from_datetime(moment)
    except (ValueError, OverflowError):
        return None, None
    return at, at


def _micro(seconds: float | None) -> Instant | None:
    if seconds is None or abs(seconds) >= device_time.LATEST / SECOND:
        return None
    return round(seconds * SECOND)
