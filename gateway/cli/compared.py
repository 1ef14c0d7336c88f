"""How `keepwell rules try` and `keepwell backtest --try` show two settings side by side."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from devices.instant import Instant, to_datetime
from gateway.cli.settings import as_settings, differing, in_words
from gateway.cli.shown import show_line, show_table
from gateway.model import Rule
from gateway.replay.comparing import EXPLAINED, Comparison
from gateway.replay.report import BacktestAlert, Report
from gateway.saying import counted, duration

_SHOWN = 10
_COLUMNS = ("raised", "cleared", "rule", "priority", "why")


def show_comparison(comparison: Comparison, seconds: float, *, switch_on: str) -> None:
    """Print it. `switch_on`: the beginning of the command that would make the candidate the rule."""
    report, rule, zone = comparison.present, comparison.tried.rule, comparison.present.home.zone
    show_line(
        f"{report.home.reference}, {rule.type}: {local(report.start, zone)} to {local(report.end, zone)},"
        f" {report.days:.1f} days, {counted(report.readings, 'reading')}, played in {seconds:.1f} s"
    )
    show_line(
        f"What is usual in this home was learned from the {counted(report.learned_days, 'day')} before."
        if report.learned_days
        else "No day before was recorded, so that what is usual in this home had to be learned on the way."
    )
    for address, count in report.unregistered.items():
        show_line(f"{counted(count, 'reading')} of {address} left out: the home has no such device now.")
    show_line("")
    show_table(
        ("", "setting", "alerts", "a week", "could see"),
        (_side("now", comparison.tried.present, report, rule.type),
         _side("candidate", rule, comparison.candidate, rule.type)),
    )  # fmt: skip
    if comparison.tried.present is not None:
        _show_alerts("As it is now", report.of(rule.type), zone, EXPLAINED)
    _show_alerts("With the candidate", comparison.candidate.of(rule.type), zone, EXPLAINED)
    _show_differences(comparison, zone)
    show_line("")
    show_line("Nothing was sent and nothing was changed. To switch it on:")
    key = f" --key {rule.key}" if rule.key else ""
    show_line(f"  {switch_on} --rule {rule.type}{key} {as_settings(comparison.tried.settings)}".rstrip())


def _show_differences(comparison: Comparison, zone: ZoneInfo) -> None:
    moved = comparison.moved
    if not (comparison.only_present or comparison.only_candidate or moved):
        show_line("")
        show_line("Both would have raised the same alerts at the same times.")
    if all(side.of(comparison.tried.rule.type) for side in (comparison.present, comparison.candidate)):
        _show_alerts("Only as it is now", comparison.only_present, zone, _SHOWN)  # else they are all listed already
        _show_alerts("Only with the candidate", comparison.only_candidate, zone, _SHOWN)
    if moved:
        _title("The same alert at another time", len(moved), _SHOWN)
        show_table(
            ("rule", "now", "candidate", ""),
            (
                (
                    one.present.verdict.rule,
                    local(one.present.verdict.at, zone),
                    local(one.candidate.verdict.at, zone),
                    f"{duration(abs(one.by))} {'later' if one.by > 0 else 'earlier'}",
                )
                for one in moved[:_SHOWN]
            ),
        )
    for name, (present, candidate) in comparison.per_week().items():
        if name != comparison.tried.rule.type:
            show_line(f"It changes {name} too: {present:.2f} alerts a week now, {candidate:.2f} with the candidate.")


def _show_alerts(title: str, alerts: Sequence[BacktestAlert], zone: ZoneInfo, most: int) -> None:
    if not alerts:
        return
    _title(title, len(alerts), most)
    show_table(_COLUMNS, (alert_row(alert, zone) for alert in alerts[:most]))


def _title(title: str, number: int, most: int) -> None:
    show_line("")
    show_line(f"{title}: {counted(number, 'alert')}" + (f", of which the first {most}" if number > most else ""))


def alert_row(alert: BacktestAlert, zone: ZoneInfo) -> tuple[str, str, str, str, str]:
    """An alert as tables list it: raised, cleared, rule, priority, why."""
    verdict = alert.verdict
    cleared = "not cleared" if alert.cleared_at is None else local(alert.cleared_at, zone)
    return local(verdict.at, zone), cleared, verdict.rule, str(verdict.priority), verdict.explanation


def local(moment: Instant, zone: ZoneInfo) -> str:
    """A time as the home's clock shows it."""
    return f"{to_datetime(moment).astimezone(zone):%a %d %b %Y %H:%M}"


def could_see(report: Report, rule: str) -> str:
    """Such as `98% of the time, 2% with some sensors silent`."""
    shares = report.shares.get(rule)
    if shares is None:
        return ""
    degraded = f", {shares.degraded:.0%} in part" if round(shares.degraded, 2) else ""
    return f"{shares.armed:.0%} of the time{degraded}"


def _side(name: str, rule: Rule | None, report: Report, rule_type: str) -> tuple[str, str, str, str, str]:
    if rule is None:
        return name, "no such rule", "", "", ""
    alerts = len(report.of(rule_type))
    setting = in_words(differing(rule)) or "its defaults"
    return name, setting, str(alerts), f"{report.per_week().get(rule_type, 0.0):.2f}", could_see(report, rule_type)
