"""EnOcean through enocean-mqtt (https://github.com/embyt/enocean-mqtt): `enocean/<sensor>[/<shortcut>]`.

A telegram comes as one JSON object on the sensor's topic, or each of its shortcuts as plain text on one of its own.
What a shortcut means hangs on the sensor's profile, which no message tells: the installer's mapping does. An address is
`enocean:<sensor>`, with dots for the slashes of its name.
"""

import re
from typing import Any, NamedTuple

from devices import device_time
from devices.convention import Options, ignored
from devices.duplicates import Recent
from devices.enocean.guide import GUIDE
from devices.enocean.mapping import profile_name
from devices.enocean.presses import Key, Keys
from devices.enocean.profiles import MOMENTARY, Profile, Telegram, code, profile
from devices.instant import DAY, Instant
from devices.measurement import Decoded, Measurement, Message, Rejected
from devices.payload import read_object
from devices.remembering import keep
from devices.values import NUMBERS, number

__all__ = ["GUIDE", "Enocean"]

NAME = "enocean"

_CACHE = 4_000
_REMEMBERED = 1_000
_PLAIN_LIMIT = 64
_CHANNEL = re.compile(r"([A-Za-z_]{1,16})([0-9]{1,10})(?:\.0)?")
_LEARN = ("LRN", "LRNB")
_NO_SHORTCUTS = Profile(())
_OF_THE_TELEGRAM = frozenset({"NU", "T21"})
"""Come last, and tell of the telegram that they are in: of no use for the next one."""


class Place(NamedTuple):
    """What one topic is: a sensor with its profile, the values that stand in the topic, and perhaps a shortcut."""

    address: str = ""
    profile: Profile = _NO_SHORTCUTS
    momentary: bool = False
    channels: dict[str, int] = {}  # noqa: RUF012 - never changed
    """Of all segments behind the sensor, for a JSON telegram."""
    above: dict[str, int] = {}  # noqa: RUF012 - never changed
    """Of all but the last, which is the shortcut of a plain value."""
    shortcut: str = ""
    why: str = ""


class Enocean:
    """Reads one hub's enocean-mqtt: holds what topics are, plain telegrams, and which keys are down."""

    def __init__(self, options: Options) -> None:
        self._trusted = options.trust_device_time
        self._prefix = options.enocean_prefix + "/" if options.enocean_prefix else ""
        self._sensors = {
            sensor: profile_name(eep) or ""
            for name, eep in options.enocean_sensors.items()
            if (sensor := name.removeprefix(self._prefix).strip("/")) and isinstance(eep, str)
        }
        self._tops = tuple(f"{name}/" for name in self._sensors)
        self._places: dict[str, Place] = {}
        self._latest: dict[str, dict[str, Any]] = {}
        self._keys = Keys()
        self._dates = Recent(DAY)

    def claims(self, topic: str) -> bool:
        """Whether the topic is under the prefix; without one, whether it is a mapped sensor's."""
        if self._prefix:
            return topic.startswith(self._prefix)
        return topic in self._sensors or topic.startswith(self._tops)

    def decode(self, message: Message) -> Decoded:
        """What a telegram, or one of its shortcuts, means."""
        topic = message.topic
        place = self._places.get(topic)
        if place is None:
            place = keep(self._places, topic, self._place(topic[len(self._prefix) :]), _CACHE)
        if place.why:
            return ignored(NAME, place.why)
        if not message.payload:
            return ignored(NAME, "empty payload: a retained value was cleared")
        if message.payload.lstrip()[:1] in {b"{", b"["} or not place.shortcut:
            return self._whole(place, message)
        return self._single(place, message)

    def _place(self, path: str) -> Place:
        segments = path.split("/")
        for count in range(len(segments), 0, -1):
            name = "/".join(segments[:count])
            if (eep := self._sensors.get(name)) is not None:
                break
        else:
            return Place(why="a sensor that the hub's EnOcean mapping does not name: add <sensor> = <profile> to it")
        rest = segments[count:]
        if "req" in rest:
            return Place(why="a command to a device")
        read = profile(eep)
        if read is None:
            return Place(why=f"an EnOcean profile that Keepwell does not read: {eep or 'none'}")
        channels = [(found[1], int(found[2])) for segment in rest if (found := _CHANNEL.fullmatch(segment))]
        above = [(found[1], int(found[2])) for segment in rest[:-1] if (found := _CHANNEL.fullmatch(segment))]
        address = f"{NAME}:" + name.replace("/", ".")
        shortcut = rest[-1] if rest else ""
        return Place(address, read, eep in MOMENTARY, dict(channels), dict(above), shortcut)

    # ------------------------------------------------------------------------------------------- telegrams

    def _whole(self, place: Place, message: Message) -> Decoded:
        """A telegram in one JSON object."""
        content = read_object(message.payload)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        if any(code(content, shortcut) == 0 for shortcut in _LEARN):
            return ignored(NAME, "a teach-in telegram")
        telegram = {**place.channels, **content} if place.channels else content
        at = device_time.from_text(content.get("_DATE_"))
        at = device_time.plausible(at, message.received_at, trusted=self._trusted)
        found = _measured(place, telegram, "", at)
        if (signal := NUMBERS["rssi"](content.get("_RSSI_"))) is not None:
            found.append(Measurement(place.address, "rssi", signal, at))
        keys = [place.profile.press(telegram, each) for each in place.profile.press_shortcuts if each in telegram]
        dated = content.get("_DATE_")
        return self._answer(place, found, keys, dated if isinstance(dated, str) else None, at, message)

    def _single(self, place: Place, message: Message) -> Decoded:
        """One shortcut of a telegram as plain text; those that came before it are remembered."""
        raw = _plain(message.payload)
        if raw is None:
            return Decoded(NAME, rejected=Rejected("bad_value", "neither a number nor True or False"))
        if place.shortcut == "_RSSI_":
            signal = NUMBERS["rssi"](raw)
            found = [] if signal is None else [Measurement(place.address, "rssi", signal)]
            return self._answer(place, found, [], None, None, message)
        latest = self._remembered(place, message.topic)
        latest[place.shortcut] = raw
        found = _measured(place, latest, place.shortcut, None)
        pressed = place.shortcut in place.profile.press_shortcuts
        keys = [place.profile.press(latest, place.shortcut)] if pressed else []
        if place.shortcut == "DIV":
            latest.pop("MR", None)  # the next reading comes before its own divisor
        if place.shortcut in _OF_THE_TELEGRAM:
            del latest[place.shortcut]
        return self._answer(place, found, keys, None, None, message)

    def _answer(
        self,
        place: Place,
        found: list[Measurement],
        keys: list[Key | None],
        dated: str | None,
        at: Instant | None,
        message: Message,
    ) -> Decoded:
        """The measurements and what is new of the keys, or why there is nothing."""
        why = "nothing in it that Keepwell measures has a usable value"
        heard = [key for key in keys if key is not None]
        if heard and message.retained:
            why, heard = "a retained press is an old one", []
        if heard and dated is not None and self._dates.is_copy((place.address, dated), message.received_at):
            why, heard = "a copy of a press that was read already", []
        for key in heard:
            news = self._keys.news(place.address, key, message.received_at)
            found.extend(
                Measurement(f"{place.address}/{part}" if part else place.address, "button", action, at)
                for part, action in news
            )
            why = "a press that was repeated on its way, or a key that is up"
        return Decoded(NAME, tuple(found)) if found else ignored(NAME, why)

    def _remembered(self, place: Place, topic: str) -> dict[str, Any]:
        key = topic.rpartition("/")[0]
        latest = self._latest.get(key)
        if latest is None:
            latest = keep(self._latest, key, dict(place.above), _REMEMBERED)
        elif len(latest) > _PLAIN_LIMIT:
            latest.clear()
            latest.update(place.above)
        return latest


def _measured(place: Place, telegram: Telegram, only: str, at: Instant | None) -> list[Measurement]:
    """What a telegram says; `only`: the one shortcut of it that is news."""
    channel = code(telegram, "IO") if place.profile.channels else None
    if channel == 30:  # no channel
        return []
    found = []
    for field in place.profile.fields:
        if field.shortcut != only if only else field.shortcut not in telegram:
            continue
        value = field.read(telegram)
        if value is not None:
            part = f"IO{channel}" if channel else field.part
            address = f"{place.address}/{part}" if part else place.address
            found.append(Measurement(address, field.quantity, value, at, None, place.momentary))
    return found


def _plain(payload: bytes) -> float | bool | None:
    text = payload[:_PLAIN_LIMIT].decode("latin-1").strip()
    if text in {"True", "False", "true", "false"}:
        return text in {"True", "true"}
    return number(text)
