"""From the start of the process to the first acknowledgement, with many homes and a long journal.

Before: the gateway has run once, so the broker keeps its session; then the journal is filled with readings that nobody
has read, as if recorder and watch had stood still; and a pendant is pressed, which waits in the session. The broker
notes when the gateway acknowledges the press and when it calls. A second start follows once everything is read.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from devices.instant import HOUR, MILLISECOND
from gateway.clock import SystemClock
from gateway.journal.sqlite import SqliteJournal
from gateway.model import Reading, Taken
from tests.benchmarks import town
from tests.benchmarks.gateway_process import GatewayProcess, configure
from tests.benchmarks.options import Options
from tests.benchmarks.servers import quiet
from tests.support.mosquitto import Publisher, mosquitto
from tests.support.servers import Server
from tests.support.victoria import Victoria

_ACK = "Received PUBACK from keepwell ("
_CALL = "Received PUBLISH from keepwell-notify "
_ACK_PATIENCE_S = 60.0
_CALL_PATIENCE_S = 150.0
_AT_ONCE = 5_000


def run(options: Options) -> dict[str, object]:
    """Both starts: `unread` is the worst case, `read` the ordinary one."""
    found: dict[str, object] = {"homes": options.many_homes, "journaled": options.journaled}
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        town.register(folder / "data", options.many_homes)
        with (
            quiet(mosquitto(folder / "broker", extra="log_type all")) as broker,
            quiet(Victoria(folder / "metrics")) as store,
        ):
            configure(folder, broker_port=broker.port, store_url=store.url)
            with GatewayProcess(folder):
                pass
            asyncio.run(_fill(folder / "data" / "journal.db", options))
            for home, state in enumerate(("unread", "read")):
                found[state] = _start(GatewayProcess(folder), broker, home)
    return found


def _start(gateway: GatewayProcess, broker: Server, home: int) -> dict[str, float]:
    """Seconds from the start of the process until each thing is seen."""
    hand = Publisher(broker.port)
    hand.send(town.pendant_topic(home), '{"value": "press"}')
    hand.close()
    before = len(broker.log)
    told: dict[str, float] = {}

    def seen(words: str) -> bool:
        return words in broker.log[before:]

    gateway.start()
    try:
        unread = gateway.cursors()
        for what, words, patience_s in (
            ("first_acknowledgement_s", _ACK, _ACK_PATIENCE_S),
            ("press_called_s", _CALL, _CALL_PATIENCE_S),
        ):
            gateway.wait(partial(seen, words), patience_s, what)
            told[what] = round(time.monotonic() - gateway.started, 2)
        gateway.wait(gateway.caught_up, _CALL_PATIENCE_S, "read its journal to the end")
        told["all_read_s"] = round(time.monotonic() - gateway.started, 2)
        told["unread_at_first"] = unread["end"] - min(unread.get(reader, 0) for reader in ("recorder", "watch"))
    finally:
        gateway.stop()
    return told


async def _fill(path: Path, options: Options) -> None:
    """Readings of the last hour, in the order of their times."""
    journal = await SqliteJournal.open(path)
    try:
        batch: list[Taken] = []
        for reading in _readings(options):
            batch.append(Taken(readings=(reading,)))
            if len(batch) == _AT_ONCE:
                await journal.append(batch)
                batch = []
        await journal.append(batch)
    finally:
        await journal.close()


def _readings(options: Options) -> Iterator[Reading]:
    began = SystemClock().now() // MILLISECOND * MILLISECOND - HOUR
    step = HOUR // options.journaled // MILLISECOND * MILLISECOND
    for number in range(options.journaled):
        home, rest = number % options.many_homes, number // options.many_homes
        at = began + number * step
        hub = town.hub(home)
        address, room = town.motion(home, rest)
        yield Reading(hub.upper(), hub, address, room, None, "motion", bool(rest % 2), at, at)
