"""What a route is: where, what answers, and which roles may use it. The tables of routes are the whole of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.responses import Response

if TYPE_CHECKING:
    from gateway.web.visit import Visit

Role = Literal["staff", "supervisor", "installer", "family", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)
ADMINISTRATORS: frozenset[Role] = frozenset({"administrator"})
SUPERVISORS: frozenset[Role] = frozenset({"supervisor", "administrator"})
CARE: frozenset[Role] = SUPERVISORS | {"staff"}
INSTALLERS: frozenset[Role] = SUPERVISORS | {"installer"}
FAMILY: frozenset[Role] = frozenset({"family"})
EVERYONE: frozenset[Role] = frozenset(ROLES)


class _Number(IntegerConvertor):
    """A number that a database can hold; an address with a longer one is none of ours."""

    regex = "[0-9]{1,15}"


register_url_convertor("int", _Number())

Page = Callable[["Visit"], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """`path` may hold `{home}`, a reference, and `{alert:int}`: who may not see that home is told there is none.

    `roles` None: anybody, signed in or not.
    """

    method: Literal["GET", "POST"]
    path: str
    page: Page
    roles: frozenset[Role] | None
