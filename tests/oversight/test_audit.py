"""What should have happened long ago and has not."""

from devices.instant import MINUTE, SECOND, Instant
from gateway.oversight.audit import Account, OpenAlert, Unreachable, Unsent, audit

NOON = 1_768_219_200 * SECOND


def alert(
    *, priority: int = 1, state: str = "raised", next_step_at: Instant | None = NOON, told: bool = True
) -> OpenAlert:
    return OpenAlert(priority, state, NOON - 10 * MINUTE, next_step_at, told)


def found(
    *alerts: OpenAlert, messages: tuple[Unsent, ...] = (), unwatched_since: Instant | None = None
) -> dict[str, str]:
    return {one.subject: one.sentence for one in audit(Account(alerts, messages), unwatched_since, NOON)}


def test_all_is_well_while_everything_happens_within_a_minute() -> None:
    late = NOON - MINUTE
    assert (
        found(
            alert(next_step_at=late),
            alert(next_step_at=NOON + MINUTE),
            alert(next_step_at=None, state="accepted"),
            messages=(Unsent("pending", late), Unsent("blocked", late), Unsent("sending", late - MINUTE)),
            unwatched_since=late,
        )
        == {}
    )


def test_an_alert_that_did_not_go_on_to_its_next_step_is_found() -> None:
    late = NOON - MINUTE - SECOND
    said = found(alert(next_step_at=late), alert(next_step_at=late - 5 * MINUTE, state="accepted", priority=3))
    assert said == {"escalation": "2 open alerts should have gone on to the next step, the first 6 min ago."}


def test_an_alert_that_nobody_heard_of_and_nobody_will_is_found() -> None:
    assert "1 alert of priority 1 or 2 reached nobody" in found(alert(next_step_at=None, told=False))["unheard"]
    assert found(alert(next_step_at=None, told=False, priority=3)) == {}
    assert found(alert(next_step_at=None, told=True)) == {}
    assert found(alert(next_step_at=None, told=False, state="accepted")) == {}


def test_messages_that_do_not_go_out_or_never_come_to_an_end_are_found() -> None:
    late = NOON - MINUTE - SECOND
    said = found(messages=(Unsent("pending", late), Unsent("blocked", late), Unsent("sending", late)))
    assert list(said) == ["messages"]
    assert said["messages"].startswith("2 messages to people should have gone out, the first 1 min ago")
    said = found(messages=(Unsent("sending", late - MINUTE),))
    assert said["sending"].startswith("1 message began to go out")


def test_calls_for_help_that_are_tried_again_and_again_are_found_after_two_minutes() -> None:
    soon, long = NOON + 30 * SECOND, NOON - 3 * MINUTE
    assert found(messages=(Unsent("pending", soon, NOON - 2 * MINUTE), Unsent("sending", NOON, long))) == {}
    said = found(messages=(Unsent("pending", soon, long), Unsent("blocked", soon, NOON - 4 * MINUTE)))
    assert said["messages"].startswith(
        "2 calls for help cannot be sent, the first was written 4 min ago: see message_not_sent"
    )


def test_rules_that_fall_behind_are_found() -> None:
    assert found(unwatched_since=NOON - 3 * MINUTE)["rules"].startswith("The rules are 3 min behind")


def test_messages_that_are_gathered_for_too_long_are_found() -> None:
    written = NOON - 37 * MINUTE
    waiting = Account(messages=(Unsent("pending", NOON + MINUTE, held_since=written),))
    assert audit(waiting, None, NOON, gathers_for=32 * MINUTE) == []
    (trouble,) = audit(waiting, None, NOON + SECOND, gathers_for=32 * MINUTE)
    assert trouble.subject == "held"
    assert trouble.sentence.startswith("1 message about many homes wait for more")


def test_an_alert_that_was_put_off_and_did_not_come_back_is_found() -> None:
    late = OpenAlert(2, "snoozed", NOON - 10 * MINUTE, None, told=True, snoozed_until=NOON - 2 * MINUTE)
    (trouble,) = audit(Account((late,)), None, NOON)
    assert (trouble.subject, trouble.priority) == ("snoozed", 2)
    assert audit(Account((late,)), None, NOON - 2 * MINUTE) == []


def test_homes_and_contacts_that_nobody_could_tell_are_found_and_can_wait_for_the_morning() -> None:
    account = Account(
        homes_reaching_nobody=("ELM-12", "OAK-3", "OAK-4", "OAK-5"),
        unreachable=(Unreachable("ELM-12", "Ann"), Unreachable("OAK-9", "Bob", "mailto")),
    )
    homes, contacts = audit(account, None, NOON)
    assert (homes.subject, homes.priority, contacts.priority) == ("nobody", 3, 3)
    assert homes.sentence.startswith("4 homes would reach nobody in an emergency, such as ELM-12, OAK-3, OAK-4:")
    assert contacts.sentence.startswith("1 contact cannot be told of anything, in homes such as OAK-9:")
    assert "Bob" not in contacts.sentence, "it goes into the log"
