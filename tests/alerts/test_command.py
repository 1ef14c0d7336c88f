"""`keepwell alerts`, as a person types it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.alerts import app
from gateway.database.engine import Database
from tests.alerts.street import Street

Type = Callable[..., Result]


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    Database.open(tmp_path).close()
    with Street(tmp_path) as made:
        yield made


@pytest.fixture
async def keepwell(tmp_path: Path, street: Street) -> Type:
    street.calls("Ann")
    await street.rule("pendant", subject="p", explanation="The pendant was pressed.")
    await street.rule("battery", subject="hall")
    return lambda *words: CliRunner().invoke(app, [*words, "--data", str(tmp_path)])


def test_list_shows_what_is_open(keepwell: Type) -> None:
    said = keepwell("list")
    assert said.exit_code == 0
    assert "pendant pressed" in said.output
    assert said.output.index("pendant") < said.output.index("battery"), "the most urgent first"
    assert keepwell("list", "--home", "OAK-3").output == "No open alerts.\n"


def test_accept_note_close_and_show(keepwell: Type) -> None:
    assert "Alert 1 is yours, Ann." in keepwell("accept", "1", "--by", "Ann").output
    second = keepwell("accept", "1", "--by", "Bob")
    assert second.exit_code == 2
    assert second.stderr == "Ann has accepted this alert already; nothing was changed\n"
    assert keepwell("note", "1", "On my way.", "--by", "Ann").exit_code == 0
    assert keepwell("close", "1", "--by", "Ann", "--outcome", "false", "--note", "Sat on it.").exit_code == 0
    shown = keepwell("show", "1").output
    for part in (
        "Ann accepted it.",
        "Ann noted: On my way.",
        'Ann closed it, outcome "false": Sat on it.',
        "Ann was called",
    ):
        assert part in shown
    assert "list:" not in shown


def test_hand_over_and_snooze(keepwell: Type, street: Street) -> None:
    street.calls("Bob", route="later")
    assert "accept it first" in keepwell("hand-over", "1", "--by", "Ann", "--to", "Bob", "--reason", "x").stderr
    keepwell("accept", "1", "--by", "Ann")
    said = keepwell("hand-over", "1", "--by", "Ann", "--to", "Bob", "--reason", "on the train").output
    assert said.startswith("Bob is asked to take on alert 1 by 20")
    assert "It is accepted by Ann, who asks Bob to take it on" in " ".join(keepwell("show", "1").output.split())
    said = keepwell("snooze", "2", "--by", "Ann", "--for", "2h", "--reason", "new ones are ordered").output
    assert said.startswith("Alert 2 is put off until 20")
    assert "Ann put it off for 2 h: new ones are ordered." in keepwell("show", "2").output
    second = json.loads(keepwell("list", "--json").output)[1]
    assert (second["state"], second["snoozed_until"][-1], second["handed_to"]) == ("snoozed", "Z", None)


@pytest.fixture
async def pressed_twice_and_late_up(street: Street, keepwell: Type) -> Type:
    await street.rule("pendant", subject="p")
    await street.passes(5.1)
    await street.rule("not_up", explanation="Nobody was seen.")
    await street.rule("not_up", "clear", priority=3, explanation="Somebody is up.")
    return keepwell


def test_show_counts_in_words_and_a_clear_has_no_priority(pressed_twice_and_late_up: Type) -> None:
    keepwell = pressed_twice_and_late_up
    pressed = keepwell("show", "1").output
    assert "It is raised, and was seen twice. The calls are in their 3rd round." in pressed
    assert "Keepwell calls Ann: step 1, for the 2nd time round." in pressed
    cleared = keepwell("show", "3").output
    assert "Cleared: Somebody is up.\n" in cleared
    assert "priority 3" not in cleared
    assert "time(s)" not in pressed + cleared


def test_list_says_the_date_and_whose_clock_it_is(keepwell: Type) -> None:
    assert "2026-01-12 10:00 GMT" in " ".join(keepwell("list").output.split())


def test_json_is_a_list_of_alerts(keepwell: Type) -> None:
    first, second = json.loads(keepwell("list", "--json").output)
    assert (first["id"], first["rule"], first["state"], second["rule"]) == (1, "pendant", "raised", "battery")
    assert first["event_at"] == "2026-01-12T10:00:00Z"
    assert json.loads(keepwell("show", "1", "--json").output)["messages"][0]["to"] == "Ann"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("accept", "99", "--by", "Ann"), "there is no alert 99"),
        (("close", "1", "--by", "Ann", "--outcome", "fine"), "'fine' is no outcome"),
        (("accept", "1", "--by", " "), "say who does this"),
        (("snooze", "1", "--by", "Ann", "--for", "soon", "--reason", "x"), "--for: 'soon' is no duration"),
        (("snooze", "1", "--by", "Ann", "--for", "31min", "--reason", "x"), "can be put off for 30 min at most"),
        (("snooze", "1", "--by", "Ann", "--for", "9min", "--reason", " "), "say why"),
    ],
)
def test_trouble_is_one_line_and_exit_2(keepwell: Type, words: tuple[str, ...], sentence: str) -> None:
    said = keepwell(*words)
    assert said.exit_code == 2
    assert sentence in said.stderr
    assert said.stderr.count("\n") == 1


def test_a_folder_without_data_is_named(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["list", "--data", str(tmp_path / "nowhere")])
    assert said.exit_code == 2
    assert "there is no Keepwell data in" in said.stderr
    assert not (tmp_path / "nowhere").exists()
