"""The routes of this folder."""

from gateway.web.route import CARE, Route
from gateway.web.staff.acts import accept, accept_all, close, hand_over, note, snooze
from gateway.web.staff.away import set_away, set_back
from gateway.web.staff.details import details
from gateway.web.staff.homes import homes
from gateway.web.staff.queue import queue

STAFF: tuple[Route, ...] = (
    Route("GET", "/queue", queue, CARE),
    Route("POST", "/queue/accept", accept_all, CARE),
    Route("POST", "/alerts/{alert:int}/accept", accept, CARE),
    Route("POST", "/alerts/{alert:int}/note", note, CARE),
    Route("POST", "/alerts/{alert:int}/hand-over", hand_over, CARE),
    Route("POST", "/alerts/{alert:int}/snooze", snooze, CARE),
    Route("POST", "/alerts/{alert:int}/close", close, CARE),
    Route("GET", "/homes", homes, CARE),
    Route("POST", "/homes/{home}/details", details, CARE),
    Route("POST", "/homes/{home}/away", set_away, CARE),
    Route("POST", "/homes/{home}/back", set_back, CARE),
)
