"""The pages by which a home's data is taken out as a file, and erased."""

import tempfile
from collections.abc import AsyncIterator, Sequence
from typing import IO

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from devices.instant import rfc3339
from gateway.database.tables import HomeRow, ResidentRow
from gateway.errors import BadInput, FixConfiguration, TryLater
from gateway.registry import erase
from gateway.web.access.people import Person
from gateway.web.admin.erasure import Everything, erase_home, read_report, reports, told
from gateway.web.admin.export import Sources, export_home
from gateway.web.live import ALERTS
from gateway.web.visit import Visit

_AT_ONCE = 1 << 16


async def export_page(visit: Visit) -> Response:
    """What the file will hold, and the button."""
    await visit.looks_at("residents")
    return visit.page("admin/export.html", residents=await visit.read(lambda session: _residents(session, visit)))


async def export(visit: Visit) -> Response:
    """The file."""
    resident = visit.typed("resident")
    if resident and (not resident.isdecimal() or len(resident) > 15):
        raise HTTPException(422, "Go back and choose for whom the file is to be.")
    site, home = visit.site, visit.reference
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it has been sent
    try:
        of = Sources(site.database, site.journal, site.store)
        number = int(resident) if resident else None
        await export_home(of, home, visit.person, file, site.wall.now(), resident=number)
    except BaseException:
        file.close()
        raise
    name = f"{home}-{rfc3339(site.wall.now())[:10]}.zip"
    length = file.tell()
    file.seek(0)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(length)}
    return StreamingResponse(_sent(file), media_type="application/zip", headers=headers)


async def _sent(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while piece := file.read(_AT_ONCE):
            yield piece


async def erase_page(visit: Visit) -> Response:
    """What goes, what stays and why, and the field for the reference."""
    await visit.looks_at("residents")
    return await _erase_form(visit, {})


async def erase_all(visit: Visit) -> Response:
    """Erase it; the report."""
    home, site = visit.reference, visit.site
    if visit.typed("reference") != home:
        return await _erase_form(visit, {"reference": f"Write {home}, so that no other home is erased by mistake."})
    if resident := visit.typed("resident"):
        if not resident.isdecimal() or len(resident) > 15:
            return await _erase_form(visit, {"resident": "Choose what is to go."})
        return await _erase_resident(visit, int(resident))
    everything = Everything(
        site.settings.data, site.database, site.journal, site.store, lambda one: one in site.homes()
    )
    try:
        _, name = await erase_home(everything, home, visit.person, site.wall.now())
    except BadInput as error:
        return await _erase_form(visit, {"": f"{error}."})
    except (TryLater, FixConfiguration) as error:
        return await _erase_form(visit, {"": f"{str(error)[:1].upper()}{str(error)[1:]}. Press the button again then."})
    site.live.tell(ALERTS)
    return visit.go(f"/erasures/{name}")


async def _erase_resident(visit: Visit, resident: int) -> Response:
    """Of one of several who live there: their name and their consent."""
    try:
        await visit.change(lambda session: erase.erase_resident(session, visit.reference, resident))
    except BadInput as error:
        return await _erase_form(visit, {"": f"{error}."})
    await visit.looks_at("a resident's record erased")
    return visit.go(f"/homes/{visit.reference}/erase", "resident-erased")


async def _erase_form(visit: Visit, problems: dict[str, str]) -> Response:
    def work(session: Session) -> tuple[Sequence[ResidentRow], Sequence[int]]:
        return _residents(session, visit), erase.open_alerts(session, visit.reference)

    residents, open_alerts = await visit.read(work)
    return visit.page("admin/erase.html", 422 if problems else 200, problems=problems, residents=residents,
                      open_alerts=open_alerts)  # fmt: skip


def _residents(session: Session, visit: Visit) -> Sequence[ResidentRow]:
    if session.get(HomeRow, visit.reference) is None:  # alerts about the gateway itself are no home
        raise HTTPException(404)
    return session.scalars(
        select(ResidentRow).where(ResidentRow.home == visit.reference).order_by(ResidentRow.id)
    ).all()


# ------------------------------------------------------------------------------------------------ reports


async def erasures(visit: Visit) -> Response:
    """Homes that were erased, of the areas that they see."""
    found = [name for name, area in reports(visit.site.settings.data) if _sees(visit.person, name, area)]
    return visit.page("admin/erasures.html", found=found)


async def erasure(visit: Visit) -> Response:
    """One report, as a page or, with `?as=text`, as the text that is kept."""
    data, wanted = visit.site.settings.data, visit.request.path_params["report"]
    known = {name for name, area in reports(data) if _sees(visit.person, name, area)}
    text = read_report(data, wanted) if wanted in known else None
    if text is None:
        raise HTTPException(404)
    if visit.asked("as") == "text":
        return PlainTextResponse(text, headers={"Content-Disposition": f'attachment; filename="{wanted}.txt"'})
    return visit.page("admin/erasure.html", home=wanted.partition(".")[0], report=wanted, told=told(text))


def _sees(person: Person, name: str, area: str | None) -> bool:
    return person.may_see(name.partition(".")[0], area)
