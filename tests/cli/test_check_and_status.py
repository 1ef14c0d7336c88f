import asyncio
import fcntl
import json
import os
import stat
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from devices.instant import DAY, MINUTE, SECOND, rfc3339
from devices.measurement import Measurement
from gateway.alerts.desk import AlertDesk
from gateway.cli.main import app
from gateway.clock import SystemClock
from gateway.config import AlertSettings, load
from gateway.database.engine import Database
from gateway.database.tables import ContactRow, HubRow
from gateway.errors import BadInput, KeepwellError
from gateway.journal.sqlite import SqliteJournal
from gateway.model import GATEWAY_HOME, Taken, Verdict, Waiting
from gateway.parts import is_running, only_gateway, tell_health
from tests.support.servers import LOOPBACK, free_port

HOME = """
[home]
reference = "ELM-12"
time_zone = "Europe/Lisbon"
[[home.residents]]
name = "Ada"
consent = { by = "Ada", basis = "signed form", at = 2026-01-05T10:00:00 }
[[home.contacts]]
name = "Ana"
channels = ["console:"]
[[home.escalation]]
contacts = ["Ana"]
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory whose configuration leads to a port where no broker is."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("KEEPWELL_")]:
        monkeypatch.delenv(name)
    configure(tmp_path)
    return tmp_path


def configure(place: Path, filters: str = '{ filter = "homes/#" }') -> None:
    (place / "keepwell.toml").write_text(
        f'data = "kept"\n[broker]\nhost = "{LOOPBACK}"\nport = {free_port()}\nfilters = [{filters}]\n', encoding="utf-8"
    )


def run(*words: str) -> Result:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a coroutine that nobody awaited
        warnings.filterwarnings("ignore", module="apprise")
        return CliRunner().invoke(app, words)


def check() -> tuple[int, list[str]]:
    result = run("check")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout.splitlines()


def register(text: str = HOME) -> None:
    Path("home.toml").write_text(text, encoding="utf-8")
    result = run("homes", "import", "home.toml")
    assert result.exit_code == 0, result.output


def one(lines: list[str], words: str) -> str:
    (found,) = (line for line in lines if words in line)
    return found


def test_a_fresh_directory_needs_no_mending_and_stays_as_it_is(place: Path):
    _, lines = check()
    assert one(lines, "history.db").startswith("note store: ")
    assert "made at the first run" in one(lines, "history.db")
    assert "MEND broker" in one(lines, "cannot be reached")
    assert [path.name for path in place.iterdir()] == ["keepwell.toml"]


def test_a_data_directory_that_cannot_be_made_is_to_be_mended(place: Path):
    (place / "kept").write_text("a file", encoding="utf-8")
    _, lines = check()
    assert one(lines, "history.db").startswith("MEND store: ")


@pytest.mark.parametrize("filter_", ["a/#/b", "homes/a+", "zigbee2mqtt/#"])
def test_a_filter_that_cannot_be_is_told_in_a_sentence_and_the_broker_is_not_asked(place: Path, filter_: str):
    configure(place, f'{{ filter = "{filter_}" }}')
    code, lines = check()
    assert code == 1
    assert one(lines, repr(filter_)).startswith("MEND [broker]")
    assert one(lines, "was not asked").startswith("note")
    assert not [line for line in lines if "cannot be reached" in line]


def test_a_filter_for_a_hub_that_is_not_registered_is_to_be_mended(place: Path):
    register()
    configure(place, '{ filter = "zigbee2mqtt/#", hub = "elm-21" }')
    said = one(check()[1], "elm-21")
    assert said.startswith("MEND")
    assert "did you mean elm-12?" in said
    configure(place, '{ filter = "zigbee2mqtt/#", hub = "elm-12" }')
    assert not [line for line in check()[1] if "not registered" in line]


def test_qos_0_is_told_for_a_day(place: Path):
    register()

    def heard(ago: int) -> list[str]:
        database = Database.open(place / "kept")
        with database.transaction() as session:
            hub = session.get(HubRow, "elm-12")
            assert hub is not None
            hub.qos0_at = SystemClock().now() - ago
        database.close()
        return [line for line in check()[1] if "QoS 0" in line]

    assert ", last at 2" in heard(MINUTE)[0]
    assert heard(DAY + MINUTE) == []


def test_numbers_agree_with_their_nouns(place: Path):
    register()
    assert one(check()[1], "registry:").endswith("registry: 1 home, 1 hub, 0 devices")


def test_rules_beside_a_pack_leave_nothing_out_but_what_they_switch_off(place: Path):
    packed = HOME.replace('reference = "ELM-12"', 'reference = "ELM-12"\npack = "falls-risk"', 1)
    register(packed + '[[home.rules]]\ntype = "door_open"\n')
    assert not [line for line in check()[1] if "raises no alert" in line]
    register(packed + '[[home.rules]]\ntype = "hazard"\nenabled = false\n')
    (line,) = [line for line in check()[1] if "raises no alert" in line]
    assert line.startswith("note ELM-12: its rule hazard is switched off")


def test_rules_that_leave_out_what_matters_or_call_nobody_are_noted(place: Path):
    register(HOME + '[[home.rules]]\ntype = "door_open"\nroute = "nights"\n[[home.rules]]\ntype = "hazard"\n')
    lines = check()[1]
    assert one(lines, "no pendant rule").startswith("note ELM-12")
    assert not [line for line in lines if "no hazard rule" in line]
    assert one(lines, '"nights"').startswith("note ELM-12: rule door_open")
    register(HOME.replace('contacts = ["Ana"]', 'contacts = ["Ana"]\n[[home.escalation]]\nroute = "nights"\n'
                          'contacts = ["Ana"]'))  # fmt: skip
    assert not [line for line in check()[1] if "nights" in line]


def test_a_channel_that_cannot_be_used_is_to_be_mended_and_keeps_its_secret(place: Path):
    register()
    database = Database.open(place / "kept")
    with database.transaction() as session:
        session.query(ContactRow).one().channels = ["telepathy://secret@example.org"]
    database.close()
    said = one(check()[1], "telepathy")
    assert said.startswith("MEND ELM-12: contact Ana: channel telepathy://")
    assert "secret" not in said


def test_a_token_file_that_is_not_there_is_told_in_a_sentence(place: Path):
    with (place / "keepwell.toml").open("a", encoding="utf-8") as file:
        file.write('[store]\nkind = "influx"\ntoken_file = "token"\n')
    assert one(check()[1], "[store] token_file cannot be read").startswith("MEND store")


def test_that_nobody_would_hear_of_the_gateways_own_trouble_is_noted(place: Path, monkeypatch: pytest.MonkeyPatch):
    dead, in_trouble = (
        "nobody would hear if the gateway died: set healthcheck_url",
        "in trouble: set [alerts] operators",
    )
    lines = check()[1]
    assert one(lines, dead).startswith("note")
    assert one(lines, in_trouble).startswith("note")
    monkeypatch.setenv("KEEPWELL_HEALTHCHECK_URL", "https://hc.example.org/ping/x")
    lines = check()[1]
    assert one(lines, in_trouble).startswith("note")
    assert dead not in "".join(lines)
    monkeypatch.delenv("KEEPWELL_HEALTHCHECK_URL")
    monkeypatch.setenv("KEEPWELL_ALERTS__OPERATORS", '["console:", "mqtt:", "telepathy://secret@example.org"]')
    lines = check()[1]
    assert one(lines, dead).startswith("note")
    assert in_trouble not in "".join(lines)
    assert one(lines, "telepathy").startswith("MEND [alerts] operators: telepathy://")
    assert "mqtt:" not in one(lines, "telepathy"), "it has no topic for the gateway"
    assert one(lines, "operators: mqtt:").startswith("MEND")
    assert "secret" not in "".join(lines)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (b"no database, but a text about one " * 99, "is damaged: restore a backup with keepwell restore"),
        (None, "cannot be written"),
    ],
)
def test_a_registry_that_cannot_be_read_is_to_be_mended(place: Path, damage: bytes | None, words: str):
    register()
    for path in (place / "kept").glob("keepwell.db*"):
        path.unlink()
    file = place / "kept" / "keepwell.db"
    if damage is None:
        file.mkdir()
    else:
        file.write_bytes(damage)
    code, lines = check()
    assert code == 1
    assert one(lines, words).startswith(f"MEND {Path('kept')}/keepwell.db")
    result = run("status")
    assert isinstance(result.exception, KeepwellError)


@pytest.mark.parametrize("given", ["hc.example.org/ping/secret", "mailto:secret@example.org", "https://", "https:// x"])
def test_a_healthcheck_url_that_nobody_can_call_is_refused_and_not_shown(
    place: Path, monkeypatch: pytest.MonkeyPatch, given: str
):
    monkeypatch.setenv("KEEPWELL_HEALTHCHECK_URL", given)
    result = run("check")
    assert isinstance(result.exception, BadInput)
    assert "[healthcheck_url] is no address that can be called" in str(result.exception)
    assert "secret" not in str(result.exception)
    monkeypatch.setenv("KEEPWELL_HEALTHCHECK_URL", "")
    assert load(place / "keepwell.toml").healthcheck_url is None


def test_a_configuration_that_cannot_be_read_is_told_in_a_sentence(place: Path):
    for path, words in ((place, "cannot be read"), (place / "latin.toml", "is not UTF-8")):
        (place / "latin.toml").write_bytes('data = "José"'.encode("latin-1"))
        result = run("check", "--config", str(path))
        assert isinstance(result.exception, BadInput)
        assert words in str(result.exception)


def test_an_address_to_look_in_that_is_none_is_to_be_mended(place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KEEPWELL_HEALTH__LISTEN", "8730")
    assert one(check()[1], "[health] listen").startswith("MEND")


# ------------------------------------------------------------------------------------------------ status


def test_status_tells_how_broker_and_store_are_while_the_gateway_runs(place: Path):
    register()
    kept = place / "kept"
    well = {"at": rfc3339(SystemClock().now()), "connected": True, "draining": False, "broker": None, "store": None}
    tell_health(kept, well)
    assert "Broker" not in run("status").stdout, "what a stopped gateway told last is old"
    with only_gateway(kept):
        said = run("status").stdout
        assert "Broker: connected\n" in said
        assert "Store: all well\n" in said
        assert json.loads(run("status", "--json").stdout)["health"] == well
        tell_health(kept, well | {"connected": False, "broker": "[x] refused", "store": "no route"})
        said = run("status").stdout
        assert "Broker: not reached ([x] refused)\n" in said
        assert "Store: trouble (no route)\n" in said
        tell_health(kept, well | {"at": rfc3339(SystemClock().now() - 2 * MINUTE)})
        assert "not known" in run("status").stdout
        (kept / "health.json").write_text("{", encoding="utf-8")
        assert "not known" in run("status").stdout


def test_status_tells_of_the_gateways_own_troubles_and_of_alerts_about_it(place: Path):
    register()

    async def report() -> None:
        database = Database.open(place / "kept")
        disk = Verdict("trigger", GATEWAY_HOME, "gateway", "disk", 5, "equipment", 2, "The disk [x] is full.")
        await AlertDesk(database, AlertSettings()).report([disk], SystemClock().now())
        database.close()

    asyncio.run(report())
    assert "Alert 1 about Keepwell itself, raised: The disk [x] is full.\n" in run("status").stdout
    (told,) = json.loads(run("status", "--json").stdout)["gateway_alerts"]
    assert (told["alert"], told["about"], told["state"]) == (1, "disk", "raised")
    with only_gateway(place / "kept"):
        tell_health(place / "kept", {"at": rfc3339(SystemClock().now()), "connected": True, "troubles": ["No [room]."]})
        assert "Trouble: No [room].\n" in run("status").stdout


def test_status_counts_what_waits_for_an_address(place: Path):
    register()

    async def hear(taken: Taken) -> None:
        journal = await SqliteJournal.open(place / "kept" / "journal.db")
        await journal.append([taken])
        await journal.close()

    asyncio.run(hear(Taken()))
    assert "Waiting" not in run("status").stdout
    moved = Measurement("zigbee2mqtt:name:hall", "motion", True)
    asyncio.run(hear(Taken(waiting=(Waiting("elm-12", moved, SECOND),))))
    assert "Waiting: 1 reading of devices whose address is not known yet" in run("status").stdout
    said = run("devices", "heard").stdout
    assert "1 reading on hub elm-12 waiting until the hub says which sensor is meant by zigbee2mqtt:name:hall" in said


# ------------------------------------------------------------------------------------------------ the lock


def test_somebody_who_only_looks_does_not_keep_a_gateway_from_starting(tmp_path: Path):
    with (tmp_path / "gateway.lock").open("w") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        timer = threading.Timer(0.03, fcntl.flock, (looking, fcntl.LOCK_UN))
        timer.start()
        with only_gateway(tmp_path):
            assert is_running(tmp_path)
        timer.join()
    assert not is_running(tmp_path)


def test_a_second_gateway_is_refused_and_the_firsts_number_stays(tmp_path: Path):
    with only_gateway(tmp_path):
        began = time.monotonic()
        with pytest.raises(BadInput, match="another gateway"), only_gateway(tmp_path):
            pass
        assert time.monotonic() - began < 2
        assert (tmp_path / "gateway.lock").read_text(encoding="utf-8") == str(os.getpid())


def test_a_data_directory_that_is_made_is_for_its_owner_only_and_one_that_is_there_stays_as_it_is(tmp_path: Path):
    with only_gateway(tmp_path / "lock"):
        assert stat.S_IMODE((tmp_path / "lock").stat().st_mode) == 0o700
    Database.open(tmp_path / "database").close()
    assert stat.S_IMODE((tmp_path / "database").stat().st_mode) == 0o700
    (tmp_path / "there").mkdir(mode=0o750)
    with only_gateway(tmp_path / "there"):
        Database.open(tmp_path / "there").close()
        assert stat.S_IMODE((tmp_path / "there").stat().st_mode) == 0o750


def test_a_data_directory_that_may_not_be_written_is_told_with_what_to_do(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="give another data directory"), only_gateway(tmp_path / "file"):
        pass
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "gateway.lock").touch(mode=0o400)
    with (
        as_another_account(tmp_path),
        pytest.raises(BadInput, match="chown -R ACCOUNT"),
        only_gateway(tmp_path / "kept"),
    ):
        pass


@contextmanager
def as_another_account(folder: Path) -> Iterator[None]:
    """Root may write everything; so it is somebody else for a moment, who may look into `folder`."""
    if os.geteuid() != 0:
        yield
        return
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


# ------------------------------------------------------------------------------------------------ help


@pytest.mark.parametrize("group", [(), ("homes",), ("devices",), ("contacts",)], ids=" ".join)
def test_every_command_is_introduced_in_one_whole_line(group: tuple[str, ...]):
    result = CliRunner().invoke(app, [*group, "--help"], env={"COLUMNS": "80"}, terminal_width=80)
    commands = result.stdout.split("Commands:")[1]
    assert "..." not in commands
    assert max(map(len, commands.splitlines())) <= 80


def test_it_says_which_version_it_is():
    assert run("--version").stdout.startswith("keepwell 0.")
