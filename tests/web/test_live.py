"""The stream of news: delivered over a real connection, to those who may see the home, until they may no longer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import update

from gateway.database.access import PersonRow
from gateway.database.tables import ContactRow, HomeRow
from gateway.web import live_page
from gateway.web.access import sessions
from gateway.web.guard import cookie_name
from gateway.web.live import ALERTS, MOST_OF_ONE, Live
from gateway.web.route import Role
from tests.support.browser import served
from tests.support.site import VisitedSite


class Stream:
    """The lines of one open stream."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self._lines = answer.aiter_lines()

    async def next(self) -> str:
        """The next line that says something; "over" at the end."""
        async with asyncio.timeout(10):
            async for line in self._lines:
                if line:
                    return line
        return "over"

    async def begun(self) -> None:
        assert await self.next() == "retry: 3000"


@pytest.fixture
async def address(site: VisitedSite) -> AsyncIterator[str]:
    site.registers("ELM-12", area="North")
    site.registers("OAK-3", area="South")
    await site.takes_up()
    async with served(site.application) as where:
        yield where
        site.site.live.close()


@asynccontextmanager
async def followed(site: VisitedSite, address: str, path: str, client: httpx.AsyncClient) -> AsyncIterator[Stream]:
    secret = client.cookies[cookie_name(site.site)]
    async with (
        httpx.AsyncClient(base_url=address, cookies={cookie_name(site.site): secret}) as browser,
        browser.stream("GET", path) as answer,
    ):
        yield Stream(answer)


async def test_news_of_alerts_and_of_the_home_that_is_followed_arrive_and_nothing_else(
    site: VisitedSite, address: str
) -> None:
    async with (
        site.visitor("staff", areas=["North"]) as carer,
        followed(site, address, "/live?home=ELM-12", carer) as stream,
    ):
        await stream.begun()
        site.site.live.tell("OAK-3")
        site.site.live.tell(ALERTS, "OAK-3")
        site.site.live.tell("ELM-12")
        assert [await stream.next(), await stream.next()] == ["event: home", "data: changed"]
        site.site.live.tell(ALERTS, "ELM-12")
        assert [await stream.next(), await stream.next()] == ["event: alerts", "data: changed"]
        site.site.live.tell(ALERTS)
        assert await stream.next() == "event: alerts"


@pytest.mark.parametrize(
    ("role", "sees", "is_live", "told"),
    [
        ("family", "alerts", True, False),
        ("family", "up and about", True, False),
        ("family", "rooms", True, True),
        ("installer", "", True, False),
        ("installer", "", False, True),
        ("staff", "", True, True),
    ],
)
async def test_when_something_is_heard_is_told_as_it_happens_to_those_alone_who_may_see_that(
    site: VisitedSite, address: str, monkeypatch: pytest.MonkeyPatch, role: Role, sees: str, is_live: bool, told: bool
) -> None:
    with site.database.transaction() as session:
        home = session.get_one(HomeRow, "ELM-12")
        home.live_at = site.now if is_live else None
        home.contacts.append(ContactRow(name="Ann", channels=["console:"], language="en", sees=sees or "alerts"))
    person = site.person(role, homes={"ELM-12": "Ann"})
    async with (
        site.visitor(person=person) as browser,
        followed(site, address, "/live?home=ELM-12", browser) as stream,
    ):
        await stream.begun()
        site.site.live.tell("ELM-12")
        site.site.live.tell(ALERTS, "ELM-12")
        assert await stream.next() == ("event: home" if told else "event: alerts")
    monkeypatch.setattr(live_page, "HEARTBEAT_S", 0.05)
    async with (
        site.visitor(person=person) as browser,
        followed(site, address, "/live?home=ELM-12", browser) as stream,
    ):
        await stream.begun()
        assert await stream.next() == ("event: here" if told else "event: home")


async def test_a_home_out_of_sight_cannot_be_followed(site: VisitedSite, address: str) -> None:
    async with site.visitor("staff", areas=["North"]) as carer:
        for home in ("OAK-3", "NO-SUCH", "gateway"):
            assert (await carer.get(f"/live?home={home}")).status_code == 404
    assert not site.site.live.followed


async def test_streams_end_with_the_gateway(site: VisitedSite, address: str) -> None:
    async with site.visitor("staff") as carer, followed(site, address, "/live", carer) as stream:
        await stream.begun()
        site.site.live.close()
        assert await stream.next() == "over"
        async with followed(site, address, "/live", carer) as late:
            await late.begun()
            assert await late.next() == "over"


async def test_streams_end_when_the_session_is_revoked(
    site: VisitedSite, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_page, "HEARTBEAT_S", 0.05)
    number = site.person("staff")
    async with site.visitor(person=number) as carer, followed(site, address, "/live", carer) as stream:
        await stream.begun()
        assert [await stream.next(), await stream.next()] == ["event: here", "data: still"]
        await site.database.run(lambda session: sessions.end(session, number, site.wall.now()))
        lines = [await stream.next()]
        while lines[-1] != "over":
            lines.append(await stream.next())
    assert set(lines) <= {"event: here", "data: still", "over"}


async def test_streams_end_when_another_area_is_given_to_them_even_amid_a_storm(
    site: VisitedSite, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_page, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(live_page, "PAUSE_S", 0.01)
    number = site.person("staff", areas=["North"])
    async with site.visitor(person=number) as carer, followed(site, address, "/live?home=ELM-12", carer) as stream:
        await stream.begun()
        with site.database.transaction() as session:
            session.execute(update(PersonRow).where(PersonRow.id == number).values(areas=["South"]))
        async with asyncio.timeout(10):
            while True:
                site.site.live.tell("ELM-12")
                if await stream.next() == "over":
                    break


async def test_a_person_has_few_streams_and_is_told_so_and_gets_them_back(site: VisitedSite, address: str) -> None:
    async with site.visitor("staff") as carer, site.visitor("supervisor") as other:
        async with asyncio.TaskGroup() as group:
            done = asyncio.Event()

            async def follows(begun: asyncio.Event) -> None:
                async with followed(site, address, "/live", carer) as stream:
                    await stream.begun()
                    begun.set()
                    await done.wait()

            for _ in range(MOST_OF_ONE):
                begun = asyncio.Event()
                group.create_task(follows(begun))
                await begun.wait()
            refused = await carer.get("/live")
            assert refused.status_code == 429
            assert "This one refreshes by itself instead." in refused.text
            async with followed(site, address, "/live", other) as stream:
                await stream.begun()
            done.set()
        async with asyncio.timeout(10):
            while site.site.live.followed:  # noqa: ASYNC110 - the server notices a moment later, and nothing tells
                await asyncio.sleep(0.01)
        async with followed(site, address, "/live", carer) as stream:
            await stream.begun()


async def test_whoever_is_slow_gets_each_piece_once() -> None:
    live = Live()
    async with live.following({ALERTS, "ELM-12"}) as news:
        for _ in range(1000):
            live.tell(ALERTS)
            live.tell("ELM-12")
        assert [await anext(news), await anext(news)] == [ALERTS, "ELM-12"]
        live.close()
        assert [one async for one in news] == []
    assert not live.followed
