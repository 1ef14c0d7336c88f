"""The self-audit: are all open alerts where they should be by now, and has everything been sent that is due? Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from devices.instant import MINUTE, Instant
from gateway.model import AlertState, Trouble
from gateway.saying import counted, duration

PATIENCE = MINUTE
TRYING_PATIENCE = 2 * MINUTE
"""A call for help that was refused is tried again every few seconds. One that waits so long tells of its server."""
SENDING_PATIENCE = 2 * MINUTE
"""A channel has 30 s to answer, and may have got the message a minute late."""
HELD_PATIENCE = 5 * MINUTE
"""Beyond the time for which messages about many homes are gathered."""
_NAMED = 3


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that is not closed. `told`: a message about it has gone out, or is going out just now."""

    priority: int
    state: str
    raised_at: Instant
    next_step_at: Instant | None
    told: bool
    snoozed_until: Instant | None = None


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that is still to go out, or is going out: `state` is pending, blocked or sending.

    Each try that fails moves `due_at`. `refused_since`: when a call for help was written that has been tried in vain;
    None for one not tried yet, and for other messages. `held_since`: when one was written that calls at any hour and
    waits for others of its area.
    """

    state: str
    due_at: Instant
    refused_since: Instant | None = None
    held_since: Instant | None = None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A contact of an escalation that cannot be told: without an address, or by one that failed last (`channel`)."""

    home: str
    contact: str
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What stands in the database."""

    alerts: Sequence[OpenAlert] = ()
    messages: Sequence[Unsent] = ()
    homes_reaching_nobody: Sequence[str] = ()
    unreachable: Sequence[Unreachable] = ()


def audit(
    account: Account, unwatched_since: Instant | None, now: Instant, *, gathers_for: Instant = 0
) -> Sequence[Trouble]:
    """What should have happened by `now` and has not, and whom nobody could tell.

    `unwatched_since`: since when the first reading waits that the rules have not taken in. `gathers_for`: how long a
    message about many homes may wait for more.
    """
    overdue = _late((alert.next_step_at for alert in account.alerts if alert.next_step_at is not None), now - PATIENCE)
    forgotten = _late((alert.raised_at for alert in account.alerts if _is_forgotten(alert)), now - PATIENCE)
    waiting = [one for one in account.messages if one.state != "sending"]
    unsent = _late((one.due_at for one in waiting), now - PATIENCE)
    refused = _late((one.refused_since for one in waiting if one.refused_since is not None), now - TRYING_PATIENCE)
    stuck = _late((one.due_at for one in account.messages if one.state == "sending"), now - SENDING_PATIENCE)
    held_too_long = now - gathers_for - HELD_PATIENCE
    held = _late((one.held_since for one in waiting if one.held_since is not None), held_too_long)
    snoozed = _late((alert.snoozed_until for alert in account.alerts if alert.snoozed_until is not None),
                    now - PATIENCE)  # fmt: skip
    unwatched = _late(() if unwatched_since is None else (unwatched_since,), now - PATIENCE)
    found = []
    if overdue:
        found.append(_trouble("escalation", overdue, f"{counted(len(overdue), 'open alert')} should have gone on to "
                              f"the next step, the first {_ago(overdue, now)} ago."))  # fmt: skip
    if forgotten:
        found.append(_trouble("unheard", forgotten, f"{counted(len(forgotten), 'alert')} of priority 1 or 2 reached "
                              f"nobody and no step is planned, the first since {_ago(forgotten, now)}: see keepwell "
                              "alerts list."))  # fmt: skip
    if refused:
        found.append(_trouble("messages", refused, f"{counted(len(refused), 'call')} for help cannot be sent, the "
                              f"first was written {_ago(refused, now)} ago: see message_not_sent in the log, and look "
                              "at the server and the address."))  # fmt: skip
    elif unsent:
        found.append(_trouble("messages", unsent, f"{counted(len(unsent), 'message')} to people should have gone out, "
                              f"the first {_ago(unsent, now)} ago: a server may be holding others up."))  # fmt: skip
    if stuck:
        found.append(_trouble("sending", stuck, f"{counted(len(stuck), 'message')} began to go out and did not come to "
                              f"an end, the first {_ago(stuck, now)} ago."))  # fmt: skip
    if held:
        found.append(_trouble("held", held, f"{counted(len(held), 'message')} about many homes wait for more of their "
                              f"area for too long, the first {_ago(held, now)}."))  # fmt: skip
    if snoozed:
        found.append(_trouble("snoozed", snoozed, f"{counted(len(snoozed), 'alert')} that were put off should have "
                              f"called again, the first {_ago(snoozed, now)} ago."))  # fmt: skip
    if unwatched:
        found.append(_trouble("rules", unwatched, f"The rules are {_ago(unwatched, now)} behind: readings that arrived "
                              "since then have not been looked at."))  # fmt: skip
    return [*found, *_nobody(account, now)]


def _nobody(account: Account, now: Instant) -> Iterable[Trouble]:
    """Whom nobody could tell: no call is under way for it, so it can wait until people are awake."""
    homes = account.homes_reaching_nobody
    if homes:
        sentence = (
            f"{counted(len(homes), 'home')} would reach nobody in an emergency, such as {', '.join(homes[:_NAMED])}: "
            "give them contacts and an escalation."
        )
        yield Trouble("gateway", "nobody", sentence, now, priority=3)
    contacts = [one for one in account.unreachable if one.home not in homes]
    if contacts:
        named = ", ".join(sorted({one.home for one in contacts})[:_NAMED])
        sentence = (
            f"{counted(len(contacts), 'contact')} cannot be told of anything, in homes such as {named}: see keepwell "
            "alerts audit."
        )
        yield Trouble("gateway", "contacts", sentence, now, priority=3)


def _is_forgotten(alert: OpenAlert) -> bool:
    return alert.priority <= 2 and alert.state == AlertState.RAISED and alert.next_step_at is None and not alert.told


def _late(moments: Iterable[Instant], before: Instant) -> list[Instant]:
    return sorted(moment for moment in moments if moment < before)


def _ago(moments: list[Instant], now: Instant) -> str:
    return duration(now - moments[0])


def _trouble(subject: str, moments: list[Instant], sentence: str) -> Trouble:
    return Trouble("gateway", subject, sentence, moments[0])
