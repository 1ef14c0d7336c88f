"""`keepwell rules`: list, try, set, take back, packs and learning again, as somebody at a terminal sees them."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from devices.instant import DAY, HOUR, MINUTE
from gateway.cli.main import app
from gateway.clock import SystemClock
from gateway.database.engine import Database
from gateway.database.tables import BaselineRow, RuleStatusRow
from gateway.model import Point, Reading
from gateway.parts import only_gateway
from gateway.recorder.history import HistoryStore
from gateway.recorder.points import point

HOME = """
[home]
reference = "ELM-12"
time_zone = "Europe/London"
hubs = [{name = "hub"}]
rooms = [{name = "kitchen", kind = "kitchen"}, {name = "hall", kind = "hall"}, {name = "bedroom", kind = "bedroom"}]
devices = [
    {address = "x:kitchen", room = "kitchen", quantities = ["motion"]},
    {address = "x:hall", room = "hall", quantities = ["motion"]},
    {address = "x:bedroom", room = "bedroom", quantities = ["motion", "temperature"]},
    {address = "x:pendant", role = "pendant", quantities = ["button"]},
]
residents = [{name = "Ada", consent = {by = "Ada", basis = "signed form", at = "2026-01-01"}}]
"""


class Person:
    """Somebody at a terminal, with a data directory of their own."""

    def __init__(self, directory: Path, home: str = HOME) -> None:
        self.data = directory / "data"
        file = directory / "home.toml"
        file.write_text(home, encoding="utf-8")
        self.runs("homes", "import", str(file))

    def runs(self, *words: str) -> str:
        result = CliRunner().invoke(app, [*words, "--data", str(self.data)])
        assert result.exit_code == 0, f"{words}: {result.output}{result.stderr}{result.exception!r}"
        return result.stdout

    def rules(self, *words: str) -> str:
        return self.runs("rules", words[0], "--home", "ELM-12", *words[1:])

    def reads(self, *words: str):
        return json.loads(self.rules(*words, "--json"))

    def is_refused(self, *words: str) -> str:
        result = CliRunner().invoke(app, ["rules", words[0], "--home", "ELM-12", *words[1:], "--data", str(self.data)])
        assert result.exit_code == 2, result.output
        assert result.stderr.count("\n") == 1, "one line"
        return result.stderr

    def has_recorded(self, *points: Point) -> None:
        async def write() -> None:
            store = await HistoryStore.open(self.data / "history.db")
            await store.write(points)
            await store.close()

        asyncio.run(write())

    def setting(self, rule: str):
        return next(one["parameters"] for one in self.reads("list")["rules"] if one["rule"] == rule)


def weeks(days: int) -> list[Point]:
    """Movement every half hour, and beats, until an hour ago: but for three hours of quiet each day, 6 to 3 h ago."""
    now = SystemClock().now() // MINUTE * MINUTE
    found = []

    def say(device: str, quantity: str, value: bool | float, at: int) -> None:
        found.append(point(Reading("ELM-12", "hub", device, None, None, quantity, value, at, at)))

    for number, at in enumerate(range(now - days * DAY, now - HOUR, 30 * MINUTE)):
        say("", "online", True, at)
        say("", "online", True, at + 15 * MINUTE)
        if now - at > DAY or not 3 * HOUR <= now - at < 6 * HOUR:
            room = ("kitchen", "hall")[number % 2]
            say(f"x:{room}", "motion", True, at)
            say(f"x:{room}", "motion", False, at + MINUTE)
        say("x:bedroom", "temperature", 20.0, at)
        say("x:pendant", "link_quality", 90.0, at)
    return found


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path)


def test_what_is_there_before_the_gateway_ever_ran(person: Person):
    listed = person.reads("list")
    assert listed["pack"] is None
    states = {one["rule"]: (one["state"], one["last_7_days"], one["parameters"]) for one in listed["rules"]}
    assert states["inactivity"] == (None, None, {})
    table = person.rules("list")
    assert "not known yet" in table
    assert "no reading has been recorded" in table


def test_a_list_tells_what_each_rule_sees_and_saw(person: Person):
    now = SystemClock().now() // 1_000 * 1_000
    database = Database.open(person.data)
    with database.transaction() as session:
        session.add(
            RuleStatusRow(home="ELM-12", rule="inactivity", state="degraded", reason="1 of 3 silent", since=now)
        )
    database.close()
    shares = [{"armed": 1.0, "degraded": 0.0, "blind": 0.0}, {"armed": 0.5, "degraded": 0.25, "blind": 0.25}]
    person.has_recorded(
        *(
            Point("coverage", {"home": "ELM-12", "rule": "inactivity"}, one, now - day * DAY)
            for day, one in enumerate([*shares, *[shares[0]] * 5, {"armed": 0.0, "degraded": 0.0, "blind": 1.0}])
        )
    )
    found = next(one for one in person.reads("list")["rules"] if one["rule"] == "inactivity")
    assert (found["state"], found["reason"]) == ("degraded", "1 of 3 silent")
    assert found["last_7_days"]["degraded_fraction"] == pytest.approx(0.25 / 8, abs=0.01)
    assert "% armed" in person.rules("list")


def test_trying_changes_nothing_and_tells_what_differs(person: Person):
    person.has_recorded(*weeks(5))
    before = {path.name: path.read_bytes() for path in person.data.iterdir() if path.suffix == ".db"}
    whole = person.reads("try", "--rule", "not_up", "--set", "by=05:45", "--days", "3")
    assert whole["home"] == "ELM-12"
    assert whole["candidate"]["parameters"]["by"] == "05:45"
    assert whole["days"] == pytest.approx(3, abs=0.1)
    told = person.rules("try", "--rule", "not_up", "--set", "by=05:45", "--days", "3")
    assert "keepwell rules set --home ELM-12 --rule not_up --set by=05:45" in told
    assert "Nothing was sent and nothing was changed" in told
    assert before == {path.name: path.read_bytes() for path in person.data.iterdir() if path.suffix == ".db"}


def test_trying_goes_on_beside_a_running_gateway(person: Person):
    person.has_recorded(*weeks(3))
    with only_gateway(person.data):
        assert person.reads("try", "--rule", "temperature", "--set", "low=21", "--days", "2")["readings"] > 100


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rule", "inactvity"], 'no rule type "inactvity"'),
        (["--rule", "inactivity", "--set", "afer=3h"], "did you mean after?"),
        (["--rule", "inactivity", "--set", "after"], "write after=VALUE"),
        (["--rule", "inactivity", "--set", "after=long"], "is no duration"),
        (["--rule", "inactivity", "--set", "after=2h"], "that is how inactivity is set now"),
        (["--rule", "inactivity", "--set", "after=3h"], "no reading has been recorded"),
    ],
)
def test_what_makes_no_sense_is_said(person: Person, words: list[str], said: str):
    assert said in person.is_refused("try", *words)


def test_a_home_without_consent_is_not_looked_at(tmp_path: Path):
    person = Person(tmp_path, HOME.replace(', consent = {by = "Ada", basis = "signed form", at = "2026-01-01"}', ""))
    assert "the consent of Ada is not recorded" in person.is_refused("try", "--rule", "inactivity", "--set", "after=3h")
    assert "consent" in person.is_refused("relearn")


def test_a_setting_is_switched_on_and_taken_back(person: Person):
    rules = len(person.reads("list")["rules"])
    assert "inactivity is set to after=3h" in person.rules("set", "--rule", "inactivity", "--set", "after=3h")
    assert person.setting("inactivity") == {"after": "3h"}
    assert len(person.reads("list")["rules"]) == rules, "all other rules of the pack stay"
    person.rules("set", "--rule", "inactivity", "--set", "days=mon,tue")
    assert person.setting("inactivity") == {"after": "3h", "days": ["mon", "tue"]}
    person.rules("set", "--rule", "inactivity", "--set", "after=")
    assert person.setting("inactivity") == {"days": ["mon", "tue"]}
    assert "is as in the pack: its defaults" in person.rules("unset", "--rule", "inactivity")
    assert person.setting("inactivity") == {}
    person.rules("set", "--rule", "inactivity", "--set", "enabled=false")
    assert person.setting("inactivity") == {"enabled": False}
    assert "inactivity\toff" in person.rules("list")
    person.rules("set", "--rule", "inactivity")
    assert person.setting("inactivity") == {}


def test_two_rules_of_one_type_have_keys(person: Person):
    person.rules("set", "--rule", "temperature", "--key", "bath", "--set", "low=20")
    assert person.setting("temperature/bath") == {"low": 20}
    assert person.setting("temperature") == {}
    assert "temperature/bath is gone" in person.rules("unset", "--rule", "temperature", "--key", "bath")


def test_what_is_set_for_a_home_stays_with_another_pack(person: Person):
    person.rules("set", "--rule", "temperature", "--set", "low=17.5")
    person.runs("homes", "pack", "ELM-12", "falls-risk")
    assert person.reads("list")["pack"] == "falls-risk"
    assert person.setting("temperature") == {"low": 17.5}


def test_packs_are_listed():
    result = CliRunner().invoke(app, ["rules", "packs"])
    assert "falls-risk" in result.stdout
    listed = json.loads(CliRunner().invoke(app, ["rules", "packs", "--json"]).stdout)
    assert {"living-alone", "falls-risk", "leaves-home-at-night", "carer-visits", "cold-home"} <= {
        one["name"] for one in listed
    }
    assert all(one["who_for"] and one["rules"] for one in listed)


def test_what_was_lost_is_learned_again(person: Person):
    person.has_recorded(*weeks(20))
    with only_gateway(person.data):
        assert "another gateway is running" in person.is_refused("relearn")
    assert "learned from" in person.rules("relearn")
    database = Database.open(person.data)
    with database.transaction() as session:
        row = session.get(BaselineRow, "ELM-12")
        assert row is not None
        assert row.data
    database.close()


def test_nothing_to_learn_from_is_said(person: Person):
    person.has_recorded(*weeks(1)[:0], Point("motion", {"home": "OAK-1", "device": "x"}, {"value": 1.0}, 0))
    assert "nothing is recorded of ELM-12" in person.is_refused("relearn")
