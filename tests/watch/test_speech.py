"""What rules and messages say: complete in every language, easy to read, kind, and never missing when it is needed."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from devices.instant import DAY, HOUR, MINUTE, parse_rfc3339
from gateway.languages import FIRST, WORD_TABLES, known, tables
from gateway.languages.forms import FORMS, Reader
from gateway.model import Device
from gateway.speech import Phrase, fragment, from_json, say, to_json, worded
from gateway.watch.rules import RULES
from gateway.watch.sentence import how_it_is
from gateway.watch.wording import named
from tests.support.reading_age import kincaid_grade, vienna_grade
from tests.support.scenario import DEVICES, LivedHome, device

LONDON = ZoneInfo("Europe/London")
NOW = parse_rfc3339("2026-01-12T10:00:00Z") or 0
SLOT = re.compile(r"\{(\w+)(?:\|(\w+))?\}")
OTHERS = sorted(known() - {FIRST})
KEYS = [
    f"{table}.{name}" for table, texts in tables(FIRST).items() if table not in WORD_TABLES for name in texts
]  # fmt: skip
IN_A_FEW_WORDS = frozenset({"title", "outcome", "ended"})


def variants(language: str, key: str) -> list[str]:
    """The texts of a key: one, or one for each number."""
    table, _, name = key.partition(".")
    text = tables(language).get(table, {}).get(name, ())
    return [text] if isinstance(text, str) else [text["one"], text["other"]] if text else []


def slots(language: str, key: str) -> set[str]:
    """The values that a key's texts name, with the one that is counted."""
    table, _, name = key.partition(".")
    text = tables(language).get(table, {}).get(name, "")
    named_by = set() if isinstance(text, str) else {text["by"]}
    return named_by | {slot[1] for text in variants(language, key) for slot in SLOT.finditer(text)}


# ------------------------------------------------------------------------------------------------ complete


class Said(NamedTuple):
    """A phrase in the code: `values` are those that it gives, None where some are worked out."""

    where: str
    key: str
    values: frozenset[str] | None


def code() -> Iterator[tuple[Path, ast.AST]]:
    """Every node of the gateway's code."""
    for path in sorted(Path("gateway").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            yield path, node


def said() -> Iterator[Said]:
    """Every place in the gateway that says a phrase by its whole key."""
    for path, node in code():
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"say", "Phrase"} and node.args:
            values = frozenset(word.arg for word in node.keywords if word.arg)
            worked_out = len(node.args) > 1 or any(word.arg is None for word in node.keywords)
            first = node.args[0]
            for key in (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,):
                if isinstance(key, ast.Constant):
                    yield Said(f"{path}:{node.lineno}", str(key.value), None if worked_out else values)


def patterns() -> Iterator[str]:
    """What keys the code may mean: whole ones, and those of which a part is worked out."""
    for _, node in code():
        if isinstance(node, ast.JoinedStr):
            yield "".join(re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+" for part in node.values)  # type: ignore[arg-type]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.escape(node.value) + (r"\w+" if node.value.endswith(".") else "")


def test_everything_that_is_said_has_a_text_and_what_the_text_names():
    missing = []
    for one in said():
        if one.key not in KEYS:
            missing.append(f"{one.where}: no text for {one.key}")
        elif one.values is not None and (lacking := slots(FIRST, one.key) - one.values):
            missing.append(f"{one.where}: {one.key} names {lacking}")
    assert not missing, "\n".join(missing)


def test_every_text_is_said_somewhere():
    may_mean = {pattern for pattern in patterns() if re.match(r"\w+\\\.|\\w\+\\\.[a-z]", pattern)}
    assert [key for key in KEYS if not any(re.fullmatch(pattern, key) for pattern in may_mean)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_texts_with_the_same_values(language: str):
    differing = [key for key in KEYS if slots(language, key) != slots(FIRST, key) or not variants(language, key)]
    assert differing == []
    own = {f"{table}.{name}" for table, texts in tables(language).items() if table not in WORD_TABLES for name in texts}
    assert own == set(KEYS)
    for table in ("rooms", "devices"):
        assert tables(language)[table].keys() == tables(FIRST)[table].keys()
    assert tables(language)["words"].keys() == tables(FIRST)["words"].keys()


@pytest.mark.parametrize("language", sorted(known()))
def test_forms_are_known_and_numbers_are_counted_by_a_value(language: str):
    for key in KEYS:
        for text in variants(language, key):
            assert {slot[2] or "as_it_is" for slot in SLOT.finditer(text)} <= FORMS.keys(), key
            assert "{" not in SLOT.sub("", text), key
            assert not text.endswith("."), f"{key}: the full stop comes by itself"
            assert ";" not in text, f"{key}: two short sentences are easier"


def test_after_these_german_words_a_duration_is_bent():
    for key in KEYS:
        for text in variants("de", key):
            assert not re.search(r"\b(seit|nach|vor|von|mit|in) \{\w+\|duration\}", text), f"{key}: dative_duration"


def test_every_rule_has_a_title():
    assert set(RULES) - tables(FIRST)["title"].keys() == set()


# ------------------------------------------------------------------------------------------------ easy and kind

SAMPLES: dict[str | None, Any] = {
    "times": 2.5,
    "clock": NOW - HOUR, "when": NOW - HOUR, "duration": 150 * MINUTE, "dative_duration": 3 * DAY, "room": "kitchen",
    "in": "kitchen", "number": 15.2, "count": 3, "usual": {"low": 2.0, "high": 5.0, "n": 21},
    "usual_clock": {"low": 425.0, "high": 500.0, "n": 21}, "usual_duration": {"low": 20.0, "high": 50.0, "n": 21},
    None: "3",
}  # fmt: skip
EVIDENCE = ("shared.last_seen", "shared.door_not_opened", "shared.all_sensors_work")

EXPLAINED = {*tables(FIRST)["title"], "ageing", "outcomes"}
"""Tables of texts that stand in an explanation, with the evidence."""


def filled(language: str, key: str) -> str:
    """All that a key can say, with values as they occur."""
    door, sensor = ["front-door", None, None], ["motion", "hall", None]
    reader = Reader(LONDON, NOW, language)

    def put(slot: re.Match[str]) -> str:
        value = SAMPLES.get(slot[2], door if slot[1] == "door" else sensor)
        return FORMS[slot[2] or "as_it_is"](value, reader)

    texts = (SLOT.sub(put, text) for text in variants(language, key))
    return " ".join(text[:1].upper() + text[1:] + ("" if text[-1] in "?:!" else ".") for text in texts)


def texts_of(language: str, table: str) -> str:
    """All texts of a table, with the evidence that goes with a rule's."""
    keys = [key for key in KEYS if key.startswith(f"{table}.")]
    return " ".join(filled(language, key) for key in (*keys, *(EVIDENCE if table in EXPLAINED else ())))


READ = sorted({key.partition(".")[0] for key in KEYS} - IN_A_FEW_WORDS)


@pytest.mark.parametrize("table", READ)
def test_a_child_of_nine_can_read_it(table: str):
    assert kincaid_grade(texts_of("en", table)) <= 4, texts_of("en", table)


@pytest.mark.parametrize("table", READ)
def test_a_child_of_ten_can_read_the_german(table: str):
    """Compounds make German words long, by which the formula judges; its easiest grade is 4."""
    assert vienna_grade(texts_of("de", table)) <= 5, texts_of("de", table)


@pytest.mark.parametrize("language", sorted(known()))
def test_sentences_are_short(language: str):
    for key in KEYS:
        for sentence in re.split(r"(?<=[.?:!]) ", filled(language, key)):
            assert len(sentence.split()) <= 22, sentence


UNKIND = {
    "en": r"patients?|users?|clients?|elderly|frail|subjects?|seniors?|diagnos\w*|symptoms?|clinical\w*|medical\w*"
    r"|dement\w*|confus\w*|wander\w*|incontinen\w*|toileting|immobil\w*|ambulat\w*|nocturnal|disorder\w*|abnormal\w*"
    r"|deteriorat\w*|decline|suffer\w*|victim\w*|fail(ed|ure)?|inactiv\w*|prolonged|anomal\w*|detected|vital\w*",
    "de": r"patient\w*|nutzer\w*|klient\w*|senior\w*|alten?|gebrechlich\w*|diagnos\w*|symptom\w*|klinisch\w*"
    r"|medizinisch\w*|dement\w*|demenz\w*|verwirr\w*|inkontinen\w*|immobil\w*|nächtlich\w*|störung der \w+|auffällig\w*"
    r"|verschlechter\w*|leide\w*|opfer|versag\w*|inaktiv\w*|anomal\w*|detektier\w*|bettlägerig\w*|pflegefall\w*"
    r"|proband\w*|betagt\w*",
}


@pytest.mark.parametrize("language", sorted(known()))
def test_nothing_clinical_or_unkind_is_said(language: str):
    words = [text for key in KEYS for text in variants(language, key)]
    words += [*tables(language)["rooms"].values(), *tables(language)["devices"].values()]
    found = [text for text in words if re.search(rf"\b({UNKIND[language]})\b", SLOT.sub("", text), re.IGNORECASE)]
    assert found == []


def test_what_really_happened_reads_as_easily():
    home = LivedHome(devices=[*DEVICES, device("cord", "bathroom", "pull-cord", "button")])
    home.at("07:30").moves("kitchen").says("living-motion", "temperature", 14.2).says("smoke", "smoke", True)
    home.says("smoke", "smoke", False).presses("cord").says("bedroom-motion", "battery", 12.0)
    home.at("10:00").opens("front-door").at("10:30").closes("front-door").moves("hall").at("13:30")
    home.says("living-motion", "temperature", 20.0).moves("hall").moves("kitchen")
    home.falls_silent("pendant", "hub").at("16:00").speaks_again("hub").at("20:00", days=4)
    raised = {verdict.rule: verdict for verdict in home.heard if verdict.kind == "trigger"}
    assert {"hazard", "pendant", "battery", "door_open", "temperature", "hub_silent", "sensor_silent"} <= raised.keys()
    for verdict in raised.values():
        assert verdict.said, verdict.rule
        assert worded(verdict.said, LONDON, verdict.at) == verdict.explanation
        german = worded(verdict.said, LONDON, verdict.at, "de")
        assert german != verdict.explanation
        assert kincaid_grade(verdict.explanation) <= 5, verdict.explanation
        assert vienna_grade(german) <= 6, german


# ------------------------------------------------------------------------------------------------ never missing


def test_where_a_language_lacks_a_text_the_first_one_says_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(tables("de")["battery"], "low")  # type: ignore[arg-type]
    said = [say("battery.low", device=["pendant", None, None]), say("battery.level", level=12.0)]
    assert worded(said, LONDON, NOW, "de") == "The battery of the pendant is low. Sie hat noch 12 %."


@pytest.mark.parametrize(
    "phrase",
    [
        say("battery.low"),
        say("battery.low", device=3),
        say("battery.low", device=[]),
        say("battery.since", since="yesterday"),
        say("battery.since", since=10**30),
        say("temperature.cold", room=["a"], degrees="cold"),
        say("not.there", since=NOW),
        say("nowhere"),
        say(""),
        Phrase("shared.all_sensors_work", {"count": None}),
    ],
)
@pytest.mark.parametrize("language", ["en", "de", "de-AT", "xx", "", "../en"])
def test_whatever_is_wrong_with_a_phrase_something_is_said(phrase: Phrase, language: str):
    assert worded([phrase], LONDON, NOW, language).endswith(".")


def test_what_cannot_be_worded_is_named():
    assert worded([say("not_up.gone_missing", since=NOW)], LONDON, NOW, "de") == "Not up gone missing."


def test_phrases_survive_being_kept():
    said = (say("battery.low", device=["motion", "hall", None]), say("battery.since", since=NOW))
    assert from_json(to_json(said)) == said
    for broken in (None, "text", 3, {}, [["a"]], [[1, 2]], [None]):
        assert from_json(broken) == ()


# ------------------------------------------------------------------------------------------------ values in words


@pytest.mark.parametrize(
    ("form", "value", "english", "german"),
    [
        ("clock", NOW - 11 * HOUR, "23:00 yesterday", "23:00 Uhr gestern"),
        ("clock", NOW - 3 * DAY, "10:00 on Friday", "10:00 Uhr am Freitag"),
        ("clock", NOW - 20 * DAY, "10:00 on 23 December 2025", "10:00 Uhr am 23. Dezember 2025"),
        ("when", NOW, "at 10:00", "um 10:00 Uhr"),
        ("when", [NOW - HOUR, NOW], "between 09:00 and 10:00", "zwischen 09:00 Uhr und 10:00 Uhr"),
        ("when", [NOW - 1, NOW - 1], "at 09:59", "um 09:59 Uhr"),
        ("duration", 3 * DAY + HOUR, "3 days 1 h", "3 Tage 1 h"),
        ("dative_duration", 3 * DAY, "3 days", "3 Tagen"),
        ("number", 15.0, "15", "15"),
        ("number", 15.25, "15.2", "15,2"),
        ("count", 14.0, "14", "14"),
        ("room", "living", "living room", "Wohnzimmer"),
        ("room", None, "home", "Zuhause"),
        ("in", "kitchen", "in the kitchen", "in der Küche"),
        ("in", "bathroom", "in the bathroom", "im Bad"),
        ("in", "bedroom_2", "in the bedroom 2", "im Schlafzimmer 2"),
        ("in", "guest_room", "in the guest room", "im Zimmer „guest room“"),
        ("in", None, "at home", "zu Hause"),
        ("the", ["front-door", None, None], "the front door", "die Haustür"),
        ("the", ["motion", "hall", None], "the motion sensor in the hall", "der Bewegungsmelder im Flur"),
        ("the", ["smoke", None, "0x12"], "the smoke alarm 0x12", "der Rauchmelder 0x12"),
        ("device", ["pendant", None, None], "pendant", "Notrufknopf"),
        ("dative", ["motion", "kitchen", None], "the motion sensor in the kitchen", "dem Bewegungsmelder in der Küche"),
        (
            "dative",
            [["pendant", None, None], ["motion", "hall", None], ["pendant", None, None], ["leak", "bathroom", None]],
            "the pendant, the motion sensor in the hall and the leak sensor in the bathroom",
            "dem Notrufknopf, dem Bewegungsmelder im Flur und dem Wassermelder im Bad",
        ),
        ("times", 1, "once", "einmal"),
        ("times", 2.5, "2.5 times", "2,5 Mal"),
        ("usual", {"low": 2.0, "high": 5.2, "n": 21}, "2 to 5 (days seen: 21)", "2 bis 5 (Tage gesehen: 21)"),
        ("usual_clock", {"low": 1415, "high": 1475, "n": 9}, "between 23:35 and 00:35 (days seen: 9)",
         "zwischen 23:35 Uhr und 00:35 Uhr (Tage gesehen: 9)"),
        ("usual_duration", {"low": 20, "high": 20.4, "n": 9}, "about 20 min (days seen: 9)",
         "etwa 20 min (Tage gesehen: 9)"),
    ],
)  # fmt: skip
def test_values_are_told_as_people_say_them(form: str, value: object, english: str, german: str):
    assert FORMS[form](value, Reader(LONDON, NOW)) == english
    assert FORMS[form](value, Reader(LONDON, NOW, "de")) == german


def test_a_room_that_was_named_in_the_readers_language_is_known_by_that():
    assert FORMS["in"]("Küche", Reader(LONDON, NOW, "de")) == "in der Küche"


def test_a_room_called_like_a_text_changes_nothing():
    said = say("temperature.cold", room="{degrees|number}", degrees=3.0)
    assert fragment(said, Reader(LONDON, NOW)) == "it is too cold in the {degrees|number}: 3 degrees"


@pytest.mark.parametrize(
    ("known_device", "expected"),
    [
        (Device("hub", "a", "hall", "front-door", quantities=("contact",)), ["front-door", None, None]),
        (Device("hub", "a", "hall", "plug", quantities=("switch",)), ["plug", "hall", None]),
        (Device("hub", "a", "hall", "bed", quantities=("bed",)), ["bed", "hall", None]),
        (Device("hub", "a", None, None, quantities=("motion",)), ["motion", None, "a"]),
        (Device("hub", "a", None, None), ["sensor", None, "a"]),
    ],
)
def test_a_device_is_named_by_what_it_is_for(known_device: Device, expected: list[str | None]):
    assert named(known_device) == expected


# ------------------------------------------------------------------------------------------------ one honest sentence


def test_how_a_home_is_through_the_day():
    home = LivedHome(starts="03:00")

    def told(language: str = FIRST) -> str:
        return how_it_is(home.watch.view, home.now, language)

    assert told() == "We have not heard this home yet."
    home.at("03:31")
    assert told() == "No movement seen so far."
    home.at("06:30")
    assert told() == "Not up yet, no movement seen so far."
    home.at("07:32").moves("kitchen").at("08:00")
    assert told() == "Up since 07:32, last seen in the kitchen at 07:32."
    assert told("de") == "Auf seit 07:32 Uhr, zuletzt gesehen in der Küche um 07:32 Uhr."
    home.moves("hall").at("08:01").opens("front-door").closes("front-door").at("09:30")
    assert told() == "Out since about 08:01."
    home.says("smoke", "online", False)
    assert told() == "Out since about 08:01. 1 of 9 sensors is quiet."
    home.goes("away")
    assert told("de") == "Die Wohnung steht auf abwesend. 1 von 9 Sensoren ist still."
    home.falls_silent("hub").at("12:00")
    assert told() == "We have not heard this home since 09:30."
