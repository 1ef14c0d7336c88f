"""House rules of the conventions: every module in the table, documented and pure."""

import ast
import pkgutil
from pathlib import Path

import pytest

import devices
import devices.conventions
from devices import catalogue
from devices.conventions import CONVENTIONS

ROOT = Path(devices.__file__).parent
FORBIDDEN = {"asyncio", "socket", "sqlite3", "os", "logging", "time", "pathlib", "subprocess", "threading", "random"}


def test_every_module_is_in_the_table():
    assert {module.name for module in pkgutil.iter_modules(devices.conventions.__path__)} == set(CONVENTIONS)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_every_convention_is_documented(name: str):
    page = (ROOT.parent / "docs" / "devices.md").read_text()
    assert f"`{name}`" in page


def test_every_reason_is_documented():
    page = (ROOT.parent / "docs" / "devices.md").read_text()
    sources = [path for path in ROOT.rglob("*.py") if "simulation" not in path.parts]
    reasons = {
        call.args[0].value
        for path in sources
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Rejected"
        if isinstance(call.args[0], ast.Constant)
    }
    assert len(reasons) >= 9
    assert [reason for reason in reasons if f"`{reason}`" not in page] == []


def test_the_package_does_no_input_or_output():
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            allowed = {"random"} if "simulation" in path.parts else set()
            assert not {name.split(".")[0] for name in names} & (FORBIDDEN - allowed), path


def test_check_ins_and_roles():
    assert catalogue.check_in_s("SMSZB-120") == 1800
    assert catalogue.check_in_s("Door sensor (SNZB-04)") == catalogue.check_in_s("SNZB-04") == 7200
    assert catalogue.check_in_s("Milesight WS101") == catalogue.check_in_s("ws101") == 18 * 3600
    assert catalogue.check_in_s(None) is None
    assert catalogue.check_in_s("unheard of") is None
    assert catalogue.suggested_role("TS0215A_sos") == "pendant"
    assert catalogue.suggested_role(None, ("switch", "power")) == "plug"
    assert catalogue.suggested_role("RTCGQ11LM", ("motion",)) is None


@pytest.mark.parametrize(("name", "quantities", "role"), [
    ("Front door", ("contact", "battery"), "front-door"),
    ("frontdoor_contact", ("contact",), "front-door"),
    ("Front door", ("motion",), None),
    ("Bedroom window", ("contact",), "window"),
    ("Kitchen kettle", ("switch", "power"), "kettle"),
    ("Kitchen plug", ("switch", "power"), "plug"),
    ("Bed pad", ("contact",), "bed"),
    ("Bedroom", ("contact",), None),
    ("Bedroom door", ("contact",), "interior-door"),
    ("Mum's pendant", ("button",), "pendant"),
    ("Red cord bathroom", ("button",), "pull-cord"),
    ("Pad", ("chair", "battery"), "chair"),
])  # fmt: skip
def test_a_name_tells_an_installer_the_likely_role(name: str, quantities: tuple[str, ...], role: str | None):
    assert catalogue.suggested_role(None, quantities, name) == role


@pytest.mark.parametrize(("model", "volts", "percent"), [
    ("MCCGQ11LM", 3.05, 100), ("MCCGQ11LM", 2.925, 50), ("MCCGQ11LM", 2.5, 0), ("SNZB-04", 2.9, 42),
    ("SNZB-04", 2.82, 30), ("SNZB-04", 1.9, 0), ("unheard of", 3.0, None), (None, 3.0, None), ("SMSZB-120", 3.0, None),
])  # fmt: skip
def test_a_known_model_tells_its_charge_by_its_voltage(model: str | None, volts: float, percent: float | None):
    assert catalogue.battery_percent(model, volts) == percent
