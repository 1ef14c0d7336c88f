"""The process's own figures."""

import os
from pathlib import Path

from gateway.oversight.process import Process


def test_memory_is_that_of_this_process() -> None:
    figures = Process().figures()
    assert 20 < figures["memory_mib"] < 4096
    assert figures["cpu_s"] > 0


def test_memory_is_told_in_mebibytes_and_the_time_since_the_start(tmp_path: Path) -> None:
    at = [100.0]
    statm = tmp_path / "statm"
    statm.write_text("9999 512 100 1 0 1 0\n")
    process = Process(statm, monotonic=lambda: at[0])
    at[0] += 90
    assert process.figures()["memory_mib"] == 512 * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024
    assert process.figures()["up_s"] == 90


def test_where_the_system_does_not_tell_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert Process(tmp_path / "none").figures()["memory_mib"] == 0
    (tmp_path / "statm").write_text("")
    assert Process(tmp_path / "statm").figures()["memory_mib"] == 0
