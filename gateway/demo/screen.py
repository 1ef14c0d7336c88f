"""What the viewer of the demonstration sees: homes, open alerts and messages, live on a terminal or as plain lines."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from devices.instant import Instant, to_datetime
from gateway.alerts.alert import Alert
from gateway.alerts.wording import headline
from gateway.app import Gateway
from gateway.demo.visitors import Audience, Invitation
from gateway.model import Notice, RuleState
from gateway.watch.home import HomeWatch
from gateway.watch.sentence import how_it_is

_REFRESH_S = 0.25
_SUMMARY_EVERY_S = 5.0
_MESSAGES_KEPT = 60
_CLOSED_SHOWN = 4
_WHOLE = 2
"""So many of the latest messages are shown whole, the older ones by their first line."""
_COLOURS = {1: "bold white on red", 2: "bold red", 3: "yellow", 4: "cyan"}
_SIGHT = {RuleState.ARMED: "green", RuleState.DEGRADED: "yellow", RuleState.BLIND: "dim"}


@dataclass(frozen=True, slots=True)
class _Shown:
    at: Instant
    notice: Notice


class Screen:
    """Shows one running gateway. `console` decides by itself: panels on a terminal, else one line per event."""

    def __init__(self, console: Console, *, speed: float) -> None:
        self._console = console
        self._speed = speed
        self._plain = not console.is_terminal
        self._gateway: Gateway | None = None
        self._port = 0
        self._invited: Sequence[Invitation] = ()
        self._audience = Audience()
        self._messages: deque[_Shown] = deque(maxlen=_MESSAGES_KEPT)
        self.messages = 0
        """How many there have been."""
        self._closed: Sequence[Alert] = ()
        self._open: Sequence[Alert] = ()
        self._known: dict[int, str] = {}
        self._readings = 0.0
        self._rate = 0.0
        self._live: Live | None = None

    def attach(
        self, gateway: Gateway, port: int, invited: Sequence[Invitation], audience: Audience, *, moved: bool
    ) -> None:
        """Show this gateway, whose broker listens on `port`, and who may look. `moved`: the port wanted was taken."""
        self._gateway, self._port, self._invited, self._audience = gateway, port, invited, audience
        if self._plain:
            self._console.print(f"Keepwell demo: broker on 127.0.0.1:{port}, {self._speed:g} times real time")
        if moved:
            self._console.print("The port for the pages is taken, so they are on another one.")
        for one in invited:
            self._console.print(
                f"Sign in as {one.role}: {one.link} ({one.does})", markup=False, highlight=False, soft_wrap=True
            )

    @property
    def is_waited_for(self) -> bool:
        """Whether an urgent alert waits that somebody could answer on the pages."""
        return self._audience.present and any(one.state == "raised" and one.priority <= 2 for one in self._open)

    async def message(self, notice: Notice, at: Instant) -> None:
        """A message as its contact gets it, after what it is about."""
        await self.refresh()
        self._messages.append(_Shown(at, notice))
        self.messages += 1
        if self._plain:
            body = " | ".join(line for line in notice.body.splitlines() if line.strip())
            self._line(at, f"MESSAGE to {notice.contact.name} ({notice.home}): {notice.title} | {body}")

    async def run(self) -> None:
        """Refresh until cancelled."""
        loop = asyncio.get_running_loop()
        counted, summed = loop.time(), loop.time()
        if not self._plain:
            self._live = Live(console=self._console, auto_refresh=False, transient=False)
            self._live.start()
        try:
            while True:
                await asyncio.sleep(_REFRESH_S)
                elapsed = loop.time() - counted
                if elapsed >= 1.0:
                    counted = loop.time()
                    self._count(elapsed)
                await self.refresh()
                if self._plain and loop.time() - summed >= _SUMMARY_EVERY_S:
                    summed = loop.time()
                    self._summary()
        finally:
            if self._live is not None:
                self._live.stop()

    async def refresh(self) -> None:
        """Look at the gateway and show it."""
        if self._gateway is None:
            return
        alerts = await self._gateway.desk.alerts(closed=True)
        self._open = [alert for alert in alerts if alert.state != "closed"]
        self._closed = [alert for alert in alerts if alert.state == "closed"]
        self._note_changes(alerts)
        if self._live is not None:
            self._live.update(self.picture(self._console.height), refresh=True)

    def picture(self, height: int) -> RenderableType:
        """Everything, in so many lines."""
        gateway = self._here()
        homes = gateway.watch.engine.homes()
        now = gateway.clock.now()
        head = Text.assemble(
            (" Keepwell ", "bold white on blue"), f"  {self._when(now)}   {self._rate:,.0f} readings/s   "
            f"{self._readings:,.0f} readings   {self.messages} messages   "
            f"broker 127.0.0.1:{self._port}   {self._speed:g}x",
        )  # fmt: skip
        above = len(homes) + max(3, 2 * len(self._open)) + len(self._invited)
        return Group(head, self._pages(), self._homes(now), self._alerts(), self._phones(max(6, height - above - 14)))

    # ---------------------------------------------------------------- panels

    def _pages(self) -> Panel:
        table = Table(expand=True, box=None, pad_edge=False, show_header=False)
        for one in self._invited:
            table.add_row(
                one.role, Text(one.link, style="bold", no_wrap=True, overflow="ignore"), f"[dim]{one.does}[/]"
            )
        return Panel(table, title="Pages: open a link and press the button", title_align="left")

    def _homes(self, now: Instant) -> Panel:
        table = Table(expand=True, box=None, pad_edge=False)
        for title, ratio in (("Home", 1), ("How it is", 6), ("Rules", 3)):
            table.add_column(title, ratio=ratio)
        for reference, watch in self._here().watch.engine.homes().items():
            table.add_row(escape(reference), escape(how_it_is(watch.view, now)), _sight(watch))
        return Panel(table, title="Homes", title_align="left")

    def _alerts(self) -> Panel:
        table = Table(expand=True, box=None, pad_edge=False, show_header=bool(self._open))
        for title, ratio in (("", 1), ("Home", 2), ("State", 3), ("Why", 12)):
            table.add_column(title, ratio=ratio)
        for alert in self._open:
            state = f"{alert.state} by {alert.accepted_by}" if alert.state == "accepted" else str(alert.state)
            table.add_row(
                Text(f"P{alert.priority}", style=_COLOURS[alert.priority]), escape(alert.home), escape(state),
                escape(alert.explanation),
            )  # fmt: skip
        if not self._open:
            table.add_row("", "", "", Text("None: nobody needs anything.", style="green"))
        rows: list[RenderableType] = [table]
        if self._closed:
            latest = sorted(self._closed, key=lambda alert: alert.closed_at or 0)[-_CLOSED_SHOWN:]
            ended = ", ".join(f"{headline(alert)} at {alert.home} ({alert.outcome})" for alert in latest)
            rows.append(Text(f"Closed so far, {len(self._closed)}: {ended}", style="dim"))
        colour = "red" if self._open else "green"
        return Panel(Group(*rows), title=f"Open alerts: {len(self._open)}", title_align="left", border_style=colour)

    def _phones(self, lines: int) -> Panel:
        shown: list[Text] = []
        for age, entry in enumerate(reversed(self._messages)):
            notice = entry.notice
            colour = _COLOURS[notice.priority] if notice.kind == "alert" else "green"
            head = Text.assemble(
                (f"{self._when(entry.at)[-5:]} ", "dim"), (f"{notice.contact.name}: ", "bold"), (notice.title, colour)
            )
            body = [Text("      " + line, style="dim") for line in notice.body.splitlines() if line.strip()]
            body = body if age < _WHOLE else body[:1]
            if len(shown) + 1 + len(body) > lines:
                break
            shown += [head, *body]
        for line in shown:
            line.no_wrap, line.overflow = True, "ellipsis"
        return Panel(Group(*shown) if shown else Text("No messages yet."), title="Messages, as contacts get them",
                     title_align="left")  # fmt: skip

    # ---------------------------------------------------------------- plain lines

    def _note_changes(self, alerts: Sequence[Alert]) -> None:
        for alert in sorted(alerts, key=lambda one: one.id):
            state = f"{alert.state}/{alert.round}"
            if self._known.get(alert.id) == state:
                continue
            self._known[alert.id] = state
            if not self._plain:
                continue
            again = alert.state == "raised" and alert.round > 1
            what = "CALLS AGAIN" if again else str(alert.state).upper()
            by = f" by {alert.accepted_by}" if alert.state == "accepted" else ""
            outcome = f" ({alert.outcome})" if alert.outcome else ""
            over = alert.state in {"cleared", "closed"}
            self._line(
                self._here().clock.now() if again else _since(alert),
                f"ALERT {alert.id} {what}{by}{outcome} {alert.home} {alert.rule} "
                f"P{alert.priority}" + ("" if over else f": {alert.explanation}"),
            )

    def _summary(self) -> None:
        gateway = self._here()
        now = gateway.clock.now()
        self._line(now, f"{self._rate:,.0f} readings/s, {self._readings:,.0f} readings, {len(self._open)} open alerts")
        for reference, watch in gateway.watch.engine.homes().items():
            self._line(now, f"HOME {reference}: {how_it_is(watch.view, now)}")

    def _line(self, at: Instant, text: str) -> None:
        self._console.print(f"{self._when(at)} {text}", markup=False, highlight=False, soft_wrap=True)

    # ---------------------------------------------------------------- inside

    def _count(self, elapsed: float) -> None:
        taken = self._here().watch.figures()["watch_readings_total"]
        self._rate = max(0.0, taken - self._readings) / elapsed
        self._readings = taken

    def _when(self, at: Instant) -> str:
        homes = self._here().directory.homes.values()
        zone = next((home.zone for home in homes), None)
        return f"{to_datetime(at).astimezone(zone):%a %d %b %H:%M}"

    def _here(self) -> Gateway:
        if self._gateway is None:
            raise RuntimeError("attach a gateway first")
        return self._gateway


def _since(alert: Alert) -> Instant:
    """When it came into its present state."""
    moments = {"accepted": alert.accepted_at, "cleared": alert.cleared_at, "closed": alert.closed_at}
    return moments.get(alert.state) or alert.raised_at


def _sight(watch: HomeWatch) -> Text:
    text = Text()
    for state in RuleState:
        count = sum(status.state is state for status in watch.all_statuses())
        if count:
            text.append(f"{count} {state.value}  ", style=_SIGHT[state])
    return text
