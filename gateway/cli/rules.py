"""`keepwell rules`: what watches over a home, what it can see, and what another setting would have raised."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.instant import DAY, MINUTE, Instant, rfc3339
from gateway.cli.place import ConfigOption, DataOption, JsonOption, Place
from gateway.cli.refusal import PlainGroup
from gateway.cli.settings import KeyOption, RuleOption, SetOption, differing, in_words, read_settings
from gateway.cli.shown import local_text, show_json, show_line, show_table
from gateway.clock import SystemClock
from gateway.database.tables import BaselineRow, RuleStatusRow
from gateway.errors import BadInput, FixConfiguration, TryLater
from gateway.model import Home, Rule
from gateway.recorder.schema import HOME
from gateway.registry import homes, picture
from gateway.replay.report import fractions
from gateway.replay.trying import candidate
from gateway.saying import counted
from gateway.watch.coverage import Shares
from gateway.watch.pack import DEFAULT_PACK, PACKS, pack_of, rules_of

app = typer.Typer(
    cls=PlainGroup, no_args_is_help=True, help="The rules of a home: what they see, and what others would raise."
)
HomeOption = Annotated[str, typer.Option("--home", metavar="HOME", help="The home's reference, such as ELM-12.")]
COVERED = 7 * DAY
"""So far back `keepwell rules list` says what rules could see."""


@app.command("list")
def list_(home: HomeOption, json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """List a home's rules: what each can see now and could see in the last 7 days, and how it is set."""
    place = Place.find(config, data)
    with place.registry() as registry, registry.reading() as session:
        shown = _home(session, home)
        states = {row.rule: row for row in session.scalars(select(RuleStatusRow).where(RuleStatusRow.home == home))}
        session.expunge_all()
    covered, unknown = asyncio.run(_covered(place, home, SystemClock().now()))
    rules = {f"{rule.type}/{rule.key}" if rule.key else rule.type: rule for rule in rules_of(shown)}
    if json:
        show_json(
            {
                "home": home,
                "pack": shown.pack,
                "rules": [
                    {
                        "rule": name,
                        "type": rule.type,
                        "key": rule.key,
                        "state": states[name].state if name in states else None,
                        "reason": states[name].reason if name in states else None,
                        "since": rfc3339(states[name].since) if name in states else None,
                        "last_7_days": fractions(covered[name]) if name in covered else None,
                        "parameters": differing(rule),
                    }
                    for name, rule in rules.items()
                ],
            }
        )
        return
    show_table(
        ("rule", "state", "since", "last 7 days", "reason", "setting"),
        (
            (
                name,
                states[name].state if name in states else _off(rule),
                local_text(states[name].since, shown.zone) if name in states else "",
                _covered_words(covered.get(name)),
                states[name].reason if name in states else "",
                in_words(differing(rule)),
            )
            for name, rule in rules.items()
        ),
        title=f"{home}: {f'the pack {shown.pack}' if shown.pack else 'its own rules' if shown.rules else DEFAULT_PACK}",
        key="rule",
    )
    if unknown:
        show_line(f"What they could see in the last 7 days is not known: {unknown}.")


@app.command("try")
def try_(
    home: HomeOption,
    rule: RuleOption,
    settings: SetOption = None,
    key: KeyOption = "",
    days: Annotated[float, typer.Option("--days", min=1, max=366, help="How far back.")] = 28,
    json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Try a setting on what the home has recorded, beside the present one, before you switch it on.

    The answer is which alerts each would have raised, when, and why, and what differs. The 28 days before those are
    read too, so that what is usual in this home is known. Nothing is sent and nothing is changed; the gateway may run.

    keepwell rules try --home ELM-12 --rule inactivity --set after=3h
    """
    from gateway.cli.compared import show_comparison
    from gateway.replay.comparing import Comparison, compared
    from gateway.replay.recorded import Recorded
    from gateway.replay.trying import try_rule

    place = Place.find(config, data)
    with place.registry() as registry, registry.reading() as session:
        shown = _home(session, home)
        _must_consent(session, home)
    tried = candidate(shown, rule, read_settings(rule, settings or ()), key)

    async def run() -> Comparison:
        store = await _opened(place)
        try:
            recorded = Recorded(store, shown, place.settings.broker.client_id)
            return compared(tried, *await try_rule(recorded, shown, tried, SystemClock().now(), days))
        finally:
            await store.close()

    began = time.perf_counter()
    comparison = asyncio.run(run())
    seconds = time.perf_counter() - began
    if json:
        show_json(comparison.to_json(seconds))
    else:
        show_comparison(comparison, seconds, switch_on=f"keepwell rules set --home {home}")


@app.command("set")
def set_(
    home: HomeOption,
    rule: RuleOption,
    settings: SetOption = None,
    key: KeyOption = "",
    route: Annotated[str | None, typer.Option("--route", help="Which escalation its alerts take.")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Set a rule's parameters, or switch it on or off (--set enabled=false). A running gateway takes it up at once.

    What is not given stays as it is; all other rules of the home stay too.
    """
    with Place.find(config, data).registry() as registry, registry.changing() as session:
        tried = candidate(_home(session, home), rule, read_settings(rule, settings or ()), key, route)
        homes.get_home(session, home).pack = tried.home.pack
        homes.set_rule(
            session, home, rule, tried.own.parameters, key=key, route=tried.own.route,
            validate_rule=registry.validate_rule,
        )  # fmt: skip
    setting = in_words(differing(tried.rule)) or "its defaults"
    show_line(f"{home}: {_name(rule, key)} is set to {setting}.")


@app.command()
def unset(
    home: HomeOption,
    rule: RuleOption,
    key: KeyOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take a home's own setting of a rule back: then it is as the pack has it, or gone."""
    with Place.find(config, data).registry() as registry, registry.changing() as session:
        homes.remove_rule(session, home, rule, key)
        session.flush()
        after = next((one for one in rules_of(_home(session, home)) if (one.type, one.key) == (rule, key)), None)
    setting = "is gone" if after is None else f"is as in the pack: {in_words(differing(after)) or 'its defaults'}"
    show_line(f"{home}: {_name(rule, key)} {setting}.")


@app.command()
def packs(json: JsonOption = False) -> None:
    """List the packs of rules that there are, and who each is for. keepwell homes pack gives a home one."""
    known = [pack_of(name) for name in PACKS]
    rules = {one.name: [_name(rule.type, rule.key) for rule in one.rules] for one in known}
    if json:
        show_json(
            [
                {
                    "name": one.name,
                    "title": one.title,
                    "who_for": one.description,
                    "builds_on": one.builds_on,
                    "rules": rules[one.name],
                }
                for one in known
            ]
        )
        return
    for one in known:
        show_line(f"{one.name}: {one.title}. {one.description}")
        own = ", ".join(
            f"{_name(rule.type, rule.key)} ({in_words(differing(rule))})"
            if differing(rule)
            else _name(rule.type, rule.key)
            for rule in one.rules
            if rule not in (pack_of(one.builds_on).rules if one.builds_on else ())
        )
        show_line(f"  {f'all of {one.builds_on}, and ' if one.builds_on else ''}{own}")


@app.command()
def relearn(home: HomeOption, config: ConfigOption = None, data: DataOption = None) -> None:
    """Learn what is usual in a home again, from the last 56 days in the store, where it was lost.

    The gateway must not run meanwhile; it takes up what was learned when it starts.
    """
    from gateway.parts import only_gateway
    from gateway.replay.relearn import Relearned
    from gateway.replay.relearn import relearn as learn_again

    place = Place.find(config, data)
    with place.registry() as registry, only_gateway(place.data):
        with registry.reading() as session:
            shown = _home(session, home)
            _must_consent(session, home)

        async def run() -> Relearned | None:
            store = await _opened(place)
            try:
                return await learn_again(store, shown, SystemClock().now(), place.settings.broker.client_id)
            finally:
                await store.close()

        learned = asyncio.run(run())
        if learned is None:
            raise BadInput(f"nothing is recorded of {home} in the last 56 days: there is nothing to learn from")
        with registry.changing() as session:
            session.merge(BaselineRow(home=home, data=learned.data))
    show_line(f"{home}: learned from {counted(learned.days, 'day')}.")


async def _opened(place: Place) -> Any:  # noqa: ANN401 - ports.Store, which is not needed until then
    from gateway.recorder.opening import open_store

    return await open_store(place.settings, read_only=True)


async def _covered(place: Place, home: str, now: Instant) -> tuple[Mapping[str, Shares], str]:
    """What each rule could see in the last days, and why that is not known."""
    try:
        store = await _opened(place)
        try:
            points = await store.read(["coverage"], {HOME: home}, now - COVERED, now + MINUTE)
        finally:
            await store.close()
    except (TryLater, FixConfiguration) as error:
        return {}, str(error)
    days: defaultdict[str, list[Sequence[float]]] = defaultdict(list)
    for point in points:
        days[point.tags.get("rule", "")].append([float(point.fields.get(name, 0.0)) for name in Shares._fields])
    return {
        rule: Shares(*(sum(column) / len(rows) for column in zip(*rows, strict=True))) for rule, rows in days.items()
    }, ""


def _covered_words(shares: Shares | None) -> str:
    if shares is None:
        return ""
    parts = {"armed": shares.armed, "degraded": shares.degraded, "blind": shares.blind}
    return ", ".join(f"{share:.0%} {name}" for name, share in parts.items() if name == "armed" or round(share, 2))


def _home(session: Session, reference: str) -> Home:
    homes.get_home(session, reference)
    return picture.directory(session).homes[reference]


def _must_consent(session: Session, reference: str) -> None:
    if problem := homes.consent_problem(homes.get_home(session, reference)):
        raise BadInput(f"what {reference} has recorded may not be looked at: {problem}")


def _off(rule: Rule) -> str:
    return "off" if rule.parameters.get("enabled") is False else "not known yet"


def _name(rule_type: str, key: str) -> str:
    return f"{rule_type}/{key}" if key else rule_type
