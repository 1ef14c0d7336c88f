"""How the day goes in one home, for programs: the sentence of the family's page, without a name in it."""

from fastapi import HTTPException

from gateway.web.api import models
from gateway.web.api.caller import Asking, OfHome
from gateway.web.api.models import moment, moment_or_none
from gateway.web.family.relation import of_care
from gateway.web.family.sentence import picture


async def today(asking: Asking, home: OfHome) -> models.Today:
    """How today goes. What the sensors could not see is said as not known."""
    known = await asking.read(lambda session: of_care(session, asking.person, home))
    if known is None:
        raise HTTPException(404, "There is no such home, or it is not for this token to see.")
    watch, now = asking.site.homes().get(home), asking.now
    await asking.looks_at("today", home)
    view = None if watch is None else watch.view
    told = picture(known, view, now)
    shown = view if told.seen else None
    up = shown.up_at if shown is not None and shown.day_start <= now < shown.day_end else None
    return models.Today(
        home=home,
        at=moment(now),
        sentence=told.sentence,
        unseen=list(told.unseen),
        up=moment_or_none(up),
        moved=moment_or_none(shown.moved_at if shown is not None else None),
        moved_in=shown.moved_in if shown is not None else None,
    )
