"""What people read."""

import re

from devices.instant import MINUTE
from gateway.model import Evidence
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
