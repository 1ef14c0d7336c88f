"""Runs the demonstration: embedded broker, the full gateway over real MQTT, and what publishes to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt

from devices.instant import SECOND, Instant, rfc3339
from devices.simulation.publish import Published
from gateway.app import Gateway
from gateway.clock import ManualClock
from gateway.config import Broker, Settings
from gateway.demo.people import Phones
from gateway.demo.screen import Screen
from gateway.demo.story import tell
from gateway.ingest.embedded import LOOPBACK, EmbeddedBroker
from gateway.registry.homefile import HomeFile
from gateway.replay.play import BrokerUrl, play
from gateway.replay.recording import Recording

_STEP_S = 0.02
_LOOK_S = 0.001
_PATIENCE_S = 2.0
_START_S = 20.0


async def run_street(data: Path, screen: Screen, *, homes: int, speed: float, port: int, seconds: float | None) -> None:
    """A simulated street, for ever or for so many seconds of real time."""
    story = tell(homes)
    clock = ManualClock(story.begins)
    async with _gateway(data, screen, story.homes, story.begins, clock=clock, port=port) as gateway:
        await _for(seconds, _publish_story(story.messages, gateway, clock, speed))


async def run_recording(
    data: Path, screen: Screen, home: HomeFile, recording: Recording, *, speed: float, port: int, seconds: float | None
) -> None:
    """A recording, once through or for so many seconds of real time."""
    begins = recording.rows[0].at
    hubs = {device.address: home.hub_of(device) for device in home.devices}
    async with _gateway(data, screen, (_as_recording(home, begins),), begins, clock=None, port=port) as gateway:
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
            "contacts": [{"name": name, "channels": ["console:"]} for name in ("Daughter", "Care team")],
            "escalation": [{"contacts": ["Daughter"], "wait": "5 min"}, {"contacts": ["Care team"], "wait": "10 min"}],
        }
    )


@asynccontextmanager
async def _gateway(
    data: Path, screen: Screen, homes: tuple[HomeFile, ...], begins: Instant, *, clock: ManualClock | None, port: int
) -> AsyncIterator[Gateway]:
    """Broker and gateway up and connected, homes registered, people at their phones, the screen live.

    Without a `clock` the gateway runs on the time of the recording that is played to it.
    """
    async with EmbeddedBroker(port) as broker:
        settings = Settings(
            data=data, broker=Broker(host=LOOPBACK, port=broker.port, protocol="3.1.1", client_id="keepwell-demo")
        )
        phones = Phones(screen.message)
        gateway = await Gateway.open(settings, clock=clock, recording=clock is None, channels=[phones])
        phones.answer_at(gateway.desk, gateway.clock)
        for home in homes:
            gateway.registry.import_home(home, begins)
        screen.attach(gateway, broker.port)
        running = asyncio.create_task(gateway.run())
        showing = asyncio.create_task(screen.run())
        try:
            async with asyncio.timeout(_START_S):
                await gateway.intake.wait_drained()
            yield gateway
            await screen.refresh()
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)
            await phones.put_away()
            with contextlib.suppress(Exception):
                await gateway.stop()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def _publish_story(messages: Iterator[Published], gateway: Gateway, clock: ManualClock, speed: float) -> None:
    """Publish each message at its moment, moving the clock; it stands still until the gateway has taken all in."""
    loop = asyncio.get_running_loop()
    began, start = loop.time(), clock.now()
    published = gateway.intake.figures()["received"]
    async with aiomqtt.Client(LOOPBACK, gateway.settings.broker.port, identifier="keepwell-demo-street") as client:
        for message in messages:
            if message.at > clock.now():
                await _caught_up(gateway, published)
            while (moment := start + round((loop.time() - began) * speed * SECOND)) < message.at:
                clock.advance_to(moment)
                await asyncio.sleep(_STEP_S)
            clock.advance_to(message.at)
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
            while gateway.watch.cursor < end:  # noqa: ASYNC110 - the gateway is not changed for its audience
                await asyncio.sleep(_LOOK_S)


async def _for(seconds: float | None, story: Coroutine[Any, Any, object]) -> None:
    """Let the story run to its end, or for so many seconds."""
    task = asyncio.ensure_future(story)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
