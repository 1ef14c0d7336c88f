"""Where somebody is in the queue: what they asked to see, the page, and the alert in hand. All of it is its address."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from gateway.web.staff.waiting import ABOUT, Wanted

PATH = "/queue"
_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Place:
    """`hand`: the number of the alert that is open beside the list."""

    wanted: Wanted = field(default_factory=Wanted)
    page: int = 1
    hand: int | None = None

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Place":
        """The place that an address names; what cannot be understood counts as not said."""
        about = asked.get("about", "")
        wanted = Wanted(
            asked.get("area", "").strip()[:64], about if about in ABOUT else "", asked.get("mine", "") == "1"
        )
        return cls(wanted, max(1, _number(asked.get("page")) or 1), _number(asked.get("alert")))

    @classmethod
    def of_path(cls, path: str) -> "Place":
        """The place of an address such as `/queue?area=North&alert=12`."""
        return cls.of(dict(parse_qsl(urlsplit(path).query)))

    def address(self) -> str:
        """The same as an address."""
        said = {
            "area": self.wanted.area,
            "about": self.wanted.about,
            "mine": "1" if self.wanted.mine else "",
            "page": str(self.page) if self.page > 1 else "",
            "alert": "" if self.hand is None else str(self.hand),
        }
        query = urlencode({name: value for name, value in said.items() if value})
        return f"{PATH}?{query}" if query else PATH

    def with_hand(self, alert: int | None) -> "Place":
        """With another alert in hand, or none."""
        return replace(self, hand=alert)

    def at_page(self, page: int) -> str:
        """The address of another page of it."""
        return replace(self, page=page).address()


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None
