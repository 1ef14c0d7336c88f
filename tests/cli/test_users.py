"""`keepwell users`: letting people in from a terminal."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from gateway.cli import users
from gateway.cli.refusal import PlainGroup
from gateway.clock import SystemClock
from tests.support.site import VisitedSite, opened

keepwell = typer.Typer(cls=PlainGroup)
keepwell.add_typer(users.app, name="users")
BO = ("add", "Bo@Example.org", "--name", "Bo Boss", "--role", "administrator")


def types(data: Path, *words: str) -> Result:
    return CliRunner().invoke(keepwell, ["users", *words, "--data", str(data)])


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[VisitedSite]:
    async with opened(tmp_path) as made:
        made.registers("ELM-12", area="North", contacts=[{"name": "Ann", "channels": ["console:"]}])
        made.wall.advance_to(SystemClock().now())
        yield made


def listed(data: Path) -> dict[str, dict[str, object]]:
    return {one["email"]: one for one in json.loads(types(data, "list", "--json").stdout)}


def printed_link(result: Result) -> str:
    found = re.search(r"^http://127\.0\.0\.1:8080(/sign-in/link/\S+)$", result.stdout, re.MULTILINE)
    assert found is not None, result.output
    return found[1]


def test_the_first_person_is_added_where_there_is_nothing_yet(tmp_path: Path) -> None:
    data = tmp_path / "new"
    result = types(data, *BO)
    assert result.exit_code == 0
    assert "Bo Boss can sign in." in result.stdout
    assert "within 15 min" in result.stdout
    printed_link(result)
    assert listed(data)["bo@example.org"]["role"] == "administrator"


def test_where_there_is_nothing_it_says_so(tmp_path: Path) -> None:
    result = types(tmp_path / "new", "list")
    assert result.exit_code == 2
    assert "there is no Keepwell data" in result.stderr


async def test_the_printed_link_signs_in_and_leads_staff_to_a_password(site: VisitedSite, tmp_path: Path) -> None:
    words = ("add", "sam@example.org", "--name", "Sam", "--role", "staff", "--area", "North")
    added = printed_link(types(tmp_path, *words))
    async with site.visitor() as sam:
        assert (await sam.post(added)).headers["location"] == "/me/password"
        assert (await sam.post(printed_link(types(tmp_path, "link", "sam@example.org")))).status_code == 303


async def test_family_come_straight_in(site: VisitedSite, tmp_path: Path) -> None:
    words = ("add", "ann@example.org", "--name", "Ann", "--role", "family", "--home", "ELM-12=Ann")
    async with site.visitor() as ann:
        assert (await ann.post(printed_link(types(tmp_path, *words)))).headers["location"] == "/"
        assert (await ann.head("/homes/ELM-12")).status_code == 200


async def test_disabling_signs_out_at_once(site: VisitedSite, tmp_path: Path) -> None:
    types(tmp_path, *BO)
    sam = site.person("staff", name="Sam", areas=["North"])
    async with site.visitor(person=sam) as browser:
        assert types(tmp_path, "disable", "sam@example.org").exit_code == 0
        assert (await browser.get("/me")).status_code == 303
    refused = types(tmp_path, "link", "sam@example.org")
    assert refused.exit_code == 2
    assert "keepwell users enable" in refused.stderr
    assert "cannot sign in" in types(tmp_path, "list").stdout
    assert types(tmp_path, "enable", "sam@example.org").exit_code == 0
    assert types(tmp_path, "link", "sam@example.org").exit_code == 0


async def test_changing_keeps_what_is_not_given(site: VisitedSite, tmp_path: Path) -> None:
    site.person("staff", name="Sam", areas=["North"], homes={"ELM-12": None})
    words = ("set", "sam@example.org", "--email", "samira@example.org", "--area", "South", "--area", "*")
    result = types(tmp_path, *words)
    assert result.exit_code == 0
    changed = listed(tmp_path)["samira@example.org"]
    assert (changed["name"], changed["role"], changed["areas"], changed["homes"]) == (
        "Sam", "staff", ["South", "*"], ["ELM-12"]
    )  # fmt: skip
    assert "all homes" in types(tmp_path, "list").stdout
    assert "say what to change" in types(tmp_path, "set", "samira@example.org").stderr
    assert types(tmp_path, "remove", "samira@example.org").exit_code == 0
    assert not listed(tmp_path)


def test_nobody_takes_away_the_last_administrator(tmp_path: Path) -> None:
    types(tmp_path, *BO)
    for words in (("disable",), ("remove",), ("set", "--role", "staff", "--area", "North")):
        result = types(tmp_path, words[0], "bo@example.org", *words[1:])
        assert result.exit_code == 2
        assert "last administrator" in result.stderr


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    result = types(tmp_path, "add", "nowhere", "--name", " ", "--role", "queen", "--home", "NO-1")
    assert result.exit_code == 2
    for told in ("Write the name", "Write an e-mail address", "Choose one of these", "There is no home NO-1"):
        assert told in result.stderr
    assert types(tmp_path, "link", "nobody@example.org").exit_code == 2
    assert "Nobody may sign in yet" in types(tmp_path, "list").stdout
