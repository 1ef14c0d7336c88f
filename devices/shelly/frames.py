"""Reading what Gen2 devices and BLU scripts publish: states of components, events, and Bluetooth packets.

Frames: shelly-api-docs.shelly.cloud/gen2/General/Notifications. NotifyStatus carries only what changed; a null is what
went away. Packets: Shelly's scripts ble-shelly-blu, universal-blu-to-mqtt and blu-gateway-bthome-to-mqtt.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from devices import device_time
from devices.duplicates import Recent
from devices.instant import MINUTE, Instant
from devices.measurement import Measurement, Message
from devices.shelly import bthome
from devices.shelly.components import CABINET, COMPONENTS, broken, read_component
from devices.shelly.directory import Blu, Directory
from devices.shelly.presses import EVENTS, Presses
from devices.values import NUMBERS, number, word

_MOST_COMPONENTS = 256
_MOST_EVENTS = 64
_DIGITS = 4

UNKNOWN_BLU = "a Bluetooth sensor whose meaning was not heard yet: ask the gateway for Shelly.GetComponents"
OLD_PRESS = "a retained press is an old one"
COPY = "a copy of what was read before"
ENCRYPTED = "an encrypted Bluetooth packet: only a gateway that has the device's key can read it"
OLD_STATE = "a state older than a week, from the gateway's memory"
NO_PRESS = "its events are neither presses nor alarms"


@dataclass(slots=True)
class Told:
    """What one message told so far: measurements, or why there are none; `described` are addresses with news."""

    found: list[Measurement] = field(default_factory=list)
    why: str = ""
    described: list[str] = field(default_factory=list)
    lesson: str | None = None
    doubled: bool = False
    """A BLU device's battery may be told by the device's component and by a sensor's: the later is kept."""

    def measurements(self) -> tuple[Measurement, ...]:
        """What was found."""
        if self.doubled:
            return tuple({(said.address, said.quantity): said for said in self.found}.values())
        return tuple(self.found)


class Frames:
    """Reads the frames of one hub: holds the presses and packets that were told before."""

    def __init__(self, directory: Directory, *, trusted: bool) -> None:
        self._directory = directory
        self._trusted = trusted
        self._presses = Presses()
        self._packets = Recent(MINUTE)

    def time(self, raw: object, message: Message) -> Instant | None:
        """The instant of seconds since 1970, if plausible: before its clock is set a device counts from its start."""
        seconds = number(raw)
        if seconds is None or not 0 < seconds < device_time.LATEST / 1e6:
            return None
        return device_time.plausible(round(seconds * 1e6), message.received_at, trusted=self._trusted)

    # ------------------------------------------------------------------------------------------- states

    def states(self, device: str, params: Mapping[str, Any], message: Message, told: Told) -> None:
        """The components in a status, whole or in part."""
        at = self.time(params.get("ts"), message)
        for key, status in islice(params.items(), _MOST_COMPONENTS):
            if type(status) is dict:
                self.state(device, key, status, at, message, told)

    def state(
        self, device: str, key: str, status: Mapping[str, Any], at: Instant | None, message: Message, told: Told
    ) -> None:
        """One component's status, such as that of `switch:0`."""
        name, _, number_ = key.partition(":")
        if number_ and not (number_.isascii() and number_.isdigit() and len(number_) <= _DIGITS):
            return
        if name in COMPONENTS:
            address = self._directory.address(device)
            told.found.extend(read_component(address, name, number_, status, at, cabinet=device.startswith(CABINET)))
            if name == "devicepower" and isinstance(status.get("battery"), dict):
                told.lesson = f"shelly:battery:{device}" if self._directory.has_battery(device) else told.lesson
        elif name in ("bthomesensor", "bthomedevice", "blutrv"):
            self._bluetooth(device, key, status, message, told)
        elif key == "blu":
            for called, packet in islice(status.items(), _MOST_COMPONENTS):
                if isinstance(packet, dict):
                    self.packet({**packet, "button": None}, called, None, message, told, at=at)

    def _bluetooth(self, gateway: str, key: str, status: Mapping[str, Any], message: Message, told: Told) -> None:
        """A BLU device behind a gateway; its own time is when the gateway last heard it."""
        blu = self._directory.blu(gateway, key)
        if blu is None:
            told.why = UNKNOWN_BLU
            return
        heard = status.get("last_updated_ts", status.get("last_update_ts"))
        at = self.time(heard, message)
        if at is None and message.received_at is not None and self._is_old(heard, message.received_at):
            told.why = told.why or OLD_STATE
            return
        told.doubled = True
        if key.startswith("bthomesensor"):
            self._sensor(blu, status.get("value"), at, told)
            return
        for name in ("battery", "rssi"):
            if (value := NUMBERS[name](status.get(name))) is not None:
                told.found.append(Measurement(blu.address, name, value, at))
        if key.startswith("blutrv") and (value := NUMBERS["temperature"](status.get("current_C"))) is not None:
            told.found.append(Measurement(blu.address, "temperature", value, at))
        if "errors" in status and (faulty := broken(status["errors"])) is not None:
            told.found.append(Measurement(blu.address, "fault", faulty, at))

    def _sensor(self, blu: Blu, raw: object, at: Instant | None, told: Told) -> None:
        meaning = bthome.OBJECTS.get(-1 if blu.object_id is None else blu.object_id)
        if meaning is None or raw is None:
            return
        if (meaning.quantity == "leak" and self._directory.is_weather(blu.address)) or (
            meaning.quantity == "temperature" and self._directory.is_valve(blu.address)
        ):
            return
        if (value := meaning.read(raw)) is not None:
            told.found.append(Measurement(bthome.part(blu.address, blu.place), meaning.quantity, value, at))

    def _is_old(self, heard: object, received_at: Instant) -> bool:
        """Whether a time is a real one, but of more than a week ago."""
        seconds = number(heard)
        return seconds is not None and device_time.EARLIEST <= seconds * 1e6 < received_at - device_time.MOST_BEHIND

    # ------------------------------------------------------------------------------------------- events

    def events(self, device: str, params: Mapping[str, Any], message: Message, told: Told) -> None:
        """The events of a NotifyEvent: presses, what a script emits, and alarms."""
        listed = params.get("events")
        for event in islice(listed, _MOST_EVENTS) if isinstance(listed, list) else ():
            if isinstance(event, dict):
                self._event(device, event, message, told)
        if not told.found:
            told.why = told.why or NO_PRESS

    def _event(self, device: str, event: Mapping[str, Any], message: Message, told: Told) -> None:
        key, what, data = event.get("component"), event.get("event"), event.get("data")
        if not isinstance(key, str) or not isinstance(what, str):
            return
        name, _, number_ = key.partition(":")
        if not number_.isascii() or not (number_.isdigit() or not number_) or len(number_) > _DIGITS:
            return
        action = EVENTS.get(what)
        if name == "input" and action is not None:
            self._press(f"{self._directory.address(device)}/{key}", action, device, event.get("ts"), message, told)
        elif name in ("bthomedevice", "bthomesensor") and action is not None:
            self._remote_press(device, key, action, event, message, told)
        elif name == "script" and isinstance(data, dict):
            self.packet(data, None, f"{device} {key}", message, told, at=self.time(event.get("ts"), message))
        elif key == "blu" and isinstance(data, dict):
            self._scripted_press(device, data, event, message, told)
        elif (state := _STATES.get((name, what))) is not None:
            status = {state[0]: event.get("value") if state[1] is None else state[1]}
            self.state(device, key, status, self.time(event.get("ts"), message), message, told)

    def _remote_press(
        self, gateway: str, key: str, action: str, event: Mapping[str, Any], message: Message, told: Told
    ) -> None:
        """A press of a BLU button that the gateway knows; `idx` is which of several, from 0."""
        address, place, news = self._directory.button(gateway, key)
        if news:
            told.lesson = f"shelly:button:{gateway}:{key}"
        index = event.get("idx")
        if type(index) is int and 0 <= index < _MOST_EVENTS:
            place = index
        self._press(bthome.part(address, place), action, gateway, event.get("ts"), message, told)

    def _scripted_press(
        self, gateway: str, data: Mapping[str, Any], event: Mapping[str, Any], message: Message, told: Told
    ) -> None:
        """`{device: shellyblubutton1-<mac>, value: code}`; each copy of a radio packet is told, without its number."""
        called = data.get("device")
        mac = bthome.mac_of(called[-12:]) if isinstance(called, str) else None
        if mac is None or event.get("event") != "button":
            return
        at = self.time(event.get("ts"), message)
        for index, action in bthome.presses(data.get("value")):
            address = bthome.part(self._directory.address(mac), index)
            source = f"{gateway} blu"
            if message.retained:
                told.why = OLD_PRESS
            elif self._presses.is_copy((address, action), source, at or message.received_at, None, dated=False):
                told.why = COPY
            else:
                told.found.append(Measurement(address, "button", action, at))

    def _press(self, address: str, action: str, source: str, ts: object, message: Message, told: Told) -> None:
        """A press that is dated by the device, which is its identity; before the clock is set that is no date."""
        at = self.time(ts, message)
        seconds = number(ts)
        if message.retained:
            told.why = OLD_PRESS
        elif self._presses.is_copy((address, action), source, at or message.received_at, seconds, dated=at is not None):
            told.why = COPY
        else:
            told.found.append(Measurement(address, "button", action, at, None if at is None else f"{seconds:.15g}"))

    # ------------------------------------------------------------------------------------------- packets

    def packet(
        self,
        packet: Mapping[str, Any],
        called: str | None,
        source: str | None,
        message: Message,
        told: Told,
        *,
        at: Instant | None = None,
    ) -> None:
        """A Bluetooth packet as a script publishes it: named objects, here or below `service_data`.

        `called` ends in the address where the packet does not tell it; `source` is who heard it.
        """
        inner = packet.get("service_data")
        if isinstance(inner, dict):
            packet = {**packet, **inner}
        mac = bthome.mac_of(packet.get("address", packet.get("addr", packet.get("mac"))))
        if mac is None and called is not None:
            mac = bthome.mac_of(called) or bthome.mac_of(called[-12:])
        if mac is None:
            return
        if packet.get("encryption") is True:
            told.why = ENCRYPTED
            return
        address = self._directory.address(mac)
        found = list(bthome.states(address, packet, at))
        pressed = list(bthome.presses(packet.get("button")))
        if not found and not pressed:
            return
        heard, packet_id = at or message.received_at, packet.get("pid")
        if type(packet_id) is int:
            said = tuple((said.address, said.quantity, said.value) for said in found if said.quantity != "rssi")
            if self._packets.is_copy((address, packet_id, said, tuple(pressed)), heard):
                told.why = COPY
                return
        told.found.extend(found)
        for index, action in pressed:
            self._packet_press(bthome.part(address, index), action, packet_id, source, at, message, told)
        self._introduce(address, packet, found, told)

    def _packet_press(
        self,
        address: str,
        action: str,
        packet_id: object,
        source: str | None,
        at: Instant | None,
        message: Message,
        told: Told,
    ) -> None:
        """A press by its packet's number, which comes round after 256: with a time or an hour it is an identity."""
        mark = packet_id if type(packet_id) is int else None
        if message.retained:
            told.why = OLD_PRESS
            return
        if self._presses.is_copy((address, action), source, at or message.received_at, mark, dated=False):
            told.why = COPY
            return
        identity = None
        if mark is not None:
            heard = at or message.received_at
            identity = f"{mark}" if heard is None else f"{mark}@{heard // (60 * MINUTE)}"
        told.found.append(Measurement(address, "button", action, at, identity))

    def _introduce(self, address: str, packet: Mapping[str, Any], found: list[Measurement], told: Told) -> None:
        """The model that a packet names, such as SBDW-002C, and what was heard."""
        model = packet.get("model", packet.get("local_name"))
        quantities = {said.quantity for said in found} | ({"button"} if packet.get("button") is not None else set())
        called = word(model)
        if called is None or not called.startswith("SB"):
            return
        if self._directory.describe(address, None, called, quantities):
            told.described.append(address)


_STATES: dict[tuple[str, str], tuple[str, bool | list[str] | None]] = {
    ("presencezone", "presence"): ("value", None),
    ("smoke", "alarm"): ("alarm", True),
    ("smoke", "alarm_off"): ("alarm", False),
    ("flood", "alarm"): ("alarm", True),
    ("flood", "alarm_off"): ("alarm", False),
    ("flood", "cable_unplugged"): ("errors", ["cable_unplugged"]),
}
"""(component, event) to the state that it tells: (key, value), or None for the event's own `value`."""
