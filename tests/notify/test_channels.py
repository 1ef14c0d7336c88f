"""The table of channels, and what is shown of addresses."""

import pkgutil
from pathlib import Path

import pytest

from gateway.notify import channels
from gateway.notify.address import lane, masked
from gateway.notify.channels import CHANNELS


def test_every_module_is_in_the_table_and_documented() -> None:
    modules = {module.name for module in pkgutil.iter_modules(channels.__path__)}
    assert modules == set(CHANNELS)
    page = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
    for name, channel in CHANNELS.items():
        assert channel.__doc__
        assert channel.__module__ == f"gateway.notify.channels.{name}"
        assert f"`{name}`" in page


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("tgram://123:secret/chat", "tgram://..."),
        ("mailto://user:secret@example.org", "mailto://..."),
        ("console:", "console:"),
        ("mqtt:", "mqtt:"),
    ],
)
def test_only_the_scheme_of_an_address_is_shown(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_addresses_at_one_server_share_a_lane() -> None:
    assert lane("mailto://ann:x@mail.example:25/a") == lane("mailto://bob:y@MAIL.example:25/b")
    assert lane("json://one.example/a") != lane("json://two.example/a")
    assert lane("console:") == "console"
