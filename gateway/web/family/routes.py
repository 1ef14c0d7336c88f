"""The routes of this folder."""

from gateway.web.family.alert import family_accept, family_calling, family_well
from gateway.web.family.message import message_accept, message_calling, message_page, message_well
from gateway.web.family.settings import (
    add_address,
    back_home,
    remove_address,
    set_away,
    set_hours,
    settings,
    start,
    try_myself,
    who_looked,
)
from gateway.web.route import FAMILY, Route

FAMILY_PAGES: tuple[Route, ...] = (
    Route("GET", "/m/{token}", message_page, None),
    Route("POST", "/m/{token}/accept", message_accept, None),
    Route("POST", "/m/{token}/calling", message_calling, None),
    Route("POST", "/m/{token}/well", message_well, None),
    Route("POST", "/family/alerts/{alert:int}/accept", family_accept, FAMILY),
    Route("POST", "/family/alerts/{alert:int}/calling", family_calling, FAMILY),
    Route("POST", "/family/alerts/{alert:int}/well", family_well, FAMILY),
    Route("GET", "/settings", start, FAMILY),
    Route("GET", "/homes/{home}/settings", settings, FAMILY),
    Route("GET", "/homes/{home}/settings/looks", who_looked, FAMILY),
    Route("POST", "/homes/{home}/settings/away", set_away, FAMILY),
    Route("POST", "/homes/{home}/settings/back", back_home, FAMILY),
    Route("POST", "/homes/{home}/settings/addresses", add_address, FAMILY),
    Route("POST", "/homes/{home}/settings/addresses/remove", remove_address, FAMILY),
    Route("POST", "/homes/{home}/settings/hours", set_hours, FAMILY),
    Route("POST", "/homes/{home}/settings/test", try_myself, FAMILY),
)
