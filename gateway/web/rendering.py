"""Templates, and what they may call. Everything is escaped; a name that is not there is an error."""

import hashlib
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.utils import Namespace

from devices.instant import Instant, rfc3339, to_datetime
from gateway.saying import clock_time, counted, duration
from gateway.web.said import SAID

_VERSION_LETTERS = 12


def render(template: str, **values: Any) -> str:  # noqa: ANN401 - whatever a template names
    """The text of a template of gateway/web/templates."""
    drawn = Namespace(problems=values.get("problems", {}), told=False, typing=False, ids={}, counts={})
    return environment().get_template(template).render(drawn=drawn, **values)


@cache
def static(name: str) -> str:
    """The address of a file of gateway/web/static: another one when it changes, so that browsers may keep it."""
    content = (resources.files("gateway.web") / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:_VERSION_LETTERS]}"


@cache
def environment() -> Environment:
    """The one environment of this process."""
    made = Environment(
        loader=PackageLoader("gateway.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.globals.update(said=SAID, static=static)
    made.filters.update(
        clock=clock_time, counted=counted, duration=duration, rfc3339=rfc3339, at=_at, day=_day, scheme=_scheme
    )
    return made


def _at(moment: Instant, zone: ZoneInfo) -> str:
    """`07:32`, by the clock of the home."""
    return f"{to_datetime(moment).astimezone(zone):%H:%M}"


def _day(moment: Instant, zone: ZoneInfo) -> str:
    """`Monday 12 January`."""
    local = to_datetime(moment).astimezone(zone)
    return f"{local:%A} {local.day} {local:%B}"


def _scheme(address: str) -> str:
    """`mailto` of `mailto://...`: the rest of an address may be secret."""
    return address.partition(":")[0]
