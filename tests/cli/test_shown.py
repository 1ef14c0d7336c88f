"""Tables on a terminal: as a table where there is room, else row by row, and never with an address cut."""

import sys

import pytest

from gateway.cli.shown import show_table

ADDRESS = "shelly:shellyplussmoke-a8032abe54dc"
ROW = ("elm-12", ADDRESS, None, "battery, battery_voltage, rssi, smoke")


@pytest.mark.parametrize(("width", "as_table"), [(40, False), (80, False), (200, True)])
def test_what_people_copy_is_never_cut(
    width: int, as_table: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    show_table(("hub", "address", "room", "quantities"), [ROW], title="Devices", key="address")
    said = capsys.readouterr().out
    assert ADDRESS in said
    assert ("│" in said) is as_table
    assert as_table or "hub elm-12; quantities battery" in " ".join(said.split())
