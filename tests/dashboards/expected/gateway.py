"""What the board of this name has to show."""

from tests.dashboards.expected.checks import Panels

PANELS = Panels()
