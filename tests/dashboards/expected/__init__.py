"""What every panel has to show of the simulated town: a table of checks by board and title, one module a board."""

from tests.dashboards.expected import devices, gateway, home, independence, response, watch_floor
from tests.dashboards.expected.checks import Check, Shown

__all__ = ["EXPECTED", "Check", "Shown"]

EXPECTED: dict[str, dict[str, Check]] = {
    "keepwell-watch-floor": watch_floor.PANELS,
    "keepwell-home": home.PANELS,
    "keepwell-response": response.PANELS,
    "keepwell-devices": devices.PANELS,
    "keepwell-independence": independence.PANELS,
    "keepwell-gateway": gateway.PANELS,
}
"""By uid of the board, then by title of the panel."""
