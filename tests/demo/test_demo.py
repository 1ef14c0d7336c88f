"""The demonstration as a viewer without a terminal sees it: four alerts told and closed, and nothing left behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.support.shared import CHECKOUT, shared_data

DEMO = [sys.executable, "-m", "gateway.cli.main", "demo"]


def started(tmp_path: Path, *options: str) -> "subprocess.Popen[str]":
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT), "TMPDIR": str(tmp_path)}
    return subprocess.Popen(
        [*DEMO, *options], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )


STORIES = {
    "sensor_silent": "We have not heard the motion sensor in the bathroom",
    "door_open": "The front door has been open since 22:40, for 3 min",
    "not_up": "No sign of being up by 10:30",
    "pendant": "The pendant was pressed at 11:50",
}


@pytest.mark.timeout(240)
def test_four_alerts_are_raised_explained_told_and_closed(tmp_path: Path):
    demo = started(tmp_path, "--speed", "2880")
    output = seen_until(demo, lambda text: len(re.findall(r"^.* ALERT \d+ CLOSED .*$", text, re.MULTILINE)) == 4)
    demo.send_signal(signal.SIGINT)
    rest, errors = demo.communicate(timeout=30)
    assert (demo.returncode, errors.strip()) == (0, "Stopped.")
    output += rest
    for rule, words in STORIES.items():
        raised = re.search(rf"ALERT (\d+) RAISED (\S+) {rule} .*{words}", output)
        assert raised, f"{rule} was not raised\n{output}"
        assert re.search(rf"MESSAGE to Daughter \({raised[2]}\): .*{words}", output), f"{rule} was not told"
        assert re.search(rf"ALERT {raised[1]} CLOSED .*{rule}", output), f"{rule} was not closed"
    assert output.count(" RAISED ") == 4, "and nothing else happens in the street"
    assert "readings/s" in output
    assert "HOME ELM-1: " in output
    assert list(tmp_path.iterdir()) == []


def test_it_ends_by_itself_after_the_time_it_was_given(tmp_path: Path):
    demo = started(tmp_path, "--for", "3")
    _, errors = demo.communicate(timeout=60)
    assert (demo.returncode, errors) == (0, "")
    assert list(tmp_path.iterdir()) == []


def seen_until(demo: "subprocess.Popen[str]", enough: Callable[[str], bool]) -> str:
    """What it printed until then; the story's pace depends on the machine, its order does not."""
    assert demo.stdout is not None
    output = ""
    for line in demo.stdout:
        output += line
        if enough(output):
            return output
    raise AssertionError(f"it ended before\n{output}")


def test_a_recording_is_played_through_the_broker(tmp_path: Path):
    files = ["--home", str(shared_data("casas_hh111_week.home.toml")),
             "--readings", str(shared_data("casas_hh111_week.readings.csv"))]  # fmt: skip
    demo = started(tmp_path, *files, "--speed", "20000", "--for", "8")
    output, errors = demo.communicate(timeout=60)
    assert (demo.returncode, errors) == (0, "")
    assert "HOME CASAS-HH111-WEEK: " in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_nothing_behind(tmp_path: Path, number: signal.Signals):
    demo = started(tmp_path)
    assert demo.stdout is not None
    assert "broker on 127.0.0.1" in demo.stdout.readline()
    demo.send_signal(number)
    _, errors = demo.communicate(timeout=30)
    assert (demo.returncode, errors.strip()) == (0, "Stopped.")
    assert list(tmp_path.iterdir()) == []


def test_data_of_a_real_gateway_is_not_touched(tmp_path: Path):
    real = tmp_path / "data"
    real.mkdir()
    (real / "keepwell.db").write_text("precious", encoding="utf-8")
    demo = started(tmp_path, "--data", str(real), "--for", "2")
    _, errors = demo.communicate(timeout=30)
    assert demo.returncode == 2
    assert "holds data already" in errors
    assert (real / "keepwell.db").read_text(encoding="utf-8") == "precious"


def test_its_own_data_directory_may_be_used_again(tmp_path: Path):
    for _ in range(2):
        demo = started(tmp_path, "--data", str(tmp_path / "data"), "--for", "2")
        _, errors = demo.communicate(timeout=60)
        assert (demo.returncode, errors) == (0, "")


def test_half_a_recording_is_refused_with_the_fix(tmp_path: Path):
    demo = started(tmp_path, "--home", "x.toml")
    _, errors = demo.communicate(timeout=30)
    assert demo.returncode == 2
    assert "give --home FILE and --readings FILE" in errors


def test_each_role_has_a_link_that_works_again_and_again(tmp_path: Path):
    demo = started(tmp_path, "--web-port", "0")
    try:
        output = seen_until(demo, lambda text: "ALERT 1 RAISED" in text)
        links = dict(re.findall(r"^Sign in as (\w+): (\S+) ", output, re.MULTILINE))
        assert links.keys() == {"staff", "supervisor", "installer", "family", "administrator"}
        for role, link in [*links.items(), *links.items()]:
            signs_in(role, link, "Sign out")
        signs_in("family", links["family"], "Rose", "/homes/ELM-1")
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.communicate(timeout=30)


def signs_in(role: str, link: str, sees: str, path: str = "/") -> None:
    """By the button of the page that the link opens; a link that was just used takes a moment."""
    deadline = time.monotonic() + 20
    with httpx.Client(base_url=link.partition("/sign-in")[0], follow_redirects=True) as browser:
        while browser.get(link).status_code != 200:
            assert time.monotonic() < deadline, role
            time.sleep(0.1)
        browser.post(link)
        answer = browser.get(path)
    assert (answer.status_code, sees in answer.text) == (200, True), role


def test_where_the_port_of_the_pages_is_taken_they_are_on_another_one(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        demo = started(tmp_path, "--web-port", str(port), "--for", "3")
        output, errors = demo.communicate(timeout=60)
    assert (demo.returncode, errors) == (0, "")
    assert "The port for the pages is taken" in output
    assert f":{port}/" not in output
