"""Whose is it? A decoded message becomes readings of a home, sightings, quarantined or waiting measurements. Pure.

| hub | device | what is kept |
|---|---|---|
| of a consenting home | registered | Reading |
| of a consenting home | its address not known yet (`zigbee2mqtt:name:...`) | Waiting |
| of a consenting home, or registered nowhere | not registered | Sighting, no values |
| of a home without consent | any | nothing but a count |

The hub comes from the topic and a device is looked up under its hub only, so no payload can reach another home.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from devices.instant import MILLISECOND, MINUTE, Instant
from devices.measurement import Decoded, Measurement, Message, Value
from devices.scrubbing import mentions_a_secret, scrub
from gateway.ingest.topics import shape
from gateway.model import (
    HUB_DEVICE,
    Device,
    Directory,
    Flag,
    Home,
    Quarantined,
    Reading,
    Sighting,
    Taken,
    Waiting,
    is_named,
    parent_address,
)

LATE_AFTER = 2 * MINUTE
KEPT_PAYLOAD = 16_384
"""Bytes of an unreadable message that quarantine keeps."""

_BRIDGE = ":bridge"
"""Ending of the address of a convention's bridge: what it says of itself is the hub's state, no device's."""

Resolve = Callable[[str], str | None]
"""The stable address of one by friendly name, if the hub's inventory has told it (HubDecoder.address_of)."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message as it reached us. `topic` is whole; `hub` is what it says, None for nobody's.

    `replayed`: it came while the hub's bridge re-sends what it had retained. `queued_since`: set while the broker's
    backlog drains, the instant since which the message may have been waiting there.
    """

    hub: str | None
    topic: str
    payload: bytes
    received_at: Instant
    retained: bool = False
    replayed: bool = False
    queued_since: Instant | None = None

    def flags(self) -> Flag:
        """What holds for everything in the message."""
        if not (self.retained or self.replayed):
            return Flag.NONE
        return (Flag.RETAINED if self.retained else Flag.NONE) | (Flag.REPLAYED if self.replayed else Flag.NONE)


@dataclass(frozen=True, slots=True)
class Bound:
    """What one message left behind, and how much of it was not kept because the home has not consented."""

    taken: Taken
    without_consent: int = 0


def bind(directory: Directory, arrival: Arrival, decoded: Decoded, resolve: Resolve) -> Bound:
    """Everything that the message leaves behind."""
    home, replay = _owner(directory, arrival.hub)
    if decoded.rejected is not None:
        return Bound(Taken(quarantined=(_quarantined(home, arrival, decoded),)))
    if arrival.hub is None:
        return Bound(Taken())
    if home is not None and not home.consent:
        return Bound(Taken(), max(1, len(decoded.measurements)))
    readings: list[Reading] = []
    waiting: list[Waiting] = []
    unknown: dict[str, list[str]] = {}
    flags, address, found = _flags(arrival, decoded), None, None
    for measurement in decoded.measurements:
        if measurement.address.endswith(_BRIDGE) or not _storable(measurement.value):
            continue
        if measurement.address != address:
            address = measurement.address
            found = find(directory, arrival.hub, address, resolve)
        if found is not None:
            readings.append(_reading(*found, measurement, arrival, flags, trusted=replay))
        elif home is not None and is_named(measurement.address):
            kept = measurement._replace(value=_clean(measurement.value), identity=_clean_text(measurement.identity))
            waiting.append(Waiting(arrival.hub, kept, arrival.received_at, _waiting_flags(arrival, flags, kept)))
        else:
            unknown.setdefault(measurement.address, []).append(measurement.quantity)
    sightings = [
        Sighting(arrival.hub, address, tuple(dict.fromkeys(quantities)), arrival.received_at)
        for address, quantities in unknown.items()
    ]
    if decoded.described:
        sightings += _introduced(directory, arrival, decoded, resolve)
    return Bound(Taken(readings=tuple(readings), sightings=tuple(sightings), waiting=tuple(waiting)))


def find(directory: Directory, hub: str, address: str, resolve: Resolve) -> tuple[Home, Device] | None:
    """The consenting home and registered device of an address, also where it is registered by its friendly name."""
    found = directory.find(hub, address)
    if found is None and hub in directory.hubs:
        wanted = {address, parent_address(address)}
        home = directory.hubs[hub][0]
        for device in home.devices:
            if device.hub == hub and is_named(device.address) and (resolve(device.address) or "") in wanted:
                found = home, device
                break
    return found if found is not None and found[0].consent else None


def release(
    directory: Directory, waiting: Sequence[Waiting], resolve: Resolve, now: Instant, queued_since: Instant | None
) -> Taken:
    """Bind those waiting measurements whose address is known by now; the others stay.

    What turns out not to be registered becomes a sighting. Receive times are the original ones; a reading that waited
    for more than two minutes is LATE. A queued one is since `queued_since`.
    """
    readings, sightings, released = [], [], []
    for entry in waiting:
        address = resolve(entry.measurement.address) or entry.measurement.address
        found = find(directory, entry.hub, address, resolve)
        if found is None and is_named(address):
            continue
        released.append(entry.id)
        if found is None:
            sightings.append(Sighting(entry.hub, address, (entry.measurement.quantity,), entry.received_at))
            continue
        since = None
        if Flag.QUEUED in entry.flags:
            since = entry.received_at if queued_since is None else min(queued_since, entry.received_at)
        measurement = entry.measurement._replace(address=address)
        readings.append(
            _dated(
                *found,
                measurement,
                entry.received_at,
                entry.flags & ~Flag.QUEUED,
                since=since,
                known_at=now,
                trusted=_owner(directory, entry.hub)[1],
            )
        )
    return Taken(readings=tuple(readings), sightings=tuple(sightings), released=tuple(released))


def expire(waiting: Sequence[Waiting], older_than: Instant) -> Taken:
    """Give up on measurements received before `older_than`: their devices are sightings, the values are dropped."""
    old = [entry for entry in waiting if entry.received_at < older_than]
    return Taken(
        sightings=tuple(
            Sighting(entry.hub, entry.measurement.address, (entry.measurement.quantity,), entry.received_at)
            for entry in old
        ),
        released=tuple(entry.id for entry in old),
    )


def hub_reading(home: Home, arrival: Arrival, online: bool) -> Reading:
    """A statement about the hub itself: a beat, or its bridge's connection state."""
    device = Device(arrival.hub or "", HUB_DEVICE)
    return _reading(home, device, Measurement(HUB_DEVICE, "online", online), arrival, arrival.flags(), trusted=False)


def consenting_home(directory: Directory, hub: str | None) -> Home | None:
    """The home whose hub it is, where it has consented."""
    home, _ = _owner(directory, hub)
    return home if home is not None and home.consent else None


def _owner(directory: Directory, hub: str | None) -> tuple[Home | None, bool]:
    entry = directory.hubs.get(hub) if hub is not None else None
    return (None, False) if entry is None else (entry[0], entry[1].replay)


def _flags(arrival: Arrival, decoded: Decoded) -> Flag:
    """What holds for every measurement of the message."""
    return arrival.flags() | Flag.UNTRUSTED if decoded.untrusted else arrival.flags()


def _waiting_flags(arrival: Arrival, flags: Flag, measurement: Measurement) -> Flag:
    queued = arrival.queued_since is not None and not arrival.retained
    flags |= Flag.QUEUED if queued else Flag.NONE
    return flags | Flag.MOMENTARY if measurement.momentary else flags


def _reading(
    home: Home, device: Device, measurement: Measurement, arrival: Arrival, flags: Flag, *, trusted: bool
) -> Reading:
    since = None if arrival.retained else arrival.queued_since
    return _dated(
        home, device, measurement, arrival.received_at, flags, since=since,
        known_at=arrival.received_at, trusted=trusted,
    )  # fmt: skip


def _dated(  # noqa: PLR0913 - what decides the time of a reading, once
    home: Home,
    device: Device,
    measurement: Measurement,
    received_at: Instant,
    flags: Flag,
    *,
    since: Instant | None,
    known_at: Instant,
    trusted: bool,
) -> Reading:
    """The reading with its event time: the device's own where it may be believed, else when we received it."""
    at = measurement.at
    if at is None or (at < device.registered_at and not trusted):
        at = received_at
        if since is not None:
            flags |= Flag.QUEUED
    else:
        since = None
    if at < known_at - LATE_AFTER:
        flags |= Flag.LATE
    if measurement.momentary:
        flags |= Flag.MOMENTARY
    return Reading(
        home.reference, device.hub, _clean_text(measurement.address) or "", device.room, device.role,
        measurement.quantity, _clean(measurement.value), at - at % MILLISECOND, received_at,
        flags, since, _clean_text(measurement.identity),
    )  # fmt: skip


def _introduced(directory: Directory, arrival: Arrival, decoded: Decoded, resolve: Resolve) -> list[Sighting]:
    """Devices that the bridge lists and nobody has registered."""
    hub = arrival.hub or ""
    strangers = [
        one
        for one in decoded.described
        if not one.address.endswith(_BRIDGE) and find(directory, hub, one.address, resolve) is None
    ]
    return [
        Sighting(
            hub,
            one.address,
            one.quantities,
            arrival.received_at,
            _clean_text(one.name),
            _clean_text(one.maker),
            _clean_text(one.model),
            introduced=True,
        )
        for one in strangers
    ]


def _quarantined(home: Home | None, arrival: Arrival, decoded: Decoded) -> Quarantined:
    """The whole message for a consenting home, after scrubbing; else nothing that tells what it said or whose it is."""
    rejected = decoded.rejected
    reason, detail = ("", "") if rejected is None else rejected
    known = home is not None and home.consent
    size, digest = len(arrival.payload), hashlib.sha256(arrival.payload).hexdigest()
    if not known:
        return Quarantined(
            None, shape(arrival.topic), decoded.convention, reason, "", size, digest, arrival.received_at
        )
    return Quarantined(
        arrival.hub, _clean_text(arrival.topic) or "", decoded.convention, reason, _clean_text(detail) or "", size,
        digest, arrival.received_at, _scrubbed(arrival),
    )  # fmt: skip


def _scrubbed(arrival: Arrival) -> bytes | None:
    """The payload fit to be kept. A keypad's PIN never is, and in a broken message nobody can say where it ends."""
    if mentions_a_secret(arrival.payload):
        return None
    return scrub(Message(arrival.topic, arrival.payload)).payload[:KEPT_PAYLOAD]


def _storable(value: Value) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _clean(value: Value) -> Value:
    return _clean_text(value) if isinstance(value, str) else value  # type: ignore[return-value]


def _clean_text(text: str | None) -> str | None:
    """Without lone surrogates, which JSON can carry and no file can."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "replace").decode()
