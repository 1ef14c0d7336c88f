"""Runs the demonstration: embedded broker, the full gateway over real MQTT, and what publishes to it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt

from devices.instant import SECOND, Instant, rfc3339
from devices.simulation.publish import Published
from gateway.app import Gateway
from gateway.clock import ManualClock, SystemClock
from gateway.config import Broker, Settings, WebSettings
from gateway.database.tables import HomeRow
from gateway.demo.people import Phones
from gateway.demo.screen import Screen
from gateway.demo.story import tell
from gateway.demo.visitors import Audience, invite
from gateway.errors import TryLater
from gateway.ingest.embedded import LOOPBACK, EmbeddedBroker
from gateway.registry.homefile import HomeFile
from gateway.replay.play import BrokerUrl, play
from gateway.replay.recording import Recording

_STEP_S = 0.02
_LOOK_S = 0.001
_ATTENTION_S = 2.0
_EVENTFUL, _QUIET = 0.2, 1.7
"""Shares of the speed that was asked for: on the whole about that, with time to read what happens."""
_ANSWERING = 0.03
"""The same while an urgent alert waits and somebody is signed in: 10 min at home are 14 s then, with a day a minute."""
_LONGEST_LAG_S = 0.1
"""What the clock lags behind more than this is not made up for."""
_PATIENCE_S = 2.0
_START_S = 30.0
_CANCELLATIONS, _CANCEL_S = 10, 1.5


@dataclass(frozen=True, slots=True)
class Place:
    """Where it happens: the data directory, and the ports of broker and pages on loopback, 0 for any free one."""

    data: Path
    port: int
    web_port: int


async def run_street(place: Place, screen: Screen, *, homes: int, speed: float, seconds: float | None) -> None:
    """A simulated street, for ever or for so many seconds of real time."""
    story = tell(homes)
    clock = ManualClock(story.begins)
    async with _gateway(place, screen, story.homes, story.begins, clock=clock, arriving=story.arriving) as gateway:
        await _for(seconds, _publish_story(story.messages, gateway, clock, screen, speed))


async def run_recording(
    place: Place, screen: Screen, home: HomeFile, recording: Recording, *, speed: float, seconds: float | None
) -> None:
    """A recording, once through or for so many seconds of real time."""
    begins = recording.rows[0].at
    hubs = {device.address: home.hub_of(device) for device in home.devices}
    async with _gateway(place, screen, (_as_recording(home, begins),), begins, clock=None) as gateway:
        broker = BrokerUrl(LOOPBACK, gateway.settings.broker.port, None, None, encrypted=False)
        await _for(
            seconds,
            play(recording.rows, lambda address: hubs.get(address, home.hub_names[0]), broker, speed=speed),
        )
        await _caught_up(gateway)


def _as_recording(home: HomeFile, begins: Instant) -> HomeFile:
    """The home with its hubs trusted in their times, consent for its own data, and somebody at the phone."""
    begun = rfc3339(begins)
    return HomeFile.model_validate(
        home.model_dump()
        | {
            "hubs": [{"name": name, "replay": True} for name in home.hub_names],
            "residents": [{"name": "Resident", "consent": {"by": "Resident", "basis": "a recording", "at": begun}}],
            "contacts": [
                {"name": "Daughter", "channels": ["console:"], "sees": "rooms"},
                {"name": "Care team", "channels": ["console:"]},
            ],
            "escalation": [{"contacts": ["Daughter"], "wait": "5 min"}, {"contacts": ["Care team"], "wait": "10 min"}],
        }
    )


@asynccontextmanager
async def _gateway(
    place: Place,
    screen: Screen,
    homes: tuple[HomeFile, ...],
    begins: Instant,
    *,
    clock: ManualClock | None,
    arriving: HomeFile | None = None,
) -> AsyncIterator[Gateway]:
    """Broker and gateway up and connected, homes registered, people at their phones, the screen live.

    Without a `clock` the gateway runs on the time of the recording that is played to it.
    """
    async with EmbeddedBroker(place.port) as broker:
        listen = f"{LOOPBACK}:{_free_port(place.web_port)}"
        settings = Settings(
            data=place.data,
            broker=Broker(host=LOOPBACK, port=broker.port, protocol="3.1.1", client_id="keepwell-demo"),
            web=WebSettings(listen=listen, address=f"http://{listen}"),
        )
        audience = Audience()
        phones = Phones(screen.message, audience)
        gateway = await Gateway.open(settings, clock=clock, recording=clock is None, channels=[phones])
        phones.answer_at(gateway.desk, gateway.clock)
        for home in homes:
            gateway.registry.import_home(home, begins)
        if arriving is not None:
            _register_arriving(gateway, arriving, begins)
        with gateway.database.transaction() as session:
            invited = invite(session, homes, f"http://{listen}", SystemClock().now())
        screen.attach(gateway, broker.port, invited, audience, moved=place.web_port not in {0, settings.web.port})
        running = asyncio.create_task(gateway.run())
        showing = asyncio.create_task(screen.run())
        receiving = asyncio.create_task(audience.follow(gateway.database))
        try:
            try:
                async with asyncio.timeout(_START_S):
                    await gateway.intake.wait_drained()
            except TimeoutError:
                why = gateway.intake.trouble or "it gave no reason"
                raise TryLater(
                    f"the gateway did not reach its own broker in {_START_S:g} s ({why}): try again"
                ) from None
            yield gateway
            await screen.refresh()
        finally:
            await _end(showing)
            await _end(receiving)
            await phones.put_away()
            with contextlib.suppress(Exception):
                await gateway.stop()
            await _end(running)


def _register_arriving(gateway: Gateway, home: HomeFile, begins: Instant) -> None:
    """As a home is while somebody puts up its sensors."""
    gateway.registry.import_home(home, begins)
    with gateway.registry.changing() as session:
        row = session.get_one(HomeRow, home.reference)
        row.live_at, row.mode = None, "paused"


def _free_port(wanted: int) -> int:
    """The port that is wanted, or any free one where that is taken."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.create_server((LOOPBACK, port)) as probe:
            return int(probe.getsockname()[1])
    raise TryLater("no port is free on this machine: try again")


class _Pace:
    """Moves the clock: slower for a while after each message to a contact, faster through quiet hours."""

    def __init__(self, clock: ManualClock, screen: Screen, speed: float) -> None:
        self._clock = clock
        self._screen = screen
        self._speed = speed
        self._shown = 0
        self._slow_until = 0.0
        self._looked_at = asyncio.get_running_loop().time()
        self._earned = 0
        """Microseconds by which the clock may still be moved."""

    async def reach(self, moment: Instant) -> None:
        """Move the clock on to `moment` in its own time."""
        while True:
            self._earn()
            step = min(self._earned, max(0, moment - self._clock.now()))
            self._earned -= step
            self._clock.advance_to(self._clock.now() + step)
            if self._clock.now() >= moment:
                return
            await asyncio.sleep(_STEP_S)

    def _earn(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._screen.messages != self._shown:
            self._shown = self._screen.messages
            self._slow_until = now + _ATTENTION_S
        factor = _EVENTFUL if now < self._slow_until else _QUIET
        if self._screen.is_waited_for:
            factor = _ANSWERING
        rate = self._speed * factor * SECOND
        self._earned = round(min(self._earned + (now - self._looked_at) * rate, _LONGEST_LAG_S * rate))
        self._looked_at = now


async def _publish_story(
    messages: Iterator[Published], gateway: Gateway, clock: ManualClock, screen: Screen, speed: float
) -> None:
    """Publish each message at its moment, moving the clock; it stands still until the gateway has taken all in."""
    pace = _Pace(clock, screen, speed)
    published = gateway.intake.figures()["received"]
    async with aiomqtt.Client(LOOPBACK, gateway.settings.broker.port, identifier="keepwell-demo-street") as client:
        for message in messages:
            if message.at > clock.now():
                await _caught_up(gateway, published)
            await pace.reach(message.at)
            await client.publish(message.topic, message.payload, qos=1, retain=message.retained)
            published += 1


async def _caught_up(gateway: Gateway, published: float = 0) -> None:
    """Return once the gateway has received and watched everything, or after a little while all the same."""
    end = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            while gateway.intake.figures()["received"] < published or gateway.committer.pending:  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_S)
            end = await gateway.journal.end()
            while gateway.watch.taken_to < end:  # noqa: ASYNC110 - the gateway is not changed for its audience
                await asyncio.sleep(_LOOK_S)


async def _for(seconds: float | None, story: Coroutine[Any, Any, object]) -> None:
    """Let the story run to its end, or for so many seconds."""
    task = asyncio.ensure_future(story)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        await _end(task)
    if not task.cancelled():
        task.result()


async def _end(task: "asyncio.Task[Any]") -> None:
    """Cancel, and again while it does not end: asyncio.wait_for, which clients use, may swallow a cancellation."""
    for _ in range(_CANCELLATIONS):
        if task.done():
            return
        task.cancel()
        await asyncio.wait({task}, timeout=_CANCEL_S)
