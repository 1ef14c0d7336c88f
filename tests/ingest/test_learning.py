"""What a hub teaches is kept of consenting homes, once; new decoders are told it before their first message."""

import json
from collections.abc import Iterable, Sequence

import pytest

from devices.convention import Options, ignored
from devices.conventions import CONVENTIONS
from devices.measurement import Decoded, Measurement, Message
from gateway.clock import ManualClock
from gateway.config import TopicFilter
from gateway.errors import TryLater
from gateway.ingest import learning
from gateway.ingest.reception import Reception
from gateway.model import LESSON_KEPT, Device, Directory, Home, Hub, Lesson, Taken
from tests.ingest.homes import NOW

BUTTON = "names:0x1"
NAMES = "names/list"
PRESS = "names/press/bedside"
OWN = Options()
OTHER = Options(shelly_fahrenheit=True)


class Names:
    """A convention whose presses go by names that a list explains."""

    def __init__(self, options: Options) -> None:
        self.prefix = "other" if options.shelly_fahrenheit else "names"
        self.known: dict[str, str] = {}

    def claims(self, topic: str) -> bool:
        return topic.startswith("names/")

    def decode(self, message: Message) -> Decoded:
        if message.topic.startswith(NAMES):
            self.known = json.loads(message.payload) if message.payload else {}
            return Decoded("names", ignored="a list", lesson=message.topic)
        name = message.topic.rpartition("/")[2]
        if name not in self.known:
            return ignored("names", "nobody knows this name")
        return Decoded("names", (Measurement(f"{self.prefix}:{self.known[name]}", "button", "press"),))


def home(*, consent: bool = True, options: Options = OWN) -> Directory:
    return Directory((
        Home("ELM-12", "Europe/London", consent=consent, hubs=(Hub("elm", options=options),),
             devices=(Device("elm", BUTTON, None, "pendant"), Device("elm", "other:0x1", None, "pendant"))),
    ))  # fmt: skip


NOBODY = Directory()
LIST = b'{"bedside": "0x1"}'


class Street:
    """A reception, the directory it sees, and what a journal would have kept of what it took."""

    def __init__(self, directory: Directory, kept: Iterable[Lesson] = ()) -> None:
        self.directory = directory
        self.kept = {lesson.name: lesson for lesson in kept}
        self.readable = True
        self.starts()

    def starts(self) -> None:
        filters = (TopicFilter(filter="homes/#"),)
        self.reception = Reception(lambda: self.directory, filters, ManualClock(NOW), recall=self._recall)

    def hears(self, topic: str, payload: bytes = b"") -> Taken:
        taken = self.reception.receive(
            f"homes/elm/{topic}", payload, retained=False, draining=False, queued_since=None
        ).taken
        for lesson in taken.lessons:
            self.kept.pop(lesson.name, None)
            if lesson.payload:
                self.kept[lesson.name] = lesson
        return taken

    def presses(self) -> list[str]:
        return [one.device for one in self.hears(PRESS).readings if one.quantity == "button"]

    def _recall(self, hub: str) -> Sequence[Lesson]:
        if not self.readable:
            raise TryLater("the disk fails")
        return [lesson for lesson in self.kept.values() if lesson.hub == hub]


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CONVENTIONS, "names", Names)


def test_what_was_learned_is_known_after_a_restart_before_anything_is_announced():
    street = Street(home())
    assert street.presses() == []
    assert street.hears(NAMES, LIST).lessons == (Lesson("elm", NAMES, NAMES, LIST),)
    assert street.presses() == [BUTTON]
    street.starts()
    assert street.presses() == [BUTTON]


def test_a_code_or_key_in_what_was_announced_is_not_kept_and_it_is_known_all_the_same():
    street = Street(home())
    told = b'{"bedside": "0x1", "user_code": "4711", "key": "00112233445566778899aabbccddeeff"}'
    (lesson,) = street.hears(NAMES, told).lessons
    assert json.loads(lesson.payload) == {"bedside": "0x1", "user_code": "***", "key": "***"}
    assert street.hears(NAMES, told).lessons == ()
    street.starts()
    assert (street.hears(NAMES, told).lessons, street.presses()) == ((), [BUTTON])


def test_what_is_announced_again_unchanged_costs_nothing_not_even_after_a_restart():
    street = Street(home())
    assert street.hears(NAMES, LIST).lessons
    assert street.hears(NAMES, LIST).lessons == ()
    street.starts()
    assert street.hears(NAMES, LIST).lessons == ()
    assert street.hears(NAMES, b'{"bedside": "0x2"}').lessons
    assert street.hears(NAMES, LIST).lessons


def test_an_empty_one_is_forgotten_once():
    street = Street(home())
    assert street.hears(NAMES).lessons == ()
    street.hears(NAMES, LIST)
    assert street.hears(NAMES).lessons == (Lesson("elm", NAMES, NAMES, b""),)
    assert street.hears(NAMES).lessons == ()
    street.starts()
    assert (street.presses(), street.kept) == ([], {})


def test_of_strangers_nothing_is_kept_until_their_home_is_registered_and_consents():
    street = Street(NOBODY)
    assert street.hears(NAMES, LIST).lessons == ()
    street.directory = home(consent=False)
    assert street.hears(PRESS).lessons == ()
    assert street.hears("keepwell/x/motion", b'{"value": true}') == Taken()
    street.directory = home()
    taken = street.hears("keepwell/x/motion", b'{"value": true}')
    assert taken.lessons == (Lesson("elm", NAMES, NAMES, LIST),)
    assert street.presses() == [BUTTON]
    street.starts()
    assert street.presses() == [BUTTON]


def test_without_consent_again_nothing_counts_as_kept():
    street = Street(home())
    street.hears(NAMES, LIST)
    street.directory = home(consent=False)
    street.hears(PRESS)
    street.kept.clear()  # as the gateway does with the journal's
    street.directory = home()
    assert street.hears(NAMES, b'{"bedside": "0x2"}').lessons


def test_what_was_learned_before_consent_was_withdrawn_is_kept_again_once_it_is_given_again():
    street = Street(home())
    street.hears(NAMES, LIST)
    street.directory = home(consent=False)
    street.reception.present()  # before the journal forgets
    street.kept.clear()
    assert (street.presses(), street.kept) == ([], {})
    street.directory = home()
    assert street.presses() == [BUTTON]
    assert list(street.kept) == [NAMES]
    street.starts()
    assert street.presses() == [BUTTON]


def test_what_was_learned_of_a_hub_that_is_registered_no_longer_is_gone():
    street = Street(home())
    street.hears(NAMES, LIST)
    street.directory = NOBODY
    street.reception.present()
    street.kept.clear()
    street.directory = home()
    assert street.hears("keepwell/x/motion", b'{"value": true}').lessons == ()


def test_other_options_make_a_new_decoder_that_knows_all_the_same():
    street = Street(home())
    street.hears(NAMES, LIST)
    assert street.presses() == [BUTTON]
    street.directory = home(options=OTHER)
    assert street.presses() == ["other:0x1"]
    street.directory = home(options=OTHER)  # read anew, and the same
    assert street.presses() == ["other:0x1"]


def test_a_stranger_registered_with_options_of_its_own_is_taught_what_it_said():
    street = Street(NOBODY)
    street.hears(NAMES, LIST)
    street.directory = home(options=OTHER)
    assert street.presses() == ["other:0x1"]


def test_where_it_cannot_be_read_just_now_it_is_tried_again():
    street = Street(home(), [Lesson("elm", NAMES, NAMES, LIST)])
    street.readable = False
    assert street.presses() == []
    street.readable = True
    assert street.presses() == [BUTTON]


def test_one_that_is_far_too_long_is_not_kept():
    street = Street(home())
    assert street.hears(NAMES, LIST + b" " * LESSON_KEPT).lessons == ()
    assert street.hears(NAMES, LIST).lessons


def test_of_strangers_only_so_much_is_held(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(learning, "HELD_BYTES", 10_000)
    street = Street(NOBODY)
    for number in range(50):
        street.hears(f"{NAMES}/{number}", LIST + b" " * 900)
    street.directory = home()
    held = [lesson.name for lesson in street.hears(PRESS).lessons]
    assert held == [f"{NAMES}/{number}" for number in range(50 - len(held), 50)]
    assert 5 < len(held) < 11
