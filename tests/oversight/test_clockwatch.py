"""A clock that is put forward or back is noticed; one that merely runs is not."""

import pytest

from devices.instant import HOUR, MINUTE, SECOND
from gateway.clock import Steps
from gateway.oversight.clockwatch import ClockWatch

NOON = 1_768_219_200 * SECOND


class Machine:
    def __init__(self) -> None:
        self.wall, self.ran = NOON, 100.0
        self.watch = ClockWatch(Steps(lambda: self.wall, lambda: self.ran))

    def runs(self, seconds: float) -> None:
        self.ran += seconds
        self.wall += int(seconds * SECOND)
        self.watch.look()


@pytest.mark.parametrize(("by", "words"), [(HOUR, "went forward by 1 h:"), (-HOUR, "went back by 1 h:"),
                                           (31 * SECOND, "went forward by 31 s:")])  # fmt: skip
def test_a_step_is_told_with_its_size_and_direction(by: int, words: str) -> None:
    machine = Machine()
    machine.runs(5)
    machine.wall += by
    machine.runs(5)
    (trouble,) = machine.watch.troubles()
    assert words in trouble.sentence
    assert "may be off" in trouble.sentence
    assert (trouble.subject, trouble.passing, trouble.since) == ("clock", False, machine.wall)


def test_a_clock_that_runs_is_no_trouble_however_rarely_somebody_looks() -> None:
    machine = Machine()
    machine.runs(24 * 3600)
    machine.wall += 29 * SECOND
    machine.runs(5)
    machine.wall -= 29 * SECOND
    machine.runs(5)
    assert machine.watch.troubles() == ()


def test_each_step_is_an_event_of_its_own() -> None:
    machine = Machine()
    for minutes in (1, -2):
        machine.wall += minutes * MINUTE
        machine.runs(5)
    assert machine.watch.steps == 2
    assert "back by 2 min" in machine.watch.troubles()[0].sentence
