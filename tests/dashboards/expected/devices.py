"""What the board Devices has to show: which of the town's sensors are silent, stuck, fading, weak or unknown."""

from collections.abc import Callable

import pytest

from devices.instant import DAY, HOUR
from gateway.model import Fact
from tests.dashboards import works
from tests.dashboards.expected.checks import Panels, Shown, binned, said, step_of
from tests.dashboards.residents import (
    BLIND,
    FADING,
    NEVER_HEARD,
    NOW,
    OF_RADIO,
    OFFLINE,
    SILENT,
    STUCK,
    silent_devices,
)  # fmt: skip
from tests.dashboards.town import Town

PANELS = Panels()
_KEY = ("home", "room", "role", "device")


def _latest(town: Town) -> dict[tuple[str, ...], Fact]:
    return town.latest("device_state", *_KEY)


def _silent(town: Town) -> set[tuple[str, str]]:
    """What cannot be heard in the town at NOW, by home and device."""
    found = {("ELM-16", "spare")}
    assert NEVER_HEARD == 16
    for one in town.homes:
        if one.number == OFFLINE:
            found |= {(one.reference, device.address) for device in one.home.devices}
        elif one.number == BLIND or one.number in SILENT:
            found |= {(one.reference, device) for device in silent_devices(one.home, one.number)}
    return found


@PANELS("Devices")
def _(town: Town, shown: Shown) -> None:
    assert shown.only() == sum(len(one.home.devices) for one in town.homes)


@PANELS("Silent")
def _(town: Town, shown: Shown) -> None:
    assert shown.only() == len(_silent(town))


@PANELS("Stuck")
def _(town: Town, shown: Shown) -> None:
    assert shown.only() == sum(fact.fields["stuck"] for fact in _latest(town).values()) >= 1


@PANELS("Battery low")
def _(town: Town, shown: Shown) -> None:
    assert shown.only() == sum(fact.fields["battery_low"] for fact in _latest(town).values()) >= 1


@PANELS("Unregistered")
def _(town: Town, shown: Shown) -> None:
    assert shown.only() == len(works.UNREGISTERED)
    assert town.homes


@PANELS("Quarantined messages")
def _(town: Town, shown: Shown) -> None:
    assert shown.only() == sum(works.REJECTED.values())
    assert town.homes


def _that_are(field: str) -> Callable[[Town, Shown], None]:
    def check(town: Town, shown: Shown) -> None:
        rows = shown.table(*_KEY)
        wanted = {key: fact for key, fact in _latest(town).items() if fact.fields[field]}
        assert set(rows) == set(wanted)
        for key, row in rows.items():
            for name in (field, "heard_s", "battery"):
                assert row[name] == wanted[key].fields.get(name), (key, name)
        if field == "silent":
            assert {(home, device) for home, _, _, device in rows} == _silent(town)
        if field == "stuck":
            assert f"ELM-{STUCK:02}" in {home for home, *_ in rows}
        if field == "battery_low":
            assert {home for home, *_ in rows} == {f"ELM-{FADING:02}"}

    return check


PANELS["Silent devices"] = _that_are("silent")
PANELS["Stuck devices"] = _that_are("stuck")
PANELS["Batteries to change"] = _that_are("battery_low")


@PANELS("Batteries: weeks left")
def _(town: Town, shown: Shown) -> None:
    rows = shown.table(*_KEY)
    truth = {(one.reference, device): trend for one in town.homes for device, trend in one.battery.items()}
    fading = f"ELM-{FADING:02}"
    device = town.home(fading).home.devices[0].address
    found = {(home, name): row for (home, _, _, name), row in rows.items()}
    assert found[fading, device]["weeks"] == pytest.approx(12.5 / (7 * 1.5), rel=0.15)
    assert min(row["weeks"] for row in found.values()) == found[fading, device]["weeks"]
    checked = 0
    for key, row in found.items():
        if key in _silent(town):
            continue
        _, a_day = truth[key]
        assert row["weekly"] == pytest.approx(7 * a_day, rel=0.12, abs=0.1), key
        assert row["weeks"] == pytest.approx(row["level"] / row["weekly"]), key
        checked += 1
    assert checked > 200


def _of_radio(field: str) -> Callable[[Town, Shown], None]:
    def check(town: Town, shown: Shown) -> None:
        wanted = {key: fact.fields[field] for key, fact in _latest(town).items() if field in fact.fields}
        assert {key: row[field] for key, row in shown.table(*_KEY).items()} == wanted
        if field == "rssi":
            assert {home for home, *_ in wanted} == {f"ELM-{number:02}" for number in OF_RADIO}

    return check


PANELS["Weakest links"] = _of_radio("link_quality")
PANELS["Weakest signals"] = _of_radio("rssi")


@PANELS("Devices that nobody registered")
def _(town: Town, shown: Shown) -> None:
    rows = shown.table("device")
    assert set(rows) == {(device,) for _, device in works.UNREGISTERED}
    for (_, device), (model, count, ago_s) in works.UNREGISTERED.items():
        row = rows[device,]
        assert (row["model"], row["count"]) == (model, count)
        assert row["heard_s"] == pytest.approx(max(0, ago_s - 30), abs=1)
    assert town.homes


@PANELS("Quarantined messages by reason")
def _(town: Town, shown: Shown) -> None:
    wanted = {reason: (kept, len(works.of_reason(reason))) for reason, kept in works.rejected_by_reason().items()}
    assert {reason: (row["messages"], row["homes"]) for (reason,), row in shown.table("reason").items()} == wanted
    assert town.homes


@PANELS("Quarantined messages over time")
def _(town: Town, shown: Shown) -> None:
    series = shown.answer("A").by("reason")
    step = step_of(shown.answer("A"))
    for reason, frame in series.items():
        told = [(point.at, (point.tags["home"], point.fields["count"])) for point in town.points("gateway_rejected")
                if point.tags["reason"] == reason]  # fmt: skip
        wanted = {at: sum(dict(sorted(each)).values()) for at, each in binned(told, step).items()}
        assert said(frame) == wanted, reason
    assert set(series) == set(works.rejected_by_reason())
    assert all(len(said(frame)) >= 2 * HOUR / step_of(shown.answer("A")) for frame in series.values())
    assert town.homes


@PANELS("All devices")
def _(town: Town, shown: Shown) -> None:
    rows, wanted = shown.table(*_KEY), _latest(town)
    assert set(rows) == set(wanted)
    assert {(home, device) for home, _, _, device in rows} == {
        (one.reference, device.address) for one in town.homes for device in one.home.devices
    }  # fmt: skip
    for key, row in rows.items():
        for name in ("silent", "stuck", "battery_low", "heard_s", "battery", "link_quality", "rssi", "model"):
            assert row[name] == wanted[key].fields.get(name), (key, name)
    assert all(fact.at > NOW - DAY for fact in wanted.values())
