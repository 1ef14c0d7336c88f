"""The boards, one a module."""

from collections.abc import Callable

from dashboards.board import Board
from dashboards.boards.devices import build as _devices
from dashboards.boards.gateway import build as _gateway
from dashboards.boards.home import build as _home
from dashboards.boards.independence import build as _independence
from dashboards.boards.response import build as _response
from dashboards.boards.watch_floor import build as _watch_floor

BOARDS: tuple[Callable[[], Board], ...] = (_watch_floor, _home, _response, _devices, _independence, _gateway)
"""Every board, in the order of `TITLES`."""
