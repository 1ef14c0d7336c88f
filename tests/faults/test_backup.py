"""A backup of a gateway at work, restored elsewhere: the other gateway goes on where the backup was taken."""

import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest

from gateway.backup.restoring import restore
from gateway.backup.taking import take
from gateway.clock import SystemClock
from gateway.registry.homefile import HomeFile
from tests.faults.conftest import Record, Scale
from tests.support.flow import Hub, home, press, says
from tests.support.gateway_process import GatewayProcess
from tests.support.mailbox import Mailbox
from tests.support.servers import Server

pytestmark = pytest.mark.server
On = Callable[..., GatewayProcess]
HOMES = 3


def watched_home(number: int, family: Mailbox, neighbour: Mailbox) -> HomeFile:
    """A home with a front door; the neighbour is called when the family has not answered for 20 s."""
    raw = home(number).model_dump(mode="json", exclude_unset=True)
    raw["devices"].append({"address": "door", "role": "front-door", "quantities": ["contact"]})
    raw["contacts"] = [
        {"name": "Family", "channels": [family.address]},
        {"name": "Neighbour", "channels": [neighbour.address]},
    ]
    raw["escalation"] = [{"contacts": ["Family"], "wait": "20 s"}, {"contacts": ["Neighbour"], "wait": "60 min"}]
    raw["rules"] = [
        {"type": "pendant"},
        {"type": "door_open", "by_day": "15 s", "by_night": "15 s", "priority": 2},
    ]
    return HomeFile.model_validate(raw)


class Murmur:
    """Homes that speak all the time, numbered so that each message is known."""

    def __init__(self, hub: Hub, per_s: float) -> None:
        self.said = 0
        self._hub, self._per_s, self._ends = hub, per_s, threading.Event()
        self._thread = threading.Thread(target=self._speak)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()
        self._hub.until_confirmed()

    def _speak(self) -> None:
        begun = time.monotonic()
        for number in itertools.count():
            if self._ends.wait(max(0.0, begun + number / self._per_s - time.monotonic())):
                return
            self._hub.say(*says(1 + number % HOMES, "thermometer", "temperature", number))
            self.said = number + 1


def numbers(gateway: GatewayProcess) -> list[float]:
    return [float(one.value) for one in gateway.kept.readings() if one.device == "thermometer"]


@pytest.mark.guarantee(
    "A backup taken while messages arrive, restored elsewhere: homes, alerts, escalation, timers and the broker's kept"
    " session go on; nothing that the backup knows as sent is sent again; a queued message is taken in once"
)
def test_a_backup_under_load_is_restored_and_goes_on(
    tmp_path: Path, broker: Server, gateway_on: On, scale: Scale, record: Record
):
    per_s = scale(300, 1_500)
    file = tmp_path / "monday.tar.gz"
    with (
        Mailbox() as family,
        Mailbox() as neighbour,
        Hub(broker.port) as hub,
        Hub(broker.port) as other,
    ):
        old = gateway_on(broker.port, homes=0, name="old")
        old.register(*(watched_home(number, family, neighbour) for number in range(1, HOMES + 1)))
        old.start()
        with Murmur(other, per_s) as murmur:
            hub.say_all([press(1)])
            old.until(lambda: len(family.mails) == 1, "the family is told of the press")
            old.until(lambda: murmur.said > 2 * per_s, "much is said")
            hub.say_all([says(2, "door", "contact", True)])
            old.until(lambda: any(one.device == "door" for one in old.kept.readings()), "the open door is journaled")
            old.until(lambda: old.kept.to_do()[0] < per_s, "the rules have read about all")
            begun = time.monotonic()
            manifest = take(old.data, file, history=True, now=SystemClock().now())
            took_s = time.monotonic() - begun
            said_in_backup = murmur.said
            time.sleep(1.0)  # it goes on for a moment: what comes now only it knows
            old.kill()
            lost_up_to = murmur.said
            with_old = list(family.mails), list(neighbour.mails)
            assert with_old == (list(family.mails), []), "the family alone has been told"
            time.sleep(1.0)  # nobody is there: the broker keeps what is said
            assert murmur.said > lost_up_to

            new = gateway_on(broker.port, homes=0, name="new")
            restore(file, new.data, replace=True, now=SystemClock().now())
            new.start()
            new.until(lambda: bool(neighbour.mails), "the neighbour is called in the family's place")
            new.until(lambda: len(family.mails) == 2, "the open door is told")
            hub.say_all([press(3)])
            new.until(lambda: len(family.mails) == 3, "a further press is told")
        new.until(lambda: new.kept.to_do() == (0, 0), "everything is read and recorded")
        new.stop()

        assert [mail.title.partition(":")[0] for mail in family.mails] == ["FAULT-01", "FAULT-02", "FAULT-03"]
        assert "door" in family.mails[1].title
        assert all(mail.title.startswith("FAULT-01") for mail in neighbour.mails[:1])
        assert set((family.copies() + neighbour.copies()).values()) == {1}
        found = numbers(new)
        assert len(found) == len(set(found)), "each once"
        assert set(range(lost_up_to + per_s // 2, murmur.said)) <= set(found), "what was queued, and all since"
        assert len([one for one in found if one < said_in_backup]) > 2 * per_s, "what was there before"
        recorded = {value for _, device, _, _, value in new.kept.history() if device == "thermometer"}
        assert set(found) <= recorded
        assert max(recorded - set(found), default=0) < lost_up_to, (
            "the history is copied last, and may know a little more"
        )
        assert {(alert.home, alert.rule) for alert in new.kept.alerts()} >= {
            ("FAULT-01", "pendant"), ("FAULT-02", "door_open"), ("FAULT-03", "pendant"),
        }  # fmt: skip
    record(messages_a_second=per_s, megabytes=manifest.size / 1e6, backup_took_s=took_s)
