import contextlib
import string
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devices.quantity import QUANTITIES
from gateway.errors import BadInput
from gateway.model import Mode, Purpose, Role, RoomKind, Sees
from gateway.registry.homefile import HomeFile, dump_home, load_home, read_home
from gateway.registry.tomltext import value_text
from tests.support.shared import shared_data

HEAD = '[home]\nreference = "ELM-12"\ntime_zone = "Europe/Lisbon"\noccupants = 1\n'
SHARED = {"casas_hh111_week": (7, 57), "casas_tm000_absence": (8, 22), "homeassistant_pt": (3, 5)}


def refusal(text: str, **options: object) -> str:
    with pytest.raises(BadInput) as refused:
        read_home(text, "elm.toml", **options)
    return str(refused.value)


@pytest.mark.parametrize("name", SHARED)
def test_recorded_homes_load(name: str):
    file = load_home(shared_data(f"{name}.home.toml"))
    home = file.to_home(5)
    assert (len(home.rooms), len(home.devices)) == SHARED[name]
    assert home.consent
    assert [hub.name for hub in home.hubs] == [file.reference.lower()]
    assert {(device.hub, device.registered_at) for device in home.devices} == {(file.reference.lower(), 5)}
    assert read_home(dump_home(file)) == file


def test_outages_are_local_time_where_they_carry_no_offset():
    file = read_home(
        HEAD
        + '[[home.devices]]\naddress = "a:1"\n'
        + '[[home.outages]]\nstart = 2026-07-01T10:00:00\nend = "2026-07-01 12:00"\n'
        + '[[home.outages]]\ndevice = "a:1"\nstart = 2026-07-01T10:00:00Z\nend = "2026-07-02T00:00:00+01:00"\n'
        + '[[home.outages]]\nstart = "2026-10-25T01:40:00"\nend = "2026-10-25T01:10:00"\n'
    )
    hours = [(outage.end - outage.start) / 3_600_000_000 for outage in file.outage_times()]
    assert hours == [2, 13, 0.5]
    assert file.outage_times()[0].start == file.instant("2026-07-01T09:00:00Z")
    assert [outage.device for outage in file.outage_times()] == [None, "a:1", None]


def test_everything_that_a_file_may_say():
    file = read_home(
        HEAD
        + """
        [[home.hubs]]
        name = "elm-a"
        [[home.hubs]]
        name = "elm-b"
        replay = true
        [[home.devices]]
        address = "zigbee2mqtt:0x1"
        hub = "elm-b"
        quantities = ["contact", "battery"]
        last_heard = 2026-01-01T08:00:00
        [[home.residents]]
        name = "Ada"
        consent = { by = "Ada herself", basis = "signed form", at = 2026-01-01 }
        [[home.contacts]]
        name = "Ben"
        channels = ["mailto://ben@example.org", "console:"]
        language = "de"
        quiet_hours = "22:00-7:00"
        [[home.escalation]]
        contacts = ["Ben"]
        wait = "5 min"
        [[home.escalation]]
        route = "fire"
        contacts = ["Ben"]
        wait = 90
        [[home.rules]]
        type = "not_up"
        route = "family"
        by = 10:30:00
        [[home.rules]]
        type = "temperature"
        key = "baby room"
        low = { limit = 18.5, minutes = 60 }
        """
    )
    assert file.consents
    assert [step.wait for step in file.escalation] == [300, 90]
    assert file.contacts[0].quiet_hours == "22:00-07:00"
    home = file.to_home(0)
    assert home.devices[0].hub == "elm-b"
    assert [hub.replay for hub in home.hubs] == [False, True]
    assert (home.rules[0].type, home.rules[0].route, dict(home.rules[0].parameters)) == (
        "not_up", "family", {"by": "10:30"},
    )  # fmt: skip
    assert dict(home.rules[1].parameters) == {"low": {"limit": 18.5, "minutes": 60}}
    assert 'wait = "5 min"' in dump_home(file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD.replace("ELM-12", "Mrs Elm"), ["[home]", "reference", "letters, digits and hyphens"]),
        (HEAD.replace("Lisbon", "Lisbonn"), ["time_zone", "did you mean Europe/Lisbon?"]),
        (HEAD.replace('time_zone = "Europe/Lisbon"', ""), ['key "time_zone" is missing']),
        (HEAD + 'colour = "red"', ['key "colour" is not known', "time_zone"]),
        (HEAD + 'mode = "gone"', ['mode "gone"', "away"]),
        (HEAD + '[[home.rooms]]\nname = "hall"\nkind = "hal"', ['[[home.rooms]] no. 1 "hall"', "did you mean hall?"]),
        (HEAD + '[[home.devices]]\naddress = "a:1"\nrole = "fridg"', ["a:1", "did you mean fridge?"]),
        (HEAD + '[[home.devices]]\naddress = "a:1"\nroom = "hall"', ['room "hall" is not known', "[[home.rooms]]"]),
        (HEAD + '[[home.devices]]\naddress = "a:1"\n' * 2, ['no. 2 "a:1": is no. 1 again']),
        (HEAD + '[[home.devices]]\naddress = "a:1"\nplace = "x"', ['key "place" is not known', "address, hub"]),
        (HEAD + '[[home.devices]]\naddress = "a:1"\nquantities = ["moton"]', ["did you mean motion?"]),
        (HEAD + '[[home.devices]]\naddress = "a:1"\nhub = "x"', ['hub "x" is not known', "elm-12"]),
        (
            HEAD + '[[home.hubs]]\nname = "a"\n[[home.hubs]]\nname = "b"\n[[home.devices]]\naddress = "a:1"',
            ["several hubs", 'hub = "…"', "a, b"],
        ),
        (HEAD + '[[home.hubs]]\nname = "a/b"', ["'a/b' is no hub name"]),
        (
            HEAD + '[[home.contacts]]\nname = "Anna"\nchannels = ["mqtt:"]\n[[home.escalation]]\ncontacts = ["Ana"]',
            ['contact "Ana" is not known', "did you mean Anna?"],
        ),
        (HEAD + '[[home.contacts]]\nname = "Anna"\nchannels = []', ["channels: give at least one"]),
        (HEAD + '[[home.contacts]]\nname = "Anna"\nchannels = ["anna"]', ["Apprise URL"]),
        (
            HEAD + '[[home.outages]]\nstart = "2026-01-02"\nend = "2026-01-01T10:00:00"',
            ["end 2026-01-01T10:00:00 is not after start 2026-01-02"],
        ),
        (HEAD + '[[home.outages]]\nstart = "soon"\nend = "2026-01-01"', ["'soon' is not a time"]),
        (HEAD + '[[home.outages]]\ndevice = "a:9"\nstart = 2026-01-01\nend = 2026-01-02', ['device "a:9"']),
        (HEAD + '[[home.rules]]\ntype = "not_up"\n' * 2, ["is no. 1 again", "key"]),
        (HEAD + "[[home.rules]]\nby = 1", ['key "type" is missing']),
        (HEAD + "[extra]\n", ["[extra]: unknown table"]),
        ("", ["[home]: this table is missing"]),
        ("[home\n", ["not valid TOML"]),
    ],
)
def test_a_mistake_is_named_with_its_place_and_fix(text: str, words: list[str]):
    said = refusal(text)
    assert said.startswith("elm.toml")
    for word in words:
        assert word in said
    assert "\n" not in said, "one mistake, one line"


def test_all_mistakes_are_told_at_once():
    said = refusal(
        HEAD.replace("Lisbon", "Nowhere")
        + 'pets = 1\n[[home.devices]]\naddress = "a:1"\nroom = "hall"\n[[home.devices]]\nrole = "x"'
    )
    assert said.startswith("elm.toml has 5 problems:\n- ")
    assert said.count("\n- ") == 5


def test_rule_parameters_are_checked_by_whoever_knows_them():
    def validate(rule_type: str, parameters: object) -> None:
        if rule_type == "door_open":
            raise ValueError(f"minutes must be a number, not {parameters}")

    text = HEAD + '[[home.rules]]\ntype = "not_up"\n[[home.rules]]\ntype = "door_open"\nminutes = "many"'
    assert '[[home.rules]] no. 2 "door_open": minutes must be a number' in refusal(text, validate_rule=validate)


def test_a_missing_or_unreadable_file_is_told(tmp_path: Path):
    with pytest.raises(BadInput, match="does not exist"):
        load_home(tmp_path / "none.toml")
    with pytest.raises(BadInput, match="cannot be read"):
        load_home(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'[home]\nreference = "\xe9"')
    with pytest.raises(BadInput, match="UTF-8"):
        load_home(tmp_path / "latin.toml")


# ------------------------------------------------------------------------------------------------ round trip

LINES = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=30).filter(
    lambda text: text == text.strip()
)
WORDS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8)
MOMENTS = st.datetimes().filter(lambda moment: 1971 <= moment.year < 2200).map(lambda moment: moment.isoformat())
JSON = st.recursive(
    st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def home_files(draw: st.DrawFn) -> HomeFile:
    rooms = draw(st.lists(LINES, max_size=4, unique=True))
    hubs = draw(st.lists(WORDS, max_size=3, unique=True))
    people = draw(st.lists(LINES, max_size=4, unique=True))
    addresses = draw(st.lists(LINES, max_size=5, unique=True))
    optional_room = st.sampled_from([None, *rooms])
    devices = [
        {
            "address": address,
            "hub": draw(st.sampled_from(hubs)) if hubs else None,
            "room": draw(optional_room),
            "role": draw(st.none() | st.sampled_from(get_args(Role))),
            "maker": draw(st.none() | LINES),
            "quantities": draw(st.lists(st.sampled_from(sorted(QUANTITIES)), max_size=3)),
            "last_heard": draw(st.none() | MOMENTS),
        }
        for address in addresses
    ]
    consent = st.fixed_dictionaries(
        {
            "by": LINES,
            "basis": LINES,
            "at": MOMENTS,
            "purposes": st.lists(st.sampled_from(get_args(Purpose)), unique=True),
            "review_on": st.none() | st.sampled_from(["2027-01-31", "2030-12-01"]),
        }
    )
    steps = st.lists(
        st.fixed_dictionaries(
            {
                "route": WORDS,
                "contacts": st.lists(st.sampled_from(people), min_size=1, unique=True) if people else st.just([]),
                "wait": st.integers(1, 86_400),
            }
        ),
        max_size=3 if people else 0,
    )
    rules = st.lists(
        st.dictionaries(
            st.text(st.characters(codec="utf-8")).filter(lambda key: key not in {"type", "key", "route"}),
            JSON,
            max_size=3,
        ),
        max_size=3,
    )
    return HomeFile.model_validate(
        {
            "reference": draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9-]{1,20}", fullmatch=True)),
            "time_zone": draw(st.sampled_from(["UTC", "Europe/Lisbon", "America/Los_Angeles"])),
            "area": draw(st.none() | LINES),
            "occupants": draw(st.integers(1, 5)),
            "mode": draw(st.none() | st.sampled_from(get_args(Mode))),
            "rooms": [{"name": room, "kind": draw(st.sampled_from(get_args(RoomKind)))} for room in rooms],
            "hubs": [{"name": hub, "replay": draw(st.booleans())} for hub in hubs],
            "devices": devices,
            "residents": [{"name": name, "consent": draw(st.none() | consent)} for name in people],
            "contacts": [
                {"name": name, "channels": [f"x:{name}"], "sees": draw(st.sampled_from(get_args(Sees)))}
                for name in people
            ],
            "escalation": draw(steps),
            "rules": [{**rule, "type": f"rule{number}"} for number, rule in enumerate(draw(rules))],
        }
    )  # fmt: skip


@given(home_files())
def test_a_home_written_and_read_again_is_the_same(file: HomeFile):
    assert read_home(dump_home(file)) == file


KEYS = st.sampled_from(sorted(HomeFile.model_fields)) | WORDS
ENTRY_KEYS = st.sampled_from(
    ["name", "kind", "address", "room", "hub", "contacts", "channels", "start", "end", "type", "key"]
)
ODD = JSON | st.sampled_from(["hall", "a:1", "2026-01-01", "Europe/Lisbon"])
ENTRIES = st.lists(st.dictionaries(ENTRY_KEYS | WORDS, ODD, max_size=4) | ODD, max_size=3)


@example({"devices": [{"name": "hall", "address": []}]})
@given(st.dictionaries(KEYS, ENTRIES | ODD, max_size=8))
def test_whatever_a_file_holds_it_is_read_or_refused_in_words(home: dict[str, object]):
    text = f"home = {value_text({'reference': 'ELM-12', 'time_zone': 'UTC', **home})}"
    with contextlib.suppress(BadInput):
        read_home(text)
