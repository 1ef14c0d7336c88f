"""Recorded homes, kept beside the checkout in ../shared/data and never copied into it."""

from pathlib import Path

from tests.support.servers import missing

CHECKOUT = Path(__file__).resolve().parents[2]
"""The root of this repository."""


def shared_data(name: str) -> Path:
    """Path of a file in ../shared/data. Where it is missing: a skip that says so, a failure when CI is set."""
    path = CHECKOUT.parent / "shared" / "data" / name
    if not path.exists():
        missing(f"the recording {name} is not there: it is expected in shared/data beside the checkout")
    return path
