"""How a home is, in one honest sentence for its family."""

from collections.abc import Iterable

from devices.instant import Instant
from gateway.languages import FIRST
from gateway.languages.forms import Reader
from gateway.speech import Phrase, fragment, say, sentence
from gateway.watch.view import HomeView


def how_it_is(view: HomeView, now: Instant, language: str = FIRST) -> str:
    """Such as `Up since 07:32, last seen in the kitchen at 12:10.` What cannot be seen is said too."""
    reader = Reader(view.home.zone, now, language)
    text = sentence(", ".join(fragment(one, reader) for one in _seen(view, now)))
    if not view.unhealthy or _all_silent(view, now):
        return text
    quiet = say("home.silent", count=len(view.unhealthy), total=len(view.home.devices))
    return f"{text} {sentence(fragment(quiet, reader))}"


def _seen(view: HomeView, now: Instant) -> Iterable[Phrase]:
    if _all_silent(view, now):
        heard = max((hub.heard or 0 for hub in view.hubs.values()), default=0)
        yield say("home.not_heard_since", since=heard) if heard else say("home.never_heard")
        return
    if view.home.mode != "at home":
        yield say("home.away" if view.home.mode == "away" else "home.paused")
        return
    if (absence := view.absence(now)) is not None:
        yield say("home.out" if absence.seen else "home.seems_out", since=absence.since)
        return
    if view.day_start <= now < view.day_end and not view.is_night(now):
        if view.up_at is None:
            yield say("home.not_up")
        elif view.started <= view.day_start:  # otherwise we did not see when the day began
            yield say("home.up", since=view.up_at)
    if view.moved_at is None:
        yield say("home.nothing_seen")
    else:
        yield say("shared.last_seen", room=view.moved_in, at=view.moved_at)


def _all_silent(view: HomeView, now: Instant) -> bool:
    return all(view.hub_is_silent(hub.name, now) for hub in view.home.hubs)
