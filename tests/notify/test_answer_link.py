"""The link at the end of a call: where it is, where it is not, and that nothing about it keeps a call back."""

from pathlib import Path

import pytest

from gateway.model import Notice
from gateway.notify.notifier import Notifier
from gateway.notify.policy import Policy
from gateway.web.access.messagelink import links
from tests.alerts.street import Street
from tests.alerts.town import AFTERNOON, Town


def linking(street: Street, link: object = None) -> Notifier:
    def made(notice: Notice) -> str | None:
        return f"https://care.test/{notice.alert}/{notice.contact.name}"

    return Notifier(
        street.database, [street.phones], street.clock, policy=Policy(chance=lambda: 0.5),
        link=link or made,  # type: ignore[arg-type]
    )  # fmt: skip


async def bodies(street: Street, rule: str = "pendant", link: object = None) -> dict[str, str]:
    """By channel, the text of each call of an alert."""
    await street.concludes(rule)
    await street.desk.tick(street.now)
    await linking(street, link).drain(street.now)
    return {notice.channel: notice.body for notice in street.phones.notices}


@pytest.mark.parametrize(
    ("language", "last"),
    [("en", "Answer here: https://care.test/1/Ann"), ("de", "Hier antworten: https://care.test/1/Ann"),
     ("nl", "Answer here: https://care.test/1/Ann")],
)  # fmt: skip
async def test_it_takes_the_place_of_telling_the_team_in_the_readers_language(
    street: Street, language: str, last: str
) -> None:
    street.calls("Ann")
    street.person("Ann", channels=["ntfy://ann"], language=language)
    body = (await bodies(street))["ntfy://ann"]
    assert body.splitlines()[-1] == last
    assert "team" not in body.lower()


async def test_without_pages_nothing_is_different(street: Street) -> None:
    street.calls("Ann")
    street.person("Ann", channels=["ntfy://ann", "console:"])
    told = await bodies(street, link=lambda _notice: None)
    assert told["ntfy://ann"].endswith("Tell the care team when you have taken it on.")
    assert told["console:"].endswith("Accept with: keepwell alerts accept 1 --by NAME")


async def test_where_there_is_a_command_line_both_are_told(street: Street) -> None:
    street.calls("Ann")
    street.person("Ann", channels=["console:"])
    lines = (await bodies(street))["console:"].splitlines()
    assert lines[-2:] == ["Accept with: keepwell alerts accept 1 --by NAME", "Answer here: https://care.test/1/Ann"]


async def test_what_others_hear_too_carries_none(street: Street) -> None:
    street.calls("Ann")
    street.person("Ann", channels=["mqtt:", "ntfy://ann"])
    street.lives_there(position=1)
    told = await bodies(street, "not_up")
    assert told, "the resident is asked"
    assert all("care.test" not in body for channel, body in told.items() if channel in {"mqtt:", "announce:"})


async def test_news_carries_none(street: Street) -> None:
    street.calls("Ann")
    await bodies(street)
    street.phones.notices.clear()
    await street.desk.accept(1, "Ann", street.now)
    await linking(street).drain(street.now)
    assert [notice.kind for notice in street.phones.notices] == ["accepted"]
    assert "care.test" not in street.phones.notices[0].body


async def test_a_link_that_cannot_be_made_keeps_no_call_back(street: Street) -> None:
    def broken(_notice: Notice) -> str | None:
        raise OSError("no key")

    street.calls("Ann")
    street.person("Ann", channels=["ntfy://ann"])
    told = await bodies(street, link=broken)
    assert told["ntfy://ann"].endswith("Tell the care team when you have taken it on.")


async def test_a_message_that_is_repeated_has_a_link_too_and_the_mark_after_it(street: Street) -> None:
    street.calls("Ann")
    street.person("Ann", channels=["ntfy://ann"])
    await street.concludes("pendant")
    with street.database.transaction() as session:
        from gateway.database.tables import OutboxRow  # noqa: PLC0415

        session.query(OutboxRow).one().may_be_repeat = True
    await linking(street).drain(street.now)
    lines = street.phones.notices[0].body.splitlines()
    assert lines[-2] == "Answer here: https://care.test/1/Ann"
    assert lines[-1].startswith("This message may be a repeat")


async def test_each_entry_of_a_digest_has_its_own(street: Street) -> None:
    street.calls("Ann")
    street.person("Ann", channels=["ntfy://ann"])
    street.notifier = linking(street)
    await street.rule("battery", subject="hall")
    await street.rule("battery", subject="kitchen")
    await street.at("2026-01-13T12:00")
    (digest,) = street.phones.notices
    assert digest.kind == "digest"
    assert [line for line in digest.body.splitlines() if "care.test" in line] == [
        "Answer here: https://care.test/1/Ann",
        "Answer here: https://care.test/2/Ann",
    ]


async def test_one_message_about_many_homes_leads_to_the_start(tmp_path: Path) -> None:
    with Town(tmp_path, homes=20, steps=("ntfy://team",)) as town:
        town.clock.advance_to(town.now + AFTERNOON)
        town.notifier = linking(town, links(b"k" * 32, "https://care.test", lambda: town.now))
        await town.go_quiet()
        await town.passes(10)
        (first, *_) = [notice.body for notice in town.news("ntfy://team") if notice.alert is None]
    assert first.splitlines()[-1] == "Answer here: https://care.test/"
    assert "care team" not in first


async def test_an_address_that_cannot_be_worded_keeps_no_call_back(street: Street) -> None:
    street.calls("Ann")
    street.person("Ann", channels=["ntfy://ann"])
    assert "pendant" in (await bodies(street, link=lambda _notice: object()))["ntfy://ann"].lower()
