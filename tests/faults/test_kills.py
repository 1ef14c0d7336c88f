"""The gateway is killed while homes speak: what the broker accepted is kept, each message once."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest

from tests.faults import broken_run
from tests.faults.conftest import Record, Scale
from tests.support.flow import Hub, Said, Witness, everyday, press, presses_by_home, told, told_by
from tests.support.gateway_process import GatewayProcess
from tests.support.kept import Point, stored
from tests.support.servers import Server
from tests.support.victoria import Victoria

pytestmark = pytest.mark.server
HOMES = 4
SEED = 2_026
On = Callable[..., GatewayProcess]


class Street:
    """Homes that speak at both qualities of service at once, in the background, at a pace of their own."""

    def __init__(self, said: list[Said], hubs: tuple[Hub, Hub], pace_per_s: float) -> None:
        self._said, self._hubs, self._pace_per_s = said, hubs, pace_per_s
        self._thread = threading.Thread(target=self._speak)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()

    def _speak(self) -> None:
        begun = time.monotonic()
        for index, (topic, payload) in enumerate(self._said):
            self._hubs[index % 2].say(topic, payload)
            ahead = index / self._pace_per_s - (time.monotonic() - begun)
            if ahead > 0.02:
                time.sleep(ahead)
        for hub in self._hubs:
            hub.until_confirmed()

    @property
    def speaks(self) -> bool:
        return self._thread.is_alive()


def assert_kept_once(gateway: GatewayProcess, heard: list[Said], points: list[Point]) -> None:
    """Journal, quarantine, alerts and store hold what the witness heard, each message once and in order."""
    readings = gateway.kept.readings()
    expected = told(heard)
    assert Counter(told_by(readings)) == Counter(expected)
    assert told_by(readings) == expected, "in the order of the broker"
    unreadable = len(heard) - len(expected)
    assert len(gateway.kept.quarantined()) == unreadable
    assert gateway.kept.occurrences("pendant") == presses_by_home(heard)
    assert len(gateway.kept.alerts("pendant")) == HOMES, "one open alert for each home"
    recorded = sorted((one.home, one.device, one.quantity, one.at // 1_000, float(_number(one.value)))
                      for one in readings)  # fmt: skip
    missing, surplus = Counter(recorded) - Counter(points), Counter(points) - Counter(recorded)
    assert (sorted(missing)[:10], sorted(surplus)[:10]) == ([], []), f"{missing.total()} missing, {surplus.total()} new"


def _number(value: object) -> float:
    return 1.0 if isinstance(value, str) else float(value)  # type: ignore[arg-type]


@pytest.mark.guarantee(
    "Killed at any moment while messages arrive, at QoS 0 and QoS 1, alike or not: journal, store, quarantine and"
    " alerts hold every message that the broker accepted, once, in its order"
)
@pytest.mark.parametrize("kind", ["history", "influx"])
def test_killed_at_random_moments(
    kind: str, broker: Server, store: Victoria, gateway_on: On, scale: Scale, record: Record
):
    count, kills = scale((4_000, 4), (20_000, 10))
    pace_per_s = scale(500, 600)
    chance = random.Random(SEED)  # noqa: S311 - the same moments every time
    gateway = gateway_on(broker.port, homes=HOMES, store_url=store.url if kind == "influx" else None)
    said = everyday(HOMES, count, seed=SEED, presses=count // 100, unreadable=count // 100)
    with Witness(broker.port) as witness, Hub(broker.port) as one, Hub(broker.port, qos=0) as other:
        gateway.start()
        with Street(said, (one, other), pace_per_s) as street:
            alive_while_speaking = 0
            for _ in range(kills):
                time.sleep(chance.uniform(0.05, count / pace_per_s / kills * 0.8))
                alive_while_speaking += street.speaks
                gateway.kill()
                time.sleep(chance.uniform(0, 0.5))
                gateway.start()
        heard = list(witness.until(count))
        assert one.unconfirmed == 0
        gateway.until_settled(len(told(heard)))
        dropped = gateway.kept.counters()["duplicates_dropped"]
        gateway.stop()
    assert alive_while_speaking >= kills // 2, "most kills came while messages did"
    assert_kept_once(gateway, heard, gateway.kept.history() if kind == "history" else stored(store))
    record(messages=count, kills=kills, repeats_recognised=dropped, lost=0, doubled=0)


@pytest.mark.guarantee(
    "Killed while it starts, while it drains the broker's backlog, and while it stops: nothing is lost or doubled"
)
def test_killed_at_the_moments_between(broker: Server, gateway_on: On, scale: Scale, record: Record):
    count, rounds = scale((3_000, 2), (20_000, 8))
    chance = random.Random(SEED)  # noqa: S311 - the same moments every time
    gateway = gateway_on(broker.port, homes=HOMES)
    said = everyday(HOMES, count, seed=SEED + 1, presses=count // 100, unreadable=count // 100)
    gateway.start()
    gateway.kill()
    killed = Counter[str]()
    with Witness(broker.port) as witness, Hub(broker.port) as one:
        for part in range(rounds):
            one.say_all(said[2 * part :: 2 * rounds])  # nobody is there: a backlog
            for _ in range(2):
                gateway.start(connects=False)
                time.sleep(chance.uniform(0.0, 1.5))
                gateway.kill()
                killed["starting"] += 1
            one.say_all(said[2 * part + 1 :: 2 * rounds])
            before = gateway.kept.count()
            gateway.start(connects=False)
            gateway.until(lambda before=before: gateway.kept.count() > before, "the backlog begins to arrive")  # type: ignore[misc]
            gateway.kill()
            killed["draining"] += 1
            gateway.start()
            gateway.ask_to_stop()
            time.sleep(chance.uniform(0.0, 0.1))
            gateway.kill()
            killed["stopping"] += 1
        heard = list(witness.until(count))
        gateway.start()
        gateway.until_settled(len(told(heard)))
        gateway.stop()
    assert_kept_once(gateway, heard, gateway.kept.history())
    record(messages=count, kills=killed.total(), lost=0, doubled=0)


@pytest.mark.guarantee(
    "Killed between what became durable and what was to follow from it (journaled and not acknowledged, stored and not"
    " noted as stored, concluded and not told): what follows is done once"
)
@pytest.mark.parametrize("moment", ["append", "write", "commit"])
def test_killed_between_a_deed_and_the_note_of_it(
    moment: str, broker: Server, gateway_on: On, scale: Scale, record: Record
):
    kills = scale(3, 20)
    chance = random.Random(SEED)  # noqa: S311 - the same moments every time
    gateway = gateway_on(
        broker.port, homes=HOMES, program=(Path(broken_run.__file__),), environment={broken_run.VARIABLE: ""}
    )
    gateway.start()  # its session begins
    gateway.stop()
    speech = iter(everyday(HOMES, 100_000, seed=SEED + 2, presses=2_000, unreadable=1_000))
    with Witness(broker.port) as witness, Hub(broker.port) as hub:
        for number in range(1, HOMES + 1):
            hub.say(*press(number))
        for _ in range(kills):
            gateway.environment[broken_run.VARIABLE] = f"dies-after-{moment}={chance.randint(1, 9)}"
            gateway.start(connects=False)
            while gateway.running:
                hub.say(*next(speech))
                time.sleep(0.003)
        hub.until_confirmed()
        heard = list(witness.until(hub.said))
        gateway.environment[broken_run.VARIABLE] = ""
        gateway.start()
        gateway.until_settled(len(told(heard)))
        dropped = gateway.kept.counters()["duplicates_dropped"]
        gateway.stop()
    assert_kept_once(gateway, heard, gateway.kept.history())
    record(messages=len(heard), kills=kills, repeats_recognised=dropped, lost=0, doubled=0)
