"""A disk that is full, journals that are damaged or gone: with a real disk of a few megabytes and real processes."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.registry.homefile import HomeFile
from gateway.rescue.rescue import GRACE_S
from tests.support.family import Family, Told
from tests.support.flow import Hub, Witness, home, motion, numbered, press, says, told, told_by
from tests.support.gateway_process import GatewayProcess, wait_for
from tests.support.servers import LOOPBACK, Server, free_port
from tests.support.shared import CHECKOUT
from tests.support.small_disk import MEGABYTE, fill, free_on, small_disk

pytestmark = [
    pytest.mark.server,
    pytest.mark.timeout(120),
]
BALLAST_MB = 4
PATIENCE_S = 30.0


def reached_by_mqtt(number: int) -> HomeFile:
    """A home whose family hears of alerts by MQTT."""
    plain = home(number)
    return HomeFile.model_validate(
        plain.model_dump(exclude_none=True) | {"contacts": [{"name": "Family", "channels": ["mqtt:"]}]}
    )


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """The gateway's data directory is a disk of its own."""
    with small_disk(tmp_path / "gateway" / "data", 32) as folder:
        yield folder


@pytest.fixture
def gateway(tmp_path: Path, broker: Server) -> Iterator[GatewayProcess]:
    with ExitStack() as stack:
        yield built(stack, tmp_path, broker)


@pytest.fixture
def storeless(tmp_path: Path, broker: Server, disk: Path) -> Iterator[GatewayProcess]:
    """On the small disk and with a store that is down: the journal must keep everything."""
    with ExitStack() as stack:
        yield built(stack, tmp_path, broker, store_url=f"http://{LOOPBACK}:{free_port()}")


def built(stack: ExitStack, folder: Path, broker: Server, store_url: str | None = None) -> GatewayProcess:
    process = GatewayProcess(
        folder / "gateway",
        broker.port,
        store_url=store_url,
        settings={"journal": {"quota_mb": 16, "ballast_mb": BALLAST_MB}},
    )
    process.register(reached_by_mqtt(1))
    stack.push(process.__exit__)
    return process


def from_memory(message: Told) -> bool:
    return "from memory" in message.title


def ordinary(message: Told) -> bool:
    return message.rule == "pendant" and message.kind == "alert" and not from_memory(message)


def journaled(gateway: GatewayProcess, count: int) -> None:
    """Wait for so many readings, and for the rules."""
    gateway.until(
        lambda: gateway.kept.count() >= count and not gateway.kept.to_do()[0], f"{count} readings journaled", PATIENCE_S
    )


def fill_up(gateway: GatewayProcess, hub: Hub, *, leave: int = 0) -> Path:
    """Fill the disk; when the ballast is gone too, fill what that gave, until nothing more is acknowledged."""
    filler = fill(gateway.data)
    hub.say_all([motion(1)])
    gateway.until(lambda: not (gateway.data / "ballast").exists(), "the ballast goes", PATIENCE_S)

    def refused() -> bool:
        if free_on(gateway.data) > leave:
            fill(gateway.data, leave=leave)
        hub.say_all([motion(1)])
        return bool(gateway.events("journal cannot take messages, none are acknowledged"))

    gateway.until(refused, "messages are refused", PATIENCE_S)
    return filler


@pytest.mark.guarantee(
    "On a truly full disk nothing is acknowledged, a press behind thousands of messages is still told, and when there "
    "is room again the journal takes everything that the broker accepted, once"
)
def test_on_a_full_disk_a_press_is_told_from_memory_and_nothing_is_lost(
    disk: Path, broker: Server, storeless: GatewayProcess, record: Callable[..., None]
) -> None:
    gateway = storeless
    with Witness(broker.port) as witness, Family(broker.port) as family, Hub(broker.port) as hub:
        gateway.start()
        assert (disk / "ballast").stat().st_blocks * 512 == BALLAST_MB * MEGABYTE
        hub.say_all(numbered(1, range(10)))
        journaled(gateway, 10)
        filler = fill_up(gateway, hub)
        before = gateway.kept.count()

        hub.say_all(numbered(1, range(10, 4_000)))
        hub.say_all([press(1), press(1)])
        message = family.hears(from_memory, "of the press from memory", PATIENCE_S)
        assert "pendant pressed" in message.title
        assert "may be repeated" in message.body
        hub.say_all([says(1, "pendant", "button", "release"), says(1, "hall-pir", "motion", False)])
        assert gateway.kept.count() == before, "nothing is taken"
        assert [one.title for one in family.told if from_memory(one)] == [message.title], "once a minute at most"

        filler.unlink()
        family.hears(ordinary, "of the press in the ordinary way", PATIENCE_S)
        everything = witness.until(hub.said)
        journaled(gateway, len(told(everything)))
        assert told_by(gateway.kept.readings()) == told(everything)
        assert gateway.kept.occurrences("pendant")["FAULT-01"] == 2
        wait_for((disk / "ballast").exists, "the ballast is back", PATIENCE_S)
        gateway.stop(within_s=20.0)
    record(messages=len(everything), lost=0, doubled=0)


@pytest.mark.guarantee(
    "While the disk is nearly full, its last megabytes are kept for alerts: a press goes its usual way"
)
def test_on_a_disk_nearly_full_a_press_goes_its_usual_way(
    disk: Path, broker: Server, storeless: GatewayProcess
) -> None:
    gateway = storeless
    with Witness(broker.port) as witness, Family(broker.port) as family, Hub(broker.port) as hub:
        gateway.start()
        hub.say_all(numbered(1, range(10)))
        journaled(gateway, 10)
        filler = fill_up(gateway, hub, leave=(BALLAST_MB // 2) * MEGABYTE - 200_000)
        before = gateway.kept.count()
        hub.say_all(numbered(1, range(10, 200)))
        assert gateway.kept.count() == before

        hub.say_all([press(1)])
        family.hears(ordinary, "of the press", PATIENCE_S)
        hub.say_all([motion(1)])
        time.sleep(GRACE_S + 1.0)  # nothing marks the moment at which it would have been told from memory
        assert not [one for one in family.told if from_memory(one)]
        filler.unlink()
        everything = witness.until(hub.said)
        journaled(gateway, len(told(everything)))
        assert told_by(gateway.kept.readings()) == told(everything)
        gateway.stop(within_s=20.0)


@pytest.mark.guarantee("A gateway that is started on a full disk lets its ballast go, and works")
def test_a_gateway_starts_on_a_full_disk(disk: Path, broker: Server, gateway: GatewayProcess) -> None:
    with Family(broker.port) as family, Hub(broker.port) as hub:
        gateway.start()
        hub.say_all([motion(1)])
        journaled(gateway, 1)
        gateway.stop(within_s=20.0)
        fill(disk)
        assert (disk / "ballast").exists()
        gateway.start()
        hub.say_all([press(1)])
        family.hears(ordinary, "of the press", PATIENCE_S)
        gateway.stop(within_s=20.0)


@pytest.mark.guarantee("Two gateways on one data directory: the second refuses and says so, the first goes on")
def test_a_second_gateway_on_the_same_data_refuses(broker: Server, gateway: GatewayProcess) -> None:
    with Hub(broker.port) as hub:
        gateway.start()
        second = subprocess.run(
            [sys.executable, "-m", "gateway.cli.main", "run"],
            cwd=gateway.folder, env={"PYTHONPATH": str(CHECKOUT)}, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip
        assert second.returncode != 0
        assert "another gateway is running on" in second.stdout + second.stderr
        hub.say_all([motion(1)])
        gateway.until_settled(1, PATIENCE_S)
        gateway.stop(within_s=20.0)


@pytest.mark.guarantee("A journal that was lost or damaged while we were down: the new one begins above every cursor")
@pytest.mark.parametrize("harm", ["gone", "garbage", "a page of zeros"])
def test_after_the_journal_was_harmed_the_rules_and_the_recorder_go_on(
    broker: Server, gateway: GatewayProcess, harm: str
) -> None:
    journal = gateway.data / "journal.db"
    with Family(broker.port) as family, Hub(broker.port) as hub:
        gateway.start()
        hub.say_all([*numbered(1, range(300)), press(1)])
        family.hears(ordinary, "of the press", PATIENCE_S)
        gateway.until_settled(301, PATIENCE_S)
        gateway.stop(within_s=20.0)
        if harm == "gone":
            journal.unlink()
        elif harm == "garbage":
            journal.write_bytes(b"\xa5" * 100_000)
        else:
            content = journal.read_bytes()
            journal.write_bytes(content[:4_096] + bytes(4_096) + content[8_192:])

        gateway.start()
        assert (gateway.data / "journal.db.damaged-1").exists() == (harm != "gone")
        hub.say_all([*numbered(1, range(300, 310)), press(1)])
        gateway.until(
            lambda: gateway.kept.occurrences("pendant")["FAULT-01"] == 2, "the rules see the press", PATIENCE_S
        )
        gateway.until(lambda: len(gateway.kept.history()) >= 312, "all is recorded", PATIENCE_S)
        values = [value for _, _, quantity, _, value in gateway.kept.history() if quantity == "temperature"]
        assert sorted(values) == list(range(310))
        gateway.stop(within_s=20.0)
