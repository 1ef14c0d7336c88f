"""`keepwell backtest`: documented output, outages, a collapse, rules of a file; and the recordings of real homes."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from gateway.cli.main import app
from tests.support.shared import shared_data

HOME = """
[home]
reference = "ELM-12"
time_zone = "Europe/London"

[[home.rooms]]
name = "hall"
kind = "hall"

[[home.rooms]]
name = "kitchen"
kind = "kitchen"

[[home.rooms]]
name = "bedroom"
kind = "bedroom"

[[home.devices]]
address = "x:hall"
room = "hall"

[[home.devices]]
address = "x:kitchen"
room = "kitchen"

[[home.devices]]
address = "x:bedroom"
room = "bedroom"

[[home.devices]]
address = "x:door"
room = "hall"
role = "front-door"

[[home.devices]]
address = "x:pendant"
role = "pendant"
"""


def days(count: int) -> list[str]:
    """A plain life: up at 7, somewhere every half hour until 22:30, in bed by 23."""
    rows = []
    for day in range(count):
        start = datetime(2026, 1, 12) + timedelta(days=day)  # noqa: DTZ001 - local time of the home, as in the file
        for half_hour in range(14, 46):
            room = ("kitchen", "hall", "bedroom")[half_hour % 3] if half_hour < 45 else "bedroom"
            at = start + timedelta(minutes=30 * half_hour)
            rows.append(f"{at.isoformat()},x:{room},motion,true")
            rows.append(f"{(at + timedelta(seconds=40)).isoformat()},x:{room},motion,false")
        rows.append(f"{(start + timedelta(hours=12)).isoformat()},x:hall,temperature,20.5")
        rows.append(f"{(start + timedelta(hours=12)).isoformat()},x:door,contact,false")
    return rows


class Files:
    def __init__(self, folder: Path) -> None:
        self.home, self.readings, self.rules = folder / "h.toml", folder / "r.csv", folder / "rules.toml"
        self.write(HOME, days(3))

    def write(self, home: str, rows: list[str]) -> None:
        self.home.write_text(home, encoding="utf-8")
        self.readings.write_text("\n".join(["at,address,quantity,value", *rows]), encoding="utf-8")

    def run(self, *options: str) -> dict[str, Any]:
        result = self.invoke("--json", *options)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)  # type: ignore[no-any-return]

    def invoke(self, *options: str) -> Result:
        words = ["backtest", "--home", str(self.home), "--readings", str(self.readings), *options]
        return CliRunner().invoke(app, words)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def of(report: dict[str, Any], rule: str) -> list[dict[str, Any]]:
    return [alert for alert in report["alerts"] if alert["rule"] == rule]


def test_the_documented_form_and_a_quiet_home(files: Files):
    report = files.run()
    assert list(report) == ["home", "from", "to", "days", "readings", "seconds", "alerts", "per_week", "rules"]
    assert (report["home"], report["from"], report["to"]) == ("ELM-12", "2026-01-12T07:00:00Z", "2026-01-14T22:30:40Z")
    assert report["readings"] == 3 * 66
    assert report["alerts"] == []
    assert set(report["per_week"]) == {entry["rule"] for entry in report["rules"]}
    armed = {entry["rule"]: entry["armed_fraction"] for entry in report["rules"]}
    assert armed["inactivity"] == armed["not_up"] == armed["door_open"] == 1.0
    assert armed["hazard"] == 0.0, "no smoke or leak sensor is registered: that rule sees nothing"


def test_a_press_is_an_alert_with_its_evidence(files: Files):
    files.write(HOME, [*days(1), "2026-01-12T15:00:00,x:pendant,button,press"])
    (alert,) = files.run()["alerts"]
    assert alert == {
        "rule": "pendant",
        "concerns": "person",
        "subject": "x:pendant",
        "priority": 1,
        "raised_at": "2026-01-12T15:00:00Z",
        "cleared_at": None,
        "explanation": alert["explanation"],
        "evidence": alert["evidence"],
    }
    assert alert["explanation"].startswith("The pendant was pressed at 15:00.")
    assert alert["evidence"]["readings"][0]["value"] == "press"


def test_a_collapse_is_noticed_and_the_weather_goes_on(files: Files):
    report = files.run("--stop-at", "2026-01-13T12:10:00")
    assert report["to"] == "2026-01-15T12:10:00Z"
    inactivity, not_up = of(report, "inactivity"), of(report, "not_up")
    assert [alert["raised_at"] for alert in inactivity] == ["2026-01-13T14:00:00Z"]
    assert [alert["raised_at"] for alert in not_up] == ["2026-01-14T10:30:00Z"]
    assert of(report, "sensor_silent") == of(report, "hub_silent") == []
    begun_after, doors_after = 21 + 32, 1
    assert report["readings"] == 3 * 66 - begun_after - doors_after, "what goes on is not caused by a person"


def test_an_outage_of_the_hub_blinds_and_is_raised_itself(files: Files):
    outage = '[[home.outages]]\nstart = "2026-01-13T09:00:00"\nend = "2026-01-13T18:00:00"\n'
    files.write(HOME + outage, [row for row in days(3) if not "2026-01-13T09" <= row < "2026-01-13T18"])
    report = files.run()
    (hub,) = of(report, "hub_silent")
    assert (hub["raised_at"], hub["cleared_at"], hub["concerns"]) == (
        "2026-01-13T09:45:00Z",
        "2026-01-13T18:00:00Z",
        "equipment",
    )
    assert of(report, "inactivity") == [], "silence of the equipment is not a person who fell silent"
    armed = {entry["rule"]: entry["armed_fraction"] for entry in report["rules"]}
    whole = 63.0 + 40 / 3600 + 0.5
    assert armed["inactivity"] == pytest.approx(1 - 9 / whole, abs=0.001)
    assert armed["hub_silent"] == 1.0


@pytest.mark.parametrize("ends", [["2026-01-15T13:00,x:kitchen,motion,false"], []])
def test_a_sensor_sticks_though_it_never_said_before_that_movement_was_over(files: Files, ends: list[str]):
    rows = [row for row in days(3) if "kitchen" not in row]
    files.write(HOME, [*rows, "2026-01-15T08:00,x:kitchen,motion,true", *ends, "2026-01-15T14:00,x:hall,motion,true"])
    (alert,) = of(files.run(), "sensor_stuck")
    assert (alert["subject"], alert["raised_at"]) == ("x:kitchen", "2026-01-15T10:00:00Z")
    assert alert["cleared_at"] == ("2026-01-15T13:00:00Z" if ends else None)


@pytest.mark.parametrize("more", [["2026-01-15T08:20,x:kitchen,motion,true"], ["2026-01-12T07:00,x:door,contact,true"]])
def test_one_that_never_says_so_does_not(files: Files, more: list[str]):
    rows = [row for row in days(3) if "motion,false" not in row and "kitchen" not in row]
    files.write(HOME, [*rows, "2026-01-15T08:00,x:kitchen,motion,true", *more, "2026-01-15T14:00,x:hall,motion,true"])
    assert of(files.run(), "sensor_stuck") == []


def test_an_outage_of_one_device_degrades(files: Files):
    outage = '[[home.outages]]\ndevice = "x:kitchen"\nstart = "2026-01-12T12:00:00"\nend = "2026-01-15T20:00:00"\n'
    files.write(HOME + outage, [row for row in days(5) if "kitchen" not in row or row < "2026-01-12T12"])
    report = files.run("--to", "2026-01-16T12:00:00")
    (silent,) = of(report, "sensor_silent")
    assert (silent["subject"], silent["raised_at"], silent["cleared_at"]) == (
        "x:kitchen", "2026-01-15T12:00:00Z", "2026-01-15T20:00:00Z",
    )  # fmt: skip
    armed = {entry["rule"]: entry["armed_fraction"] for entry in report["rules"]}
    assert armed["inactivity"] == pytest.approx(1 - 80 / (4 * 24 + 5), abs=0.001)


def test_rules_of_the_home_file_and_of_a_rules_file(files: Files):
    files.write(HOME + '[[home.rules]]\ntype = "not_up"\nby = "06:30"\n', days(2))
    report = files.run()
    assert list(report["per_week"]) == ["not_up"]
    assert [alert["raised_at"] for alert in report["alerts"]] == ["2026-01-13T06:30:00Z"]
    files.rules.write_text('[[rules]]\ntype = "inactivity"\nafter = "20 min"\n', encoding="utf-8")
    other = files.run("--rules", str(files.rules))
    assert list(other["per_week"]) == ["inactivity"]
    assert len(other["alerts"]) > 20
    assert other["per_week"]["inactivity"] == pytest.approx(len(other["alerts"]) / other["days"] * 7, rel=0.01)


def test_what_each_rule_could_see_adds_up(files: Files):
    outage = '[[home.outages]]\nstart = "2026-01-13T09:00:00"\nend = "2026-01-13T18:00:00"\n'
    files.write(HOME + outage, [row for row in days(3) if not "2026-01-13T09" <= row < "2026-01-13T18"])
    report = files.run("--from", "2026-01-13T05:00:00", "--to", "2026-01-14T05:00:00")
    for entry in report["rules"]:
        assert set(entry) == {"rule", "armed_fraction", "degraded_fraction", "blind_fraction"}
        assert sum(share for name, share in entry.items() if name != "rule") == pytest.approx(1.0, abs=0.001)
    blind = {entry["rule"]: entry["blind_fraction"] for entry in report["rules"]}
    assert blind["inactivity"] == pytest.approx(9 / 24, abs=0.001)


def test_a_pack_in_place_of_the_homes_own_rules(files: Files):
    files.write(HOME + '[[home.rules]]\ntype = "not_up"\n', days(1))
    assert list(files.run()["per_week"]) == ["not_up"]
    assert set(files.run("--pack", "falls-risk")["per_week"]) >= {"not_up", "inactivity", "out_of_bed"}
    assert "no pack" in str(files.invoke("--pack", "fall-risk").exception)


def test_a_setting_is_tried_beside_the_present_one(files: Files):
    report = files.run("--try", "not_up", "--set", "by=06:30")
    assert of(report, "not_up") == []
    tried = report["tried"]
    assert [alert["raised_at"][:16] for alert in tried["only_candidate"]] == ["2026-01-13T06:30", "2026-01-14T06:30"]
    assert tried["present"]["alerts"] == 0
    assert tried["candidate"]["first"] == tried["only_candidate"]
    assert tried["candidate"]["parameters"] == {"by": "06:30"}
    told = files.invoke("--try", "not_up", "--set", "by=06:30").stdout
    assert "With the candidate: 2 alerts" in told
    assert "keepwell rules set --home ELM-12 --rule not_up --set by=06:30" in told


def test_a_setting_without_a_rule_is_refused(files: Files):
    assert "--try" in str(files.invoke("--set", "by=06:30").exception)


def test_from_and_to_cut_the_recording(files: Files):
    report = files.run("--from", "2026-01-13T00:00:00", "--to", "2026-01-14T00:00:00")
    assert (report["from"], report["days"], report["readings"]) == ("2026-01-13T00:00:00Z", 1.0, 66)


def test_a_device_that_the_home_does_not_have_is_told(files: Files):
    files.write(HOME, [*days(1), "2026-01-12T15:00:00,x:attic,motion,true"])
    result = files.invoke("--json")
    assert json.loads(result.stdout)["readings"] == 66
    assert "1 readings of x:attic were left out" in result.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--from", "noon"], "--from: 'noon' is not a time"),
        (["--from", "2026-02-01T00:00:00"], "is not after the start"),
        (["--rules", "nowhere.toml"], "nowhere.toml does not exist"),
    ],
)
def test_what_makes_no_sense_is_said(files: Files, options: list[str], words: str):
    result = files.invoke(*options)
    assert result.exit_code != 0
    assert words in str(result.exception)


def test_people_get_a_table(files: Files):
    files.write(HOME, [*days(1), "2026-01-12T15:00:00,x:pendant,button,press"])
    output = files.invoke().stdout
    assert "ELM-12" in output
    assert "pendant" in output


@pytest.mark.parametrize("name", ["casas_hh111_week", "casas_tm000_absence", "homeassistant_pt"])
def test_a_real_home(name: str):
    home, readings = shared_data(f"{name}.home.toml"), shared_data(f"{name}.readings.csv")
    result = CliRunner().invoke(app, ["backtest", "--home", str(home), "--readings", str(readings), "--json"])
    report = json.loads(result.stdout)
    assert report["readings"] == sum(1 for _ in readings.open(encoding="utf-8")) - 1
    assert of(report, "rule_error") == []
    if name == "homeassistant_pt":
        (silent,) = of(report, "sensor_silent")
        assert (silent["raised_at"], silent["cleared_at"]) == ("2025-10-23T17:18:00Z", "2025-10-25T22:12:00Z")
    if name == "casas_hh111_week":
        assert {alert["subject"] for alert in of(report, "door_open")} == {"casas:D002"}
