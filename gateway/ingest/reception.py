"""What one message means for us: whose it is, what it leaves behind, and what it says about its hub.

No input or output happens here. A hub's beat is any message from it: where a message leaves no reading, a statement
"the hub is online" is kept in its place, at most once a minute. Retained messages are no beat, the broker sends those
itself.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import NamedTuple

from devices.decode import HubDecoder, Options
from devices.instant import MINUTE, SECOND, Instant
from devices.measurement import Decoded, Description, Message, Rejected
from gateway.clock import Clock, ManualClock
from gateway.config import Broker, TopicFilter
from gateway.ingest.bind import Arrival, bind, consenting_home, hub_reading
from gateway.ingest.learning import Learning, Recall
from gateway.ingest.misdirected import Misdirected
from gateway.ingest.throttle import Throttle
from gateway.ingest.topics import CONNECTION, whose
from gateway.model import Directory, Home, Hub, Taken, Trouble

BEAT_EVERY = MINUTE
REPLAY_WINDOW = 10 * SECOND
"""How long after its bridge came back a hub may be sending what it had retained, unmarked."""

CATCHING_UP = 10 * MINUTE
"""How long after its return a hub may send as much as it likes: it had hours, perhaps, to queue it."""

OTHERS_SPEAK = 45 * MINUTE
"""A hub from which another convention was heard so lately is there, whatever one bridge's last will says."""

_SETTINGS = Broker()
_BRIDGES = 64
_STRANGERS = 64
_TOPICS_REMEMBERED = 4_096
_STATES = {b"1": True, b"0": False}


class Received(NamedTuple):
    """What a message leaves behind; `described` devices, of the consenting home's `hub`, call for a look-up."""

    taken: Taken
    hub: str | None = None
    described: tuple[Description, ...] = ()


@dataclass(slots=True)
class Tally:
    """How many messages, and what became of them. They only grow."""

    received: int = 0
    retained: int = 0
    ignored: int = 0
    rejected: int = 0
    unregistered: int = 0
    without_consent: int = 0
    waiting: int = 0
    readings: int = 0
    beats: int = 0
    throttled: int = 0

    def figures(self) -> Mapping[str, float]:
        """By name."""
        return {one.name: float(getattr(self, one.name)) for one in fields(self)}


@dataclass(slots=True)
class _Hub:
    """What is known of one hub that publishes."""

    decoder: HubDecoder
    entry: Hub | None = None
    """As it was registered when it was last heard."""
    taught: bool = True
    online: bool | None = None
    journaled_at: Instant | None = None
    returned_at: Instant | None = None
    bridges: dict[str, bool] = field(default_factory=dict)
    """Its conventions' bridges, and whether each is online by its own word."""
    spoke: dict[str, Instant] = field(default_factory=dict)
    """When each convention was last heard, retained messages aside."""
    topics_since: set[str] = field(default_factory=set)
    """While a backlog drains: topics heard since the hub returned."""

    @property
    def trusted(self) -> bool:
        """Whether it plays a recording."""
        return self.entry is not None and self.entry.replay

    def catches_up(self, now: Instant) -> bool:
        """Whether it may be sending what it had queued while its line was down."""
        return self.returned_at is not None and 0 <= now - self.returned_at <= CATCHING_UP


class Reception:
    """Takes messages in the order received; keeps one decoder for each hub. `recall`: what of a hub is kept."""

    def __init__(
        self,
        directory: Callable[[], Directory],
        filters: Sequence[TopicFilter],
        clock: Clock,
        recording_clock: ManualClock | None = None,
        throttle: Throttle | None = None,
        recall: Recall = lambda _hub: (),
    ) -> None:
        self.tally = Tally()
        self._throttle = throttle or Throttle(_SETTINGS.topic_burst, _SETTINGS.topic_messages_per_s)
        self._misdirected = Misdirected()
        self._directory = directory
        self._filters = filters
        self._clock = clock
        self._recording_clock = recording_clock
        self._learning = Learning(recall)
        self._latest: Directory | None = None
        self._hubs: dict[str, _Hub] = {}
        self._strangers: OrderedDict[str, _Hub] = OrderedDict()

    def receive(
        self, topic: str | None, payload: bytes, *, retained: bool, draining: bool, queued_since: Instant | None
    ) -> Received:
        """Everything that follows from one message; never raises.

        `draining`: the broker's backlog is still coming. `queued_since`, where it may hold messages from an absence of
        ours, is when that began. `topic` None: it was not valid UTF-8.
        """
        self.tally.received += 1
        self.tally.retained += retained
        now = self._clock.now()
        directory = self.present()
        hub, rest = (None, "") if topic is None else whose(topic, self._filters)
        if topic is None:
            arrival = Arrival(None, "", payload, now, retained, queued_since=queued_since)
            decoded = Decoded(None, rejected=Rejected("bad_topic", "the topic is not valid UTF-8"))
            return self._kept(directory, arrival, decoded, None)
        if hub is None:
            self.tally.ignored += 1
            return Received(Taken())
        known = self._hub(directory, hub)
        if rest == CONNECTION:
            arrival = Arrival(hub, topic, payload, now, retained, queued_since=queued_since)
            return self._connection(directory, arrival, known)
        unlimited = draining or known.trusted or known.catches_up(now)
        allowed = unlimited or self._throttle.allows(topic, now)
        message = Message(rest, payload, retained, now)
        decoded = known.decoder.decode(message)
        if unlimited:
            self._throttle.forget_values()
        elif not allowed and not self._throttle.keeps(hub, topic, decoded, now):
            self.tally.throttled += 1
            return Received(Taken(), hub)
        if decoded.hub_online and not retained:
            _returns(known, now, replay_window=False)
        if not retained and decoded.convention is not None and decoded.hub_online is not False:
            known.spoke[decoded.convention] = now
        replayed = not retained and self._is_replayed(known, rest, now, draining=draining, told=decoded.replayed)
        received_at = self._recorded(known, decoded, now)
        arrival = Arrival(hub, topic, payload, received_at, retained, replayed, queued_since)
        received = self._kept(directory, arrival, decoded, known)
        if decoded.lesson is None and not self._learning.holds(hub):
            return received
        kept = consenting_home(directory, hub) is not None
        lessons = self._learning.learned(hub, decoded.lesson, message, kept=kept)
        return received._replace(taken=replace(received.taken, lessons=lessons)) if lessons else received

    def set_aside(self, topic: str | None, payload: bytes, fault: str) -> Received:
        """Quarantine a message that a fault of ours kept from being read; nothing of what it says is kept."""
        self.tally.rejected += 1
        arrival = Arrival(None, topic or "", payload, self._clock.now())
        decoded = Decoded(None, rejected=Rejected("gateway_fault", f"a fault in Keepwell: {fault}"))
        return Received(bind(Directory(), arrival, decoded, _nothing).taken)

    def troubles(self) -> Sequence[Trouble]:
        """Devices that send too much, and those that are heard under another home's topic."""
        now = self._clock.now()
        return (*self._throttle.troubles(self._directory(), now), *self._misdirected.troubles(now))

    def resolve(self, hub: str) -> Callable[[str], str | None]:
        """How the hub's friendly names become addresses."""
        known = self._hubs.get(hub) or self._strangers.get(hub)
        return (lambda _named: None) if known is None else known.decoder.address_of

    # ------------------------------------------------------------------------------------------ one hub

    def present(self) -> Directory:
        """The directory as it is now, taken up if it is new."""
        directory = self._directory()
        if directory is not self._latest:
            self._latest = directory
            consenting = [name for name, (home, _) in directory.hubs.items() if home.consent]
            self._learning.only(consenting, directory.hubs.keys())
        return directory

    def _hub(self, directory: Directory, name: str) -> _Hub:
        """The hub's state. Of hubs registered nowhere a few are kept, so that nobody fills our memory with names."""
        entry = directory.hubs.get(name)
        known = self._hubs.get(name)
        if known is None:
            known = self._strangers.pop(name, None) or _Hub(HubDecoder(), taught=entry is None)
            if entry is not None:
                self._hubs[name] = known
            else:
                self._strangers[name] = known
                if len(self._strangers) > _STRANGERS:
                    self._learning.forget(self._strangers.popitem(last=False)[0])
        hub = None if entry is None else entry[1]
        if hub is not known.entry:
            known.entry = hub
            options = Options() if hub is None else replace(hub.options, trust_device_time=hub.replay)
            if options != known.decoder.options:
                known.decoder, known.taught = HubDecoder(options), False
        if not known.taught:
            known.taught = self._learning.teach(name, known.decoder, kept=entry is not None and entry[0].consent)
        return known

    def _recorded(self, known: _Hub, decoded: Decoded, now: Instant) -> Instant:
        """The receive time; on the recording's clock a played message is received when it was recorded."""
        if self._recording_clock is None or not known.trusted:
            return now
        dated = [measurement.at for measurement in decoded.measurements if measurement.at is not None]
        if dated:
            self._recording_clock.advance_to(max(dated))
        return self._recording_clock.now()

    def _is_replayed(self, known: _Hub, topic: str, now: Instant, *, draining: bool, told: bool) -> bool:
        """Whether this may be a state that the hub re-sends after its return.

        Live, everything in the window may be. In a draining backlog hours pass in seconds, and the window says
        nothing: there, only the first message on each topic may be, since each is re-sent once.
        """
        in_window = known.returned_at is not None and 0 <= now - known.returned_at <= REPLAY_WINDOW
        if not (told or in_window):
            return False
        if not draining:
            return True
        first = topic not in known.topics_since
        if first and len(known.topics_since) < _TOPICS_REMEMBERED:
            known.topics_since.add(topic)
        return first

    def _connection(self, directory: Directory, arrival: Arrival, known: _Hub) -> Received:
        """`homes/<hub>/connection`: the broker says 1 or 0 for the hub's bridge."""
        online = _STATES.get(arrival.payload.strip())
        if online is None:
            decoded = Decoded(None, rejected=Rejected("bad_connection", "a connection state is 1 or 0"))
        else:
            decoded = Decoded(None, hub_online=online)
            if online and not arrival.retained:
                _returns(known, arrival.received_at, replay_window=True)
        return self._kept(directory, arrival, decoded, known)

    # ------------------------------------------------------------------------------------------ what is kept

    def _kept(self, directory: Directory, arrival: Arrival, decoded: Decoded, known: _Hub | None) -> Received:
        bound = bind(directory, arrival, decoded, _nothing if known is None else known.decoder.address_of)
        taken = bound.taken
        if arrival.hub is not None and (taken.sightings or bound.without_consent):
            self._note_strangers(directory, arrival, decoded)
        home = consenting_home(directory, arrival.hub)
        if home is not None and known is not None:
            taken = self._with_hub_state(taken, home, arrival, decoded, known)
        self.tally.without_consent += bound.without_consent
        self.tally.rejected += decoded.rejected is not None
        self.tally.ignored += decoded.ignored is not None
        self.tally.unregistered += len(taken.sightings)
        self.tally.waiting += len(taken.waiting)
        self.tally.readings += len(bound.taken.readings)
        return Received(taken, arrival.hub, decoded.described if home is not None else ())

    def _note_strangers(self, directory: Directory, arrival: Arrival, decoded: Decoded) -> None:
        """Addresses that are not registered under this hub may be those of another home's devices."""
        addresses = {one.address for one in decoded.measurements} | {one.address for one in decoded.described}
        self._misdirected.note(directory, arrival.hub or "", addresses, self._clock.now())

    def _with_hub_state(self, taken: Taken, home: Home, arrival: Arrival, decoded: Decoded, known: _Hub) -> Taken:
        readings = taken.readings
        now = arrival.received_at
        online = None if decoded.hub_online is None else _hub_online(known, decoded, now)
        if online is not None and online != known.online:
            known.online = online
            readings = (*readings, hub_reading(home, arrival, online))
        if arrival.retained:
            return taken if readings is taken.readings else replace(taken, readings=readings)
        lately = known.journaled_at is not None and 0 <= now - known.journaled_at < BEAT_EVERY
        if readings:
            known.journaled_at = now
        elif decoded.hub_online is not False and not lately:
            known.journaled_at, known.online = now, True
            self.tally.beats += 1
            readings = (hub_reading(home, arrival, online=True),)
        return taken if readings is taken.readings else replace(taken, readings=readings)


def _returns(known: _Hub, now: Instant, *, replay_window: bool) -> None:
    """The hub is back. Where its convention knows what follows it says so itself, else the window does."""
    known.topics_since = set()
    if replay_window:
        known.returned_at = now


def _hub_online(known: _Hub, decoded: Decoded, now: Instant) -> bool | None:
    """What a bridge's word says of its hub. Where several are on a hub, one that is offline says nothing of it."""
    if decoded.convention is None or decoded.hub_online is None:
        return decoded.hub_online
    bridge = next((one.address for one in decoded.measurements if one.quantity == "online"), decoded.convention)
    if bridge in known.bridges or len(known.bridges) < _BRIDGES:
        known.bridges[bridge] = decoded.hub_online
    others = any(online for name, online in known.bridges.items() if name != bridge) or any(
        0 <= now - at < OTHERS_SPEAK for convention, at in known.spoke.items() if convention != decoded.convention
    )
    return True if decoded.hub_online else None if others else False


def _nothing(_named: str) -> str | None:
    return None
