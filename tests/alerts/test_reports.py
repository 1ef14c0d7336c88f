"""`keepwell alerts audit` and `outcomes`, and acting on all alerts of an area, as a person types them."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from gateway.cli.alerts import app
from gateway.clock import SystemClock
from gateway.database.engine import Database
from gateway.database.tables import AlertRow, ContactRow
from tests.alerts.town import Town

Type = Callable[..., Result]
GARDEN = ("--area", "Garden Street", "--rule", "hub_silent")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    Database.open(tmp_path).close()
    with Town(tmp_path) as made:
        made.clock.advance_to(SystemClock().now())  # commands go by the machine's clock
        yield made


@pytest.fixture
def keepwell(tmp_path: Path) -> Type:
    return lambda *words: CliRunner().invoke(app, [*words, "--data", str(tmp_path)])


def test_all_alerts_of_a_storm_are_listed_accepted_and_closed_by_area_and_rule(town: Town, keepwell: Type) -> None:
    asyncio.run(town.go_quiet(*town.homes, *town.others))
    asyncio.run(town.desk.accept(2, "Bob", town.now))
    assert len(keepwell("list", "--area", "Garden Street").output.splitlines()) == 7
    said = keepwell("accept", *GARDEN, "--by", "Ann").output
    assert "Alert 2, G-002: Bob has accepted this alert already; nothing was changed.\n" in said
    assert "Alert 3, G-003: taken on.\n" in said
    assert said.endswith("5 of 6 alerts taken on.\n")
    assert [alert.accepted_by for alert in asyncio.run(town.desk.alerts(area="Mill Lane"))] == [None] * 3
    said = keepwell("close", *GARDEN, "--by", "Ann", "--outcome", "genuine").output
    assert said.endswith("6 of 6 alerts closed.\n")
    assert keepwell("list", "--area", "Garden Street").output == "No open alerts.\n"


@pytest.mark.parametrize("words", [("1", *GARDEN), GARDEN[:2], GARDEN[2:], ()])
def test_one_alert_or_an_area_and_a_rule_must_be_named(keepwell: Type, town: Town, words: tuple[str, ...]) -> None:
    asyncio.run(town.go_quiet())
    said = keepwell("accept", *words, "--by", "Ann")
    assert said.exit_code == 2
    assert "say which: the number of one alert" in said.stderr
    assert {alert.state for alert in asyncio.run(town.desk.alerts())} == {"raised"}


def test_an_area_without_such_alerts_is_said(keepwell: Type, town: Town) -> None:
    said = keepwell("accept", *GARDEN, "--by", "Ann")
    assert (said.exit_code, said.stderr) == (2, "no alert of the rule hub_silent is open in Garden Street\n")


# ------------------------------------------------------------------------------------------------ audit


def test_an_audit_without_findings_says_so(keepwell: Type, town: Town) -> None:
    with town.database.transaction() as session:
        session.connection().exec_driver_sql("DELETE FROM home WHERE reference = 'ELM-12'")
    said = keepwell("audit")
    assert said.output == "Every alert is where it should be, and everybody who is to be called can be.\n"
    assert said.exit_code == 0


def test_an_audit_names_homes_contacts_and_alerts(keepwell: Type, town: Town) -> None:
    asyncio.run(town.go_quiet("G-001"))
    with town.database.transaction() as session:
        session.execute(update(ContactRow).where(ContactRow.home == "G-002").values(channels=[]))
        session.execute(update(AlertRow).values(next_step_at=town.now - 600_000_000))
    said = keepwell("audit")
    assert said.exit_code == 1
    assert said.output.splitlines()[0].startswith("1 open alert should have gone on to the next step, the first 10 min")
    assert "ELM-12: its alerts reach nobody. Give it contacts and an escalation." in said.output
    assert "G-002: its alerts reach nobody." in said.output
    assert "G-002: G-002, step 1 has no address." in said.output
    found = json.loads(keepwell("audit", "--json").output)
    assert found["homes_reaching_nobody"] == ["ELM-12", "G-002"]
    assert found["unreachable"] == [{"home": "G-002", "contact": "G-002, step 1", "channel": None}]


# ------------------------------------------------------------------------------------------------ outcomes


def test_outcomes_show_false_alarms_a_week_by_home_and_rule(keepwell: Type, town: Town) -> None:
    asyncio.run(town.go_quiet())
    asyncio.run(town.desk.accept(1, "Ann", town.now + 90_000_000))
    for alert, outcome in ((1, "genuine"), (2, "false"), (3, "false")):
        asyncio.run(town.desk.close(alert, "Ann", outcome, None, town.now))
    rows = [line.split("\t") for line in keepwell("outcomes", "--area", "Garden Street").output.splitlines()]
    assert rows[0][:3] == ["Home", "Rule", "Raised"]
    assert rows[1][:5] == ["G-002", "hub_silent", "1", "0", "1"]
    assert rows[-1] == ["all homes", "all rules", "6", "1", "2", "0", "0", "0", "3", "0.08", "90 s", "0%", "100%"]
    found = json.loads(keepwell("outcomes", "--json", "--weeks", "2", "--area", "Garden Street").output)
    assert (found["homes"], found["weeks"]) == (6, 2)
    assert found["all"]["false_per_home_and_week"] == 0.167
    assert found["rules"][0]["accepted_after_median_s"] == 90
    assert keepwell("outcomes", "--home", "OAK-3").output == "No alerts within 4 weeks.\n"
