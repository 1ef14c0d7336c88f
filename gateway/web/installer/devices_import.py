"""Many sensors at once from a list: first a report for each line, then all of it or nothing."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile
from starlette.responses import Response

from devices.instant import Instant
from gateway.model import SightingSummary
from gateway.registry import devices as registry
from gateway.registry.devices import Details
from gateway.registry.homes import get_home
from gateway.web.installer import devices_registering as registering
from gateway.web.installer.devices_registering import Wanted
from gateway.web.installer.devices_table import COLUMNS, NoTable, Planned, plan, rows_of, text_of
from gateway.web.visit import Visit


async def import_page(visit: Visit) -> Response:
    """Where to send a list."""
    return _page(visit, "", ())


async def import_list(visit: Visit) -> Response:
    """The report on what was sent; with `confirm` it is done, if no line is wrong by then."""
    text = str(visit.form.get("list") or "")
    try:
        file = visit.form.get("file")
        if isinstance(file, UploadFile) and (raw := await file.read()):
            text = text_of(raw)
        rows = rows_of(text)
    except NoTable as why:
        return _page(visit, text, (), {"list": str(why)})
    seen = await visit.site.journal.sightings()
    known = {one.whole.address for one in await registering.sightings(visit)}
    confirmed, now = visit.typed("confirm") == "yes", visit.now

    def work(session: Session) -> tuple[bool, Sequence[Planned]]:
        home = get_home(session, visit.reference)
        planned = plan(rows, home, known)
        done = confirmed and all(one.outcome != "wrong" for one in planned)
        if done:
            for one in planned:
                _do(session, visit.reference, one, seen, now)
        return done, planned

    done, planned = await visit.change(work)
    if done:
        visit.site.live.tell(visit.reference)
        return visit.go(f"/homes/{visit.reference}/devices", "devices-imported")
    wrong = sum(one.outcome == "wrong" for one in planned)
    problems = {"list": "Put the lines right that are wrong, and check again. Nothing was changed."} if wrong else {}
    return _page(visit, text, planned, problems if planned else {"list": "There is no line below the first one."})


async def sample(visit: Visit) -> Response:
    """A list to begin with, with rooms of this home."""
    home = await visit.read(lambda session: _names(session, visit.reference))
    rooms, hub = home
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    examples = (("front-door", "MCCGQ11LM"), ("", "RTCGQ11LM"), ("pendant", "TS0215A_sos"))
    for number, (role, model) in enumerate(examples, start=1):
        room = "" if role == "pendant" else next(iter(rooms[number - 1 :]), "")
        writer.writerow((f"zigbee2mqtt:0x00158d000000000{number}", room, role, hub, "", model))
    return Response(
        out.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="sensors-{visit.reference}.csv"'},
    )


def _names(session: Session, reference: str) -> tuple[list[str], str]:
    home = get_home(session, reference)
    rooms = [room.name for room in home.rooms if not room.name.startswith(("=", "+", "-", "@"))]
    return rooms, home.hubs[0].name if home.hubs else ""


def _page(visit: Visit, text: str, planned: Sequence[Planned], problems: dict[str, str] | None = None) -> Response:
    counts = {outcome: sum(one.outcome == outcome for one in planned) for outcome in
              ("added", "changed", "already so", "wrong")}  # fmt: skip
    values: dict[str, Any] = {"text": text, "planned": planned, "counts": counts}
    return visit.page("installer/import.html", 422 if problems else 200, problems=problems or {}, **values)


def _do(session: Session, reference: str, one: Planned, seen: Sequence[SightingSummary], now: Instant) -> None:
    values = dict(one.values or {})
    if one.outcome == "added":
        wanted = Wanted(one.hub, one.address, values.pop("room", ""), values.pop("role", ""))
        registering.register(session, get_home(session, reference), wanted, seen, now)
    if values:
        registry.set_device(session, reference, one.address, Details(**values), hub=one.hub)
