"""What alerts turned out to be, by home and rule: how often each calls, how often wrongly, and how soon it is answered.

Published yardstick: 22 homes for 3 months gave 61 alerts, 46 of them false: 0.16 false alerts per home and week. TEC
quality standard: 97.5 % of calls answered within 60 s, 99 % within 180 s.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from devices.instant import DAY, SECOND, Instant
from gateway.alerts.timeline import KEEPWELL
from gateway.database.tables import AlertRow, HomeRow, TimelineRow
from gateway.model import GATEWAY_HOME, Evidence, Verdict
from gateway.speech import say, worded

KNOWN = ("genuine", "false", "test", "no one reached", "other")
SOON_S, LATER_S = 60, 180
REVIEW_AFTER = 3
REVIEW_WITHIN = 7 * DAY
"""More false alarms of a rule than this in this time are a task to review it, as so many calls of it are (rule 24)."""
_REVIEW = "noisy_rule"
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Raised:
    """One alert that was raised, and how it was answered."""

    home: str
    rule: str
    outcome: str | None
    accepted_after_s: float | None
    """From when it was raised until somebody first accepted it."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Of one rule of one home, or of any such group."""

    home: str
    rule: str
    raised: int
    by_outcome: dict[str, int] = field(default_factory=dict)
    accepted_after_s: Sequence[float] = ()

    @property
    def unknown(self) -> int:
        """Those of which nobody has said what they were: still open, or ended by Keepwell itself."""
        return self.raised - sum(self.by_outcome.values())

    def false_a_week(self, homes: int, weeks: float) -> float:
        """False alerts per home and week."""
        return self.by_outcome.get("false", 0) / (max(1, homes) * weeks)

    @property
    def median_s(self) -> float | None:
        """Seconds until somebody accepted, in the middle of those that were."""
        return median(self.accepted_after_s) if self.accepted_after_s else None

    def accepted_within(self, seconds: float) -> float | None:
        """Share of those that were accepted so soon among all that anybody accepted; None where nobody did."""
        if not self.accepted_after_s:
            return None
        return sum(one <= seconds for one in self.accepted_after_s) / len(self.accepted_after_s)


def raised_since(
    session: Session, since: Instant, *, home: str | None = None, area: str | None = None
) -> Sequence[Raised]:
    """All alerts of homes raised since then, in order."""
    by_itself = exists().where(
        TimelineRow.alert == AlertRow.id, TimelineRow.what == "closed", TimelineRow.by == KEEPWELL
    )
    first_accepted = (  # of the timeline, as an alert that calls again forgets who had accepted
        select(func.min(TimelineRow.at))
        .where(TimelineRow.alert == AlertRow.id, TimelineRow.what == "accepted")
        .scalar_subquery()
    )
    query = select(AlertRow.home, AlertRow.rule, AlertRow.outcome, AlertRow.raised_at, first_accepted, by_itself).where(
        AlertRow.raised_at >= since, AlertRow.home != GATEWAY_HOME
    )
    if home is not None:
        query = query.where(AlertRow.home == home)
    if area is not None:
        query = query.join(HomeRow, HomeRow.reference == AlertRow.home).where(func.coalesce(HomeRow.area, "") == area)
    return [
        Raised(where, rule, None if ended else outcome,
               None if accepted_at is None else (accepted_at - raised_at) / SECOND)
        for where, rule, outcome, raised_at, accepted_at, ended in session.execute(query.order_by(AlertRow.id))
    ]  # fmt: skip


def homes_watched(session: Session, *, home: str | None = None, area: str | None = None) -> int:
    """How many homes there are, also those of which no alert was raised."""
    query = select(func.count()).select_from(HomeRow)
    if home is not None:
        query = query.where(HomeRow.reference == home)
    if area is not None:
        query = query.where(func.coalesce(HomeRow.area, "") == area)
    return session.scalar(query) or 0


def by_home_and_rule(raised: Iterable[Raised]) -> Sequence[Outcomes]:
    """Of each rule of each home, those with most false alerts first."""
    groups: defaultdict[tuple[str, str], list[Raised]] = defaultdict(list)
    for one in raised:
        groups[one.home, one.rule].append(one)
    found = [together(group, home, rule) for (home, rule), group in groups.items()]
    return sorted(found, key=lambda one: (-one.by_outcome.get("false", 0), -one.raised, one.home, one.rule))


def by_rule(raised: Iterable[Raised]) -> Sequence[Outcomes]:
    """Of each rule in all these homes."""
    return by_home_and_rule(Raised("", one.rule, one.outcome, one.accepted_after_s) for one in raised)


def together(raised: Sequence[Raised], home: str = "", rule: str = "") -> Outcomes:
    """Of all of these."""
    counts = Counter(one.outcome for one in raised if one.outcome is not None)
    answered = [one.accepted_after_s for one in raised if one.accepted_after_s is not None]
    return Outcomes(home, rule, len(raised), dict(counts), answered)


# ------------------------------------------------------------------------------------------------ review


def review(session: Session, closed: AlertRow, now: Instant) -> Verdict | None:
    """The task to review a rule, when one more of its alerts has just been closed as false and they are too many.

    It is the same task that the rule `noisy_rule` opens for a rule that calls too often (home, noisy_rule, rule), so
    that there is one at most. That one cannot know outcomes and leaves out pendants and hazards; people can say that
    even these are false. What was false before the last such task was closed is settled.
    """
    if closed.outcome != "false" or closed.home == GATEWAY_HOME or closed.rule == _REVIEW:
        return None
    settled = select(func.max(AlertRow.closed_at)).where(
        AlertRow.home == closed.home, AlertRow.rule == _REVIEW, AlertRow.subject == closed.rule
    )
    since = max(now - REVIEW_WITHIN, session.scalar(settled) or 0)
    count = session.scalar(
        select(func.count()).where(
            AlertRow.home == closed.home, AlertRow.rule == closed.rule, AlertRow.outcome == "false",
            AlertRow.closed_at > since,
        )
    )  # fmt: skip
    if count is None or count <= REVIEW_AFTER:
        return None
    said = (
        say("outcomes.false", rule=closed.rule, count=count, lasting=REVIEW_WITHIN),
        say("outcomes.review"),
    )
    return Verdict(
        kind="trigger",
        home=closed.home,
        rule=_REVIEW,
        subject=closed.rule,
        at=now,
        concerns="equipment",
        priority=4,
        explanation=worded(said, _UTC, now),
        evidence=Evidence(details={"false": count, "latest": closed.explanation}),
        said=said,
    )
