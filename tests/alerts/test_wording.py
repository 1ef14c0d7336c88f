"""What people read."""

import ast
import re
from pathlib import Path

import pytest

from devices.instant import HOUR, MINUTE
from gateway.languages import tables
from gateway.model import Evidence
from gateway.speech import say, worded
from tests.alerts.street import Street

_CLINICAL = re.compile(r"patient|diagnos|dementia|symptom|clinical|elderly|\buser\b|subject", re.IGNORECASE)


async def test_a_call_says_what_when_who_was_told_and_what_to_do(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.rule("pendant", explanation="The pendant was pressed.")
    await street.passes(5.1)
    ann, bob = street.phones.notices
    assert ann.title == "ELM-12: pendant pressed"
    assert ann.body == "The pendant was pressed.\nWhen: 10:00.\nAccept with: keepwell alerts accept 1 --by NAME"
    assert "Told before you: Ann." in bob.body


async def test_a_late_press_says_so(street: Street) -> None:
    street.calls("Ann")
    await street.rule("pendant", at=street.now - 14 * MINUTE, received_at=street.now)
    (call,) = street.phones.notices
    assert call.title == "ELM-12: pendant pressed (delayed 14 min)"
    assert "When: 09:46, but it reached us only at 10:00." in call.body


async def test_a_repeated_call_says_when_that_was_so(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.at("22:43")
    await street.rule("door_open", explanation="The front door is open since 22:40, for 3 min.", priority=2)
    await street.at("23:03")
    first, second, *_, last = street.phones.notices
    assert "This was so" not in first.body
    assert "When: 22:43." in first.body
    assert "for 3 min.\nThis was so at 22:43, 5 min ago.\n" in second.body
    assert "for 3 min.\nThis was so at 22:43, 20 min ago.\n" in last.body


async def test_what_was_seen_again_was_so_when_it_was_last_seen(street: Street) -> None:
    street.calls("Ann")
    await street.rule("not_up", explanation="Nobody is up at 10:00.")
    await street.passes(4)
    await street.rule("not_up", explanation="Nobody is up at 10:04.")
    await street.passes(6.5)
    assert "10:04.\nThis was so at 10:04, 6 min ago.\nWhen: 10:00.\n" in street.phones.notices[-1].body


async def test_what_we_noticed_late_says_so(street: Street) -> None:
    street.calls("Ann")
    await street.rule("not_up", at=street.now - 2 * HOUR)
    (call,) = street.phones.notices
    assert call.title == "ELM-12: no sign of being up (delayed 2 h)"
    assert "When: 08:00, but we noticed it only at 10:00." in call.body


async def test_nobody_is_told_that_they_were_told(street: Street) -> None:
    street.calls("Rui", "Ann")
    await street.rule("pendant")
    await street.passes(10.1)
    again = street.phones.notices[-1]
    assert (again.contact.name, again.round) == ("Rui", 2)
    assert "Told before you: Ann." in again.body


async def test_who_cannot_type_a_command_is_asked_to_tell_the_care_team(street: Street) -> None:
    street.calls("Ann")
    street.person("Ann", channels=["list:ann", "mailto://ann.example"])
    await street.rule("pendant")
    bodies = {row.channel: row.body for row in street.rows()}
    assert "keepwell alerts accept" in bodies["list:ann"]
    assert bodies["mailto://ann.example"].endswith("Tell the care team when you have taken it on.")
    assert "keepwell alerts" not in bodies["mailto://ann.example"]


@pytest.mark.parametrize(
    ("rule", "subject", "title"),
    [
        ("temperature", "kitchen, low", "too cold at home"),
        ("temperature", "hall, high", "too warm at home"),
        ("rule_error", "door_open", "a rule stopped"),
    ],
)
async def test_the_title_says_what_it_is(street: Street, rule: str, subject: str, title: str) -> None:
    street.calls("Ann")
    await street.rule(rule, subject=subject, concerns="home")
    assert street.heard("Ann") == [f"ELM-12: {title}"]


async def test_a_possible_repeat_says_so(street: Street) -> None:
    street.calls("Ann")
    await street.rule("pendant", evidence=Evidence(details={"possible_repeat": True}))
    assert street.heard("Ann") == ["ELM-12: pendant pressed (may be a repeat)"]


async def test_the_hazard_is_named(street: Street) -> None:
    street.calls("Ann")
    await street.rule("hazard", subject="co zigbee2mqtt:0x1")
    assert street.heard("Ann") == ["ELM-12: carbon monoxide alarm"]


async def test_nothing_clinical_is_said(street: Street) -> None:
    street.calls("Ann")
    for rule in ("pendant", "not_up", "inactivity", "door_open", "sensor_silent"):
        await street.rule(rule, explanation="Seen.", evidence=Evidence(sensors_total=6, silent=("a",)))
        await street.rule(rule, "clear", explanation="Over.")
    await street.accepts("Ann")
    await street.closes("Ann")
    for notice in street.phones.notices:
        assert not _CLINICAL.search(notice.title + notice.body)


# ------------------------------------------------------------------------------------------------ languages


async def _opens(street: Street) -> None:
    said = (
        say("door_open.open", door=["front-door", None, None], since=street.now - 3 * MINUTE, lasting=3 * MINUTE),
        say("shared.some_sensors_silent", healthy=1, count=2, silent=[["back-door", None, None]]),
    )
    english = worded(said, street.zone, street.now)
    await street.rule("door_open", explanation=english, said=said, priority=2, subject="front-door")


async def test_each_reader_is_told_in_their_language(street: Street) -> None:
    street.calls(("Ann", "Jutta"))
    street.person("Jutta", language="de")
    await _opens(street)
    ann, jutta = street.phones.notices
    assert ann.body.startswith("The front door has been open since 09:57, for 3 min. 1 of 2 sensors work. Nothing is")
    assert jutta.title == "ELM-12: Tür steht offen"
    assert jutta.body == (
        "Die Haustür steht seit 09:57 Uhr offen, schon 3 min. 1 von 2 Sensoren gehen. Von der Hintertür kommt nichts.\n"
        "Wann: 10:00 Uhr.\nAnnehmen mit: keepwell alerts accept 1 --by NAME"
    )


async def test_what_becomes_of_it_is_told_in_their_language_too(street: Street) -> None:
    street.calls("Jutta")
    street.person("Jutta", language="de")
    await _opens(street)
    await street.accepts("Ann")
    said = (say("door_open.closed", door=["front-door", None, None], at=street.now),)
    await street.rule("door_open", "clear", subject="front-door", explanation="Closed.", said=said)
    await street.closes("Ann", "false")
    told = [(notice.kind, notice.title, notice.body) for notice in street.phones.notices[1:]]
    assert told == [
        ("accepted", "ELM-12: angenommen, Tür steht offen",
         "Ann kümmert sich seit 10:00 Uhr darum. Jetzt wird dafür niemand mehr gerufen."),
        ("cleared", "ELM-12: vorbei, Tür steht offen",
         "Die Haustür wurde um 10:00 Uhr geschlossen.\nVorbei um 10:00 Uhr."),
        ("closed", "ELM-12: beendet, Tür steht offen",
         "Ann hat das um 10:00 Uhr beendet. Ergebnis: falscher Alarm."),
    ]  # fmt: skip


async def test_a_day_later_the_same_words_name_the_day(street: Street) -> None:
    street.calls("Ann", wait_min=24 * 60)
    await _opens(street)
    await street.passes(24 * 60 + 1)
    assert "open since 09:57 yesterday, for 3 min" in street.phones.notices[-1].body


@pytest.mark.parametrize("said", [(), (say("door_open.of_a_later_version", since=3),)])
async def test_what_has_no_words_here_is_told_as_it_was_explained(street: Street, said: tuple[object, ...]) -> None:
    street.calls("Jutta")
    street.person("Jutta", language="de")
    await street.rule("door_open", explanation="The door is open.", said=said)
    assert street.phones.notices[0].body.startswith("The door is open.\nWann: ")


def test_every_reason_to_end_an_alert_has_words() -> None:
    tree = ast.parse(Path("gateway/alerts/causes.py").read_text("utf-8"))
    returned = [getattr(node.value, "value", None) for node in ast.walk(tree) if isinstance(node, ast.Return)]
    reasons = {reason for reason in returned if isinstance(reason, str)}
    assert reasons == set(tables("en")["ended"].values())
