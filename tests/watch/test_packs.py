"""Packs of rules: what is in them, and how a home's own rules change them."""

from importlib.resources import files

import pytest

from gateway.errors import BadInput
from gateway.model import Home, Rule
from gateway.watch.pack import DEFAULT_PACK, PACKS, build_rule, pack_of, rules_of
from gateway.watch.rules import RULES
from tests.house.test_wording import unkind
from tests.support.packs_page import PAGE, own_rules, table, without_figures, written
from tests.support.scenario import LivedHome

EVERY_HOME = {name for name, kind in RULES.items() if kind.concerns == "equipment"} | {
    "pendant", "hazard", "door_open", "temperature",
}  # fmt: skip


def home(*rules: Rule, pack: str | None = None) -> Home:
    return Home("ELM-12", "Europe/London", rules=rules, pack=pack)


def types(of: Home) -> list[str]:
    return [rule.type for rule in rules_of(of)]


# ------------------------------------------------------------------------------------------------ what is in them


def test_the_files_are_the_packs():
    there = {file.name for file in files("gateway.watch.packs").iterdir() if file.name.endswith(".toml")}
    assert there == {f"{name}.toml" for name in PACKS}


@pytest.mark.parametrize("name", PACKS)
def test_every_rule_of_a_pack_can_be_built(name: str):
    for rule in pack_of(name).rules:
        build_rule(rule)


@pytest.mark.parametrize("name", PACKS)
def test_every_pack_has_what_no_home_may_be_without_once_and_without_a_key(name: str):
    """gateway/alerts/causes.py and gateway/rescue/urgent.py take it for granted."""
    found = [rule.type for rule in pack_of(name).rules if not rule.key]
    assert set(found) >= EVERY_HOME
    assert len(found) == len(set(found)) == len(pack_of(name).rules)


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_says_in_our_words_who_it_is_for(name: str):
    pack = pack_of(name)
    assert pack.description.startswith("For ")
    assert not unkind(pack.title + pack.description)


def test_a_pack_builds_on_another():
    assert {rule.type for rule in own_rules(pack_of("leaves-home-at-night"))} >= {"left_at_night", "not_to_bed"}
    falls = {rule.type: rule for rule in pack_of("falls-risk").rules}
    assert falls["inactivity"].parameters == {"after": "90 min"}
    assert falls["pendant"].parameters == {}
    assert "out_of_bed" in falls


def test_one_that_there_is_not_names_those_there_are():
    with pytest.raises(
        BadInput, match=r'no pack of rules "fall-risk"; did you mean falls-risk\? Use one of living-alone'
    ):
        pack_of("fall-risk")


# ------------------------------------------------------------------------------------------------ a home's rules


def test_without_a_word_a_home_has_the_pack_of_those_who_live_alone():
    assert rules_of(home()) == pack_of(DEFAULT_PACK).rules == rules_of(home(pack="living-alone"))


def test_with_rules_and_no_pack_it_has_these_alone():
    assert types(home(Rule("pendant"))) == ["pendant"]


def test_rules_beside_a_pack_add_to_it_and_change_what_they_name():
    own = (
        Rule("long_bathroom", {"by_day": "50 min"}, route="nurse"),
        Rule("inactivity", {"until": "21:00"}, key="evening"),
        Rule("door_open", {"enabled": False}),
        Rule("pacing"),
    )
    rules = {(rule.type, rule.key): rule for rule in rules_of(home(*own, pack="falls-risk"))}
    bathroom = rules["long_bathroom", ""]
    assert (bathroom.parameters, bathroom.route) == ({"by_day": "50 min", "by_night": "20 min"}, "nurse")
    assert rules["inactivity", ""].parameters == {"after": "90 min"}
    assert rules["inactivity", "evening"].parameters == {"until": "21:00"}
    assert rules["door_open", ""].parameters == {"enabled": False}
    assert ("pacing", "") in rules


def test_a_pack_that_there_is_no_more_stands_for_the_default_one():
    assert types(home(Rule("pacing"), pack="gone")) == [*types(home()), "pacing"]


def test_in_a_home_at_work_one_switched_off_is_off_and_the_others_watch():
    lived = LivedHome()
    lived.home = home_of_pack(lived, "carer-visits", Rule("door_open", {"enabled": False}))
    lived.watch.update(lived.home, lived.now)
    lived.at("23:10").opens("front-door").at("23:30")
    assert lived.alerts("door_open") == []
    statuses = {status.rule: status for status in lived.watch.all_statuses()}
    assert "door_open" not in statuses
    assert statuses["not_up"].state == "armed"
    assert "no visits are planned: add" in statuses["carer_visit"].reason


def home_of_pack(lived: LivedHome, pack: str, *rules: Rule) -> Home:
    known = lived.home
    return Home(known.reference, known.time_zone, rooms=known.rooms, hubs=known.hubs, devices=known.devices,
                rules=rules, pack=pack)  # fmt: skip


# ------------------------------------------------------------------------------------------------ the page


def test_the_page_tells_what_is_in_each_pack():
    page = without_figures(PAGE.read_text(encoding="utf-8"))
    rows = [line for line in page if line.startswith(tuple(f"| `{name}` |" for name in PACKS))]
    assert rows == without_figures(table()), "run: python -m tests.support.packs_page"


def test_the_page_tells_what_each_pack_told_of_the_recordings():
    page = PAGE.read_text(encoding="utf-8")
    assert written(page) == page, "run: python -m tests.support.packs_page"
