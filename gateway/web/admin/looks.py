"""The record of who looked at whose data: administrators see all of it, supervisors that of their homes."""

import csv
import io
from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from devices.instant import rfc3339
from gateway.database.access import LookRow
from gateway.database.tables import HomeRow
from gateway.localtime import at_local
from gateway.web.access.people import Person
from gateway.web.visit import Visit

_ON_A_PAGE = 100
_DOWNLOADED = 50_000
_NUMBER = 16
"""Digits of a number that a database can hold."""
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet takes a cell for a formula (owasp.org, CSV injection)."""


async def looks(visit: Visit) -> Response:
    """Who looked at what, the latest first."""
    problems = {}
    if visit.asked("day") and _day(visit) is None:
        problems["day"] = "Write the day like 2026-01-12, or leave it empty."
    before = visit.asked("before")

    def work(session: Session) -> tuple[ZoneInfo, Sequence[tuple[str, str]], Sequence[LookRow]]:
        zone = _zone(session, visit)
        query = _asked(visit, zone).limit(_ON_A_PAGE + 1)
        if before.isdecimal() and len(before) < _NUMBER:
            query = query.where(LookRow.id < int(before))
        return zone, _people(session, visit.person), session.scalars(query).all()

    await visit.looks_at("record of looks")
    zone, people, found = await visit.read(work)
    asked = {name: visit.asked(name) for name in ("home", "of", "day")}
    return visit.page(
        "admin/looks.html", 422 if problems else 200, problems=problems, zone=zone, people=people,
        found=found[:_ON_A_PAGE], asked=asked,
        download=f"/looks.csv?{urlencode(asked)}",
        earlier=f"/looks?{urlencode(asked | {'before': found[_ON_A_PAGE - 1].id})}" if len(found) > _ON_A_PAGE else "",
    )  # fmt: skip


async def looks_csv(visit: Visit) -> Response:
    """The same as a file for a spreadsheet."""

    def work(session: Session) -> Sequence[LookRow]:
        return session.scalars(_asked(visit, _zone(session, visit)).limit(_DOWNLOADED)).all()

    await visit.looks_at("record of looks")
    text = table(await visit.read(work))
    headers = {"Content-Disposition": 'attachment; filename="looks.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def table(rows: Sequence[LookRow]) -> str:
    """Looks as CSV, times in UTC."""
    file = io.StringIO()
    written = csv.writer(file)
    written.writerow(("first", "last", "times", "who", "role", "home", "what"))
    for row in rows:
        written.writerow(
            [harmless(one) for one in (rfc3339(row.at), rfc3339(row.last_at), row.times, row.who, row.role,
                                       row.home or "", row.what)]
        )  # fmt: skip
    return file.getvalue()


def harmless(value: Any) -> str:  # noqa: ANN401 - any cell
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def _asked(visit: Visit, zone: ZoneInfo) -> Select[Any]:
    query = select(LookRow).where(_sight(visit.person)).order_by(LookRow.id.desc())
    if home := visit.asked("home"):
        query = query.where(LookRow.home == home)
    if (of := visit.asked("of")).isdecimal() and len(of) < _NUMBER:
        query = query.where(LookRow.who == select(LookRow.who).where(LookRow.id == int(of)).scalar_subquery())
    if (day := _day(visit)) is not None:
        start, end = (at_local(one, time(0), zone) for one in (day, day + timedelta(days=1)))
        query = query.where(LookRow.at < end, LookRow.last_at >= start)
    return query


def _sight(person: Person) -> ColumnElement[bool]:
    if person.role == "administrator":
        return LookRow.id > 0
    return LookRow.home.in_(select(HomeRow.reference).where(person.sight()))


def _people(session: Session, person: Person) -> Sequence[tuple[str, str]]:
    """Who is on record, each by the number of a look of theirs: a name may not stand in an address."""
    query = select(func.min(LookRow.id), LookRow.who).where(_sight(person)).group_by(LookRow.who).order_by(LookRow.who)
    return [("", "anybody"), *((str(number), who) for number, who in session.execute(query))]


def _zone(session: Session, visit: Visit) -> ZoneInfo:
    """Of the home that is asked for, else that of most homes."""
    home = session.get(HomeRow, visit.asked("home"))
    if home is not None:
        return ZoneInfo(home.time_zone)
    most = select(HomeRow.time_zone).group_by(HomeRow.time_zone).order_by(func.count().desc()).limit(1)
    return ZoneInfo(session.scalar(most) or "UTC")


def _day(visit: Visit) -> date | None:
    try:
        found = date.fromisoformat(visit.asked("day"))
    except ValueError:
        return None
    return found if date(1971, 1, 1) < found < date(2200, 1, 1) - timedelta(days=1) else None
