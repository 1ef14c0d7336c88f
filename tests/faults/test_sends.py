"""The process dies around the sending of a mail: what is in doubt comes again and says so, what is known never does."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from gateway.registry.homefile import HomeFile
from tests.faults.conftest import Record, Scale
from tests.support.flow import Hub, home, press
from tests.support.gateway_process import GatewayProcess, wait_for
from tests.support.mailbox import Mail, Mailbox
from tests.support.servers import Server

pytestmark = pytest.mark.server
On = Callable[..., GatewayProcess]
MARK = "may be a repeat"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as made:
        yield made


def told_by_mail(number: int, mailbox: Mailbox) -> HomeFile:
    """A home whose family hears of alerts by mail, once within the hour."""
    raw = home(number).model_dump(mode="json", exclude_unset=True)
    raw["contacts"] = [{"name": "Family", "channels": [mailbox.address]}]
    raw["escalation"] = [{"contacts": ["Family"], "wait": "60 min"}]
    return HomeFile.model_validate(raw)


@pytest.fixture
def gateway(gateway_on: On, broker: Server, mailbox: Mailbox) -> GatewayProcess:
    made = gateway_on(broker.port, homes=0)
    made.register(*(told_by_mail(number, mailbox) for number in range(1, 4)))
    made.start()
    return made


def pressed(broker: Server, *numbers: int) -> None:
    with Hub(broker.port) as hub:
        hub.say_all(press(number) for number in numbers)


def arrived(mailbox: Mailbox, gateway: GatewayProcess, count: int) -> list[Mail]:
    gateway.until(lambda: len(mailbox.mails) >= count, f"{count} mails arrive")
    return mailbox.mails


def outbox(gateway: GatewayProcess) -> list[str]:
    with contextlib.closing(sqlite3.connect(gateway.data / "keepwell.db", timeout=10)) as database:
        return [state for (state,) in database.execute("SELECT state FROM outbox ORDER BY id")]


@contextmanager
def nothing_can_be_recorded(gateway: GatewayProcess) -> Iterator[None]:
    """Somebody else is writing to keepwell.db."""
    with contextlib.closing(
        sqlite3.connect(gateway.data / "keepwell.db", timeout=60, isolation_level=None)
    ) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


def assert_repeated_once_and_marked(mailbox: Mailbox, gateway: GatewayProcess) -> None:
    first, again = arrived(mailbox, gateway, 2)
    gateway.until(lambda: outbox(gateway) == ["sent"], "the mail is known as sent")
    assert MARK not in first.title + first.body
    assert MARK in again.title
    assert MARK in again.body
    assert again.id == first.id, "one mail to the mailbox, whatever arrived"


@pytest.mark.guarantee("Killed before the mail server has answered: the mail comes again, the same one, and says so")
def test_killed_while_the_mail_server_has_not_answered(broker: Server, mailbox: Mailbox, gateway: GatewayProcess):
    mailbox.hold()
    pressed(broker, 1)
    arrived(mailbox, gateway, 1)
    gateway.kill()
    mailbox.answer()
    gateway.start()
    assert_repeated_once_and_marked(mailbox, gateway)


@pytest.mark.guarantee(
    "Killed when the mail server's answer has left it and not arrived, or has arrived and is not on record: the mail"
    " comes again, the same one, and says so"
)
@pytest.mark.parametrize("here", ["on its way", "not on record"])
def test_killed_between_the_answer_and_our_record_of_it(
    here: str, broker: Server, mailbox: Mailbox, gateway: GatewayProcess
):
    mailbox.hold()
    pressed(broker, 1)
    arrived(mailbox, gateway, 1)
    if here == "on its way":
        gateway.hold()
        mailbox.answer()
        wait_for(lambda: mailbox.answered == 1, "the server says that it has the mail")
        gateway.kill()
    else:
        with nothing_can_be_recorded(gateway):
            mailbox.answer()
            gateway.until(lambda: mailbox.goodbyes == 1, "the gateway has the answer")
            gateway.kill()
    assert outbox(gateway) == ["sending"]
    gateway.start()
    assert_repeated_once_and_marked(mailbox, gateway)


@pytest.mark.guarantee("A mail that is known as sent is never sent again, however often the gateway is killed")
def test_a_mail_known_as_sent_is_never_sent_again(
    broker: Server, mailbox: Mailbox, gateway: GatewayProcess, scale: Scale, record: Record
):
    restarts = scale(3, 20)
    pressed(broker, 1, 2, 3)
    arrived(mailbox, gateway, 3)
    gateway.until(lambda: outbox(gateway) == ["sent"] * 3, "the mails are known as sent")
    for _ in range(restarts):
        gateway.kill()
        gateway.start()
    pressed(broker, 1)  # a further press is a call of its own, and it is the last thing said
    arrived(mailbox, gateway, 4)
    gateway.until(lambda: outbox(gateway) == ["sent"] * 4, "the last mail is known as sent")
    assert set(mailbox.copies().values()) == {1}
    assert not [mail for mail in mailbox.mails if MARK in mail.title + mail.body]
    record(restarts=restarts, mails=4, repeated=0)


@pytest.mark.guarantee("Killed at random moments while mails go out: nobody is left out, and every repeat says so")
def test_killed_at_random_moments_of_sending(
    broker: Server, mailbox: Mailbox, gateway: GatewayProcess, scale: Scale, record: Record
):
    rounds = scale(4, 25)
    for number in range(1, rounds + 1):
        enough = len(mailbox.mails) + number % 4  # so that the kills fall before, into and after the sending
        pressed(broker, 1, 2, 3)
        gateway.until(lambda: len(mailbox.mails) >= enough, f"{number % 4} more mails are out")  # noqa: B023
        gateway.kill()
        gateway.start()
    gateway.until(lambda: gateway.kept.occurrences("pendant").total() >= 3 * rounds, "every press is raised")
    gateway.until(lambda: set(outbox(gateway)) <= {"sent", "dropped"}, "everything is sent")
    unmarked = [mail.id for mail in mailbox.mails if MARK not in mail.title]
    assert len(unmarked) == len(set(unmarked)), "a copy that does not say so"
    assert gateway.kept.occurrences("pendant").total() == 3 * rounds
    marked = len(mailbox.mails) - len(unmarked)
    record(kills=rounds, mails=len(set(mailbox.copies())), repeats_that_say_so=marked)
