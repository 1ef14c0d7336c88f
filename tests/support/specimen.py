"""A page that shows every component, on a site: what tests of the design look at."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from gateway.web.guard import answer
from gateway.web.rendering import environment
from gateway.web.route import EVERYONE, Route
from gateway.web.visit import Visit
from tests.support.site import VisitedSite

_PAGE = Path(__file__).with_suffix(".html")


@dataclass(slots=True)
class Specimen:
    """What the page shows now, and what was sent to it."""

    alerts: list[tuple[int, str]] = field(default_factory=lambda: [(2, "No sign of being up"), (3, "Door open")])
    sent: list[dict[str, str]] = field(default_factory=list)

    async def shows(self, visit: Visit) -> Response:
        """The page."""
        return self._page(visit)

    async def takes(self, visit: Visit) -> Response:
        """The form of the page: a name is needed."""
        self.sent.append({name: str(value) for name, value in visit.form.items()})
        if "alert" in visit.form:
            return visit.go("/specimen", "saved")
        if not visit.typed("person_name"):
            return self._page(visit, {"person_name": "Write the name of whoever is to be called."})
        return visit.go("/specimen", "saved")

    def _page(self, visit: Visit, problems: dict[str, str] | None = None) -> Response:
        made = environment().from_string(_PAGE.read_text(encoding="utf-8"))
        return visit.page(  # a template stands where its name may
            made,  # type: ignore[arg-type]
            422 if problems else 200,
            problems=problems or {},
            alerts=self.alerts,
            zone=ZoneInfo("Europe/London"),
        )


def with_specimen(site: VisitedSite) -> Specimen:
    """Put the page on the site at /specimen, for everyone."""
    made = Specimen()
    for route in (
        Route("GET", "/specimen", made.shows, EVERYONE),
        Route("POST", "/specimen", made.takes, EVERYONE),
    ):
        site.application.add_route(route.path, partial(_answer, site, route), methods=[route.method])
    return made


async def _answer(site: VisitedSite, route: Route, request: Request) -> Response:
    return await answer(site.site, route, request)
