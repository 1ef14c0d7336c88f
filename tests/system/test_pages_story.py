"""A home from its registration to its first alert, as people see it: Chromium, the running gateway, MQTT, and mail.

The installer registers a home and its four sensors at the door, walks it, and goes live. Then the pendant is pressed:
the family's page, open all the while, shows it; the daughter answers by the link in her mail, and the care worker sees
that and closes it. Pictures of the steps land in build/screenshots.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest
from playwright.async_api import Browser, Page, expect

from devices.instant import MINUTE, SECOND, parse_rfc3339
from devices.measurement import Value
from devices.simulation import publish
from devices.simulation.publish import Published, SimulatedDevice
from gateway.app import Gateway
from gateway.clock import ManualClock, SystemClock
from gateway.config import Broker, HealthSettings, Settings, WebSettings
from gateway.ingest.embedded import EmbeddedBroker
from gateway.web.access.enrolment import Given, enrol
from gateway.web.access.links import invite
from tests.support.browser import DESKTOP, PHONE, chromium, screenshots
from tests.support.mailbox import Mail, Mailbox
from tests.support.servers import LOOPBACK, free_port

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]
HOME, HUB = "ELM-12", "elm-12"
PATIENCE_S = 20.0
TEN = parse_rfc3339("2026-01-12T10:00:00Z") or 0
HALL, BATHROOM, DOOR, PENDANT = "hall/motion", "bathroom/motion", "front door", "pendant"
SENSORS = (
    SimulatedDevice("zigbee2mqtt:0x00158d0000000001", HALL, "hall", None, "Aqara", "RTCGQ11LM",
                    ("motion", "battery", "link_quality"), 3_300),
    SimulatedDevice("zigbee2mqtt:0x00158d0000000002", BATHROOM, "bathroom", None, "Aqara", "RTCGQ11LM",
                    ("motion", "battery", "link_quality"), 3_300),
    SimulatedDevice("zigbee2mqtt:0x00158d0000000003", DOOR, "hall", "front-door", "Aqara", "MCCGQ11LM",
                    ("contact", "battery", "link_quality"), 3_300),
    SimulatedDevice("zigbee2mqtt:0x00158d0000000004", PENDANT, "hall", "pendant", "Tuya", "TS0215A_sos",
                    ("button", "battery", "link_quality"), 14_400),
)  # fmt: skip


class Story:
    """The gateway, the home's hub, the family's mail, and the clock on the kitchen wall."""

    def __init__(self, gateway: Gateway, clock: ManualClock, hub: aiomqtt.Client, mailbox: Mailbox) -> None:
        self.gateway, self.clock, self.hub, self.mailbox = gateway, clock, hub, mailbox
        self.address = gateway.settings.web.address or ""

    async def says(self, *messages: Published) -> None:
        """The hub publishes; the gateway has taken all of it in when this returns."""
        received = self.gateway.intake.figures()["received"]
        for message in messages:
            topic = f"homes/{HUB}/{message.topic}"
            await self.hub.publish(topic, message.payload, qos=1, retain=message.retained)
        await until(lambda: self.gateway.intake.figures()["received"] >= received + len(messages))
        end = await self.gateway.journal.end()
        await until(lambda: self.gateway.watch.taken_to >= end)

    async def reports(self, sensor: str, **values: Value) -> None:
        """A sensor's whole state, a moment later."""
        self.clock.advance_to(self.clock.now() + SECOND)
        state = {**values, "battery": 93, "link_quality": 120}
        await self.says(publish.zigbee2mqtt_state(self.clock.now(), sensor, state))

    async def follows(self) -> None:
        """The gateway has taken up what was registered."""
        wanted = await self.gateway.registry.revision()
        await until(lambda: self.gateway.directory.revision >= wanted)

    async def mail(self, number: int) -> Mail:
        """The mail of that number, once it has come; the first one is 1."""
        await until(lambda: len(self.mailbox.mails) >= number)
        return self.mailbox.mails[number - 1]

    def invites(self, name: str, role: str, **homes: str) -> str:
        """Let somebody in: the path of their link."""
        now = SystemClock().now()
        areas = () if role == "family" else ("Elm Street",)
        email = f"{name.lower()}@example.org"
        with self.gateway.database.transaction() as session:
            person = enrol(
                session, Given(name, email, role, areas, {HOME: name} if role == "family" else {}), None, now
            )
            return invite(session, person.id, now)


async def until(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    async with asyncio.timeout(patience_s):
        while not condition():  # noqa: ASYNC110 - what it waits for rings no bell
            await asyncio.sleep(0.01)


@asynccontextmanager
async def living(folder: Path) -> AsyncIterator[Story]:
    """Everything is up, and nobody is registered."""
    clock = ManualClock(TEN)
    with Mailbox() as mailbox:
        async with EmbeddedBroker() as broker:
            listen = f"{LOOPBACK}:{free_port()}"
            settings = Settings(
                data=folder,
                broker=Broker(host=LOOPBACK, port=broker.port, protocol="3.1.1"),
                health=HealthSettings(listen=""),
                web=WebSettings(listen=listen, address=f"http://{listen}"),
            )
            gateway = await Gateway.open(settings, clock=clock)
            running = asyncio.create_task(gateway.run())
            try:
                await gateway.intake.wait_drained()
                assert gateway.pages is not None
                await gateway.pages.served()
                async with aiomqtt.Client(LOOPBACK, broker.port, identifier=HUB) as hub:
                    yield Story(gateway, clock, hub, mailbox)
            finally:
                await gateway.stop()
                await running


@asynccontextmanager
async def seated(browser: Browser, story: Story, link: str, size: object) -> AsyncIterator[Page]:
    """Somebody who has signed in by their link."""
    context = await browser.new_context(
        base_url=story.address,
        viewport=size,
        locale="en-GB",
        timezone_id="Europe/London",  # type: ignore[arg-type]
    )
    context.set_default_timeout(PATIENCE_S * 1_000)
    try:
        page = await context.new_page()
        await page.goto(link)
        await page.get_by_role("button", name="Sign in").click()
        yield page
    finally:
        await context.close()


async def presses(page: Page, name: str) -> None:
    """The first button of that name."""
    await page.get_by_role("button", name=name).first.click()
    await page.wait_for_load_state()


async def test_from_the_door_to_the_first_alert(tmp_path: Path) -> None:
    expect.set_options(timeout=PATIENCE_S * 1_000)
    async with living(tmp_path) as story, chromium() as browser:
        async with seated(browser, story, story.invites("Tom", "installer"), PHONE) as phone:
            await registers_the_home(phone, story)
            await adds_the_sensors(phone, story)
            await walks_the_home(phone, story)
            await goes_live(phone, story)
        await is_called_and_helped(browser, story)


async def registers_the_home(phone: Page, story: Story) -> None:
    await phone.goto("/install/register")
    await phone.locator("[name=reference]").fill(HOME)
    await phone.locator("[name=area]").fill("Elm Street")
    await phone.locator("[name=time_zone]").select_option("Europe/London")
    await presses(phone, "Go on to consent")
    await phone.locator("[name=resident]").fill("Rose")
    await phone.locator("[name=by]").fill("Rose")
    await phone.locator("[name=basis]").first.check()
    for tick in await phone.get_by_role("checkbox").all():
        await tick.check()
    await screenshots(phone, "story-1-consent")
    await presses(phone, "Record the consent")
    await phone.goto(f"/homes/{HOME}/rooms")
    for room in ("hall", "bathroom"):
        await phone.locator(f"[name=rooms][value={room}]").check()
    await presses(phone, "Save the rooms")
    await phone.goto(f"/homes/{HOME}/contacts")
    await phone.locator("[name=name]").fill("Ann")
    await phone.locator("[name=phone]").fill("01632 960123")
    await phone.locator("[name=way_1]").select_option(label="Another service, by its address")
    await phone.locator("[name=address_1]").fill(story.mailbox.address)
    await phone.locator("[name=sees][value=rooms]").check()
    await presses(phone, "Add the contact")
    await phone.goto(f"/homes/{HOME}/escalation")
    await phone.get_by_role("checkbox", name="Ann").check()
    await presses(phone, "Add this step")
    await screenshots(phone, "story-2-who-is-called")
    await story.follows()


async def adds_the_sensors(phone: Page, story: Story) -> None:
    """They appear by themselves, on a page that nobody loads again."""
    await phone.goto(f"/homes/{HOME}/devices")
    await expect(phone.get_by_text("Nothing new has been heard")).to_be_visible()
    now = story.clock.now()
    await story.says(publish.zigbee2mqtt_bridge(now, online=True), publish.zigbee2mqtt_inventory(now, SENSORS))
    for sensor in SENSORS:
        quantity: dict[str, Value] = {one: False for one in sensor.quantities if one in {"motion", "contact"}}
        await story.reports(sensor.name, **quantity)
    for sensor in SENSORS:
        await expect(phone.get_by_role("heading", name=sensor.name, exact=True)).to_be_visible()
    await screenshots(phone, "story-3-sensors-heard")
    for sensor in SENSORS:
        await phone.goto(f"/homes/{HOME}/devices/new?hub={HUB}&address={sensor.address}")
        await phone.get_by_label("Room").select_option(sensor.room)
        if sensor.role:
            await phone.get_by_label("What it watches").select_option(sensor.role)
        await presses(phone, "Add this sensor")
    await story.follows()
    story.clock.advance_to(story.clock.now() + MINUTE)  # what a hub says just after it began may be old


async def walks_the_home(phone: Page, story: Story) -> None:
    """Each turns green as it fires; the way out; and a pendant test that somebody accepts."""
    await phone.goto(f"/homes/{HOME}/walk")
    await presses(phone, "Begin the walk test")
    await expect(phone.get_by_text("0 of 4 seen.")).to_be_visible()
    await story.reports(HALL, motion=True)
    await story.reports(BATHROOM, motion=True)
    await expect(phone.get_by_text("2 of 4 seen.")).to_be_visible()
    await screenshots(phone, "story-4-walk")
    await presses(phone, "Start its test")
    await expect(phone.get_by_text("Press it now")).to_be_visible()
    await story.reports(PENDANT, button="emergency")
    test = await story.mail(1)
    assert "TEST" in test.title.upper()
    await answers(phone, test, "Accept: I will see to it")
    await phone.goto(f"/homes/{HOME}/walk")
    await expect(phone.get_by_text("Accepted by Ann")).to_be_visible()
    await story.reports(HALL, motion=False)
    await story.reports(BATHROOM, motion=False)
    await presses(phone, "Begin the exit test")
    await expect(phone.get_by_text("Waiting for the door")).to_be_visible()
    await story.reports(DOOR, contact=True)
    await story.reports(DOOR, contact=False)
    await expect(phone.get_by_text("Quiet so far")).to_be_visible()
    story.clock.advance_to(story.clock.now() + 2 * MINUTE + SECOND)
    await expect(phone.get_by_text("Passed at")).to_be_visible()
    await expect(phone.get_by_text("4 of 4 seen.")).to_be_visible()
    await screenshots(phone, "story-5-walked")
    await phone.get_by_label("Your name").fill("Tom Fisher")
    await presses(phone, "Sign the walk test")


async def goes_live(phone: Page, story: Story) -> None:
    await phone.goto(f"/homes/{HOME}/live")
    await expect(phone.get_by_text("All is there")).to_be_visible()
    await presses(phone, "Go live now")
    await story.follows()
    assert story.gateway.directory.homes[HOME].mode == "at home"


async def is_called_and_helped(browser: Browser, story: Story) -> None:
    before = len(story.mailbox.mails)
    async with (
        seated(browser, story, story.invites("Ann", "family"), PHONE) as family,
        seated(browser, story, story.invites("Sam", "staff"), DESKTOP) as desk,
    ):
        await family.goto(f"/homes/{HOME}")
        await desk.goto("/queue")
        await expect(desk.get_by_text("Nobody waits for an answer.").first).to_be_visible()
        await story.reports(PENDANT, button="emergency")
        pressed = family.get_by_role("link", name=re.compile("pendant", re.IGNORECASE))
        await expect(pressed.first).to_be_visible()
        await screenshots(family, "story-6-family")
        await expect(desk.get_by_role("button", name="Accept").first).to_be_visible()
        await screenshots(desk, "story-7-queue")
        await accepts_by_mail(browser, story, await story.mail(before + 1))
        await expect(desk.get_by_text("Ann accepted it")).to_be_visible()
        await desk.locator("[data-alert] a.alone").first.click()
        await closes(desk)
        await expect(family.get_by_role("link", name=re.compile("pendant", re.IGNORECASE))).to_have_count(0)
    alert = max(await story.gateway.desk.alerts(closed=True), key=lambda one: one.id)
    assert (alert.rule, alert.state, alert.accepted_by, alert.outcome) == ("pendant", "closed", "Ann", "genuine")


async def closes(desk: Page) -> None:
    form = desk.locator("form[action$='/close']").first
    if not await form.is_visible():
        await desk.locator("summary", has_text="Close").first.click()
    await form.get_by_role("radio", name=re.compile("genuine|help", re.IGNORECASE)).first.check()
    await form.get_by_role("textbox").first.fill("Slipped in the hall, helped up, is fine.")
    await screenshots(desk, "story-9-close")
    await form.get_by_role("button").click()
    await desk.wait_for_load_state()


async def accepts_by_mail(browser: Browser, story: Story, mail: Mail) -> None:
    """On a phone that nobody has signed in on."""
    context = await browser.new_context(base_url=story.address, viewport=PHONE)
    try:
        page = await context.new_page()
        await page.goto(link_in(mail))
        await screenshots(page, "story-8-message-link")
        await presses(page, "Accept: I will see to it")
        await expect(page.get_by_text(re.compile("Ann|You")).first).to_be_visible()
    finally:
        await context.close()


async def answers(page: Page, mail: Mail, button: str) -> None:
    """By the link in a mail."""
    await page.goto(link_in(mail))
    await presses(page, button)


def link_in(mail: Mail) -> str:
    found = re.search(r"http://\S+/m/\S+", mail.body)
    assert found, mail.body
    return found[0]
