"""The golden samples: what real kinds of messages mean, in order, as one hub sends them."""

import json
from pathlib import Path
from typing import Any

import pytest

from devices.conventions import CONVENTIONS
from devices.decode import HubDecoder
from devices.instant import rfc3339
from devices.measurement import Decoded, Measurement
from tests.devices import samples
from tests.devices.samples import FILES


def _flat(measurement: Measurement) -> list[Any]:
    """[address, quantity, value, its own time, identity, "momentary"], as far as the last that is set."""
    row: list[Any] = [measurement.address, measurement.quantity, measurement.value]
    row.append(None if measurement.at is None else rfc3339(measurement.at))
    row.append(measurement.identity)
    row.append("momentary" if measurement.momentary else None)
    while row[-1] is None:
        row.pop()
    return row


def _shown(decoded: Decoded, expected: dict[str, Any]) -> dict[str, Any]:
    """The decoded message in the form of the expectation; of the text of `ignored` only the part that is expected."""
    shown: dict[str, Any] = {}
    if decoded.measurements:
        shown["measurements"] = [_flat(measurement) for measurement in decoded.measurements]
    if decoded.described:
        shown["described"] = [[*described[:4], list(described.quantities)] for described in decoded.described]
    if decoded.rejected:
        shown["rejected"] = decoded.rejected.reason
    if decoded.ignored:
        wanted = expected.get("ignored", "")
        shown["ignored"] = wanted if wanted and decoded.ignored.startswith(wanted) else decoded.ignored
    if decoded.replayed:
        shown["replayed"] = True
    if decoded.hub_online is not None:
        shown["hub_online"] = decoded.hub_online
    if decoded.untrusted:
        shown["untrusted"] = True
    if "lesson" in expected:
        shown["lesson"] = decoded.lesson
    return shown


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_each_message_means_what_its_sample_says(path: Path):
    decoder = samples.decoder(path)
    for number, sample in enumerate(samples.messages(path), 1):
        message = samples.message(sample)
        decoded = decoder.decode(message)
        assert _shown(decoded, sample["expect"]) == sample["expect"], f"message {number}: {message}"
        assert decoded.convention == sample.get("convention", path.parent.name), f"message {number}"


@pytest.mark.parametrize("name", CONVENTIONS)
def test_every_convention_has_a_dozen_samples(name: str):
    files = [path for path in FILES if path.parent.name == name]
    assert sum(len(samples.messages(path)) for path in files) >= 12
    assert all(json.loads(path.read_text())["source"] for path in files)


def test_no_sample_lets_a_keypad_code_out():
    decoder = HubDecoder()
    for path in FILES:
        for sample in samples.messages(path):
            assert "4711" not in repr(decoder.decode(samples.message(sample)))
