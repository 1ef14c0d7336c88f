"""The benchmarks themselves: that they run and what their report holds. No figure is judged here."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from devices.conventions import CONVENTIONS
from devices.decode import HubDecoder
from devices.measurement import Message
from tests.benchmarks import conventions, run, table, targets, town
from tests.benchmarks.options import Options
from tests.support.shared import CHECKOUT

pytestmark = pytest.mark.timeout(120)


def test_a_quick_run_of_the_stages_alone_makes_a_report(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    assert run.main(["kernels", "--quick", "--out", str(out), "--folder", str(tmp_path)]) == 0
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["errors"] == {}
    assert report["machine"]["cores"] >= 1
    assert report["options"]["homes"] == 20
    kernels = report["results"]["kernels"]
    assert {name for name in kernels if name.endswith("_per_s")} == {
        "decode_one_messages_per_s",
        "decode_six_messages_per_s",
        "decode_and_bind_one_messages_per_s",
        "decode_and_bind_six_messages_per_s",
        "journal_append_messages_per_s",
        "journal_read_readings_per_s",
        "watch_engine_readings_per_s",
        "watch_with_commits_readings_per_s",
        "line_protocol_lines_per_s",
    }
    assert all(value > 0 for value in kernels.values())
    assert "line protocol lines per s" in table.written(f"{table.BEGIN}{table.END}", report)


def test_each_convention_is_measured_by_what_its_devices_say_and_by_the_worst_that_comes(tmp_path: Path) -> None:
    found = conventions.run(replace(Options(folder=tmp_path), seconds=0.01))
    assert set(found) == set(CONVENTIONS)
    for name in ("keepwell", "zigbee2mqtt", "homie"):
        assert found[name]["messages_per_s"] > 0
        assert found[name]["worst_1_mib_ms"] > 0
    judged = {one["name"] for one in targets.judged({"decode": found})}
    assert {"decode: homie", "decode: sparkplug, worst of 1 MiB"} <= judged


def test_a_benchmark_that_fails_is_told_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_options: object) -> dict[str, object]:
        raise RuntimeError("no broker")

    monkeypatch.setitem(run.BENCHMARKS, "pendant", fails)
    monkeypatch.setitem(run.BENCHMARKS, "memory", lambda _options: {"heard_six_mib": {"highest": 412.5}})
    out = tmp_path / "bench.json"
    assert run.main(["pendant", "memory", "--out", str(out)]) == 1
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["errors"] == {"pendant": "RuntimeError: no broker"}
    (target,) = report["targets"]
    assert (target["measured"], target["met"], target["wanted"]) == (412.5, False, "below 300 MiB")


@pytest.mark.parametrize("kind", town.READINGS)
def test_every_message_of_a_load_holds_as_many_readings_as_the_figures_say(kind: str) -> None:
    decoder = HubDecoder()
    for topic, payload in town.messages(2, kind):
        assert len(decoder.decode(Message(topic, payload)).measurements) == town.READINGS[kind], topic


def test_a_rate_counts_from_its_limit_on_and_a_wait_only_below_it() -> None:
    results = {"throughput-one": {"gateway": {"messages_per_s": 8_000}}, "pendant": {"ms": {"p50": 50.0, "p99": 249.9}}}
    assert [one["met"] for one in targets.judged(results)] == [True, False, True]


def test_the_page_on_speed_has_a_place_for_the_figures() -> None:
    page = (CHECKOUT / "docs" / "performance.md").read_text(encoding="utf-8")
    report = {
        "at": "2026-01-01",
        "machine": {"cores": 2, "processor": "x", "python": "3.11", "mosquitto": "2", "system": "Linux",
                    "fsync_ms": {"median": 1.0}},
        "options": {"seconds": 1.0},
        "results": {"start": {"read": {"first_acknowledgement_s": 1_234.5}}},
        "targets": [],
    }  # fmt: skip
    assert "| read first acknowledgement s | 1,234.5 |" in table.written(page, report)
