"""Fixtures and rules for every test."""

import os

import hypothesis

from tests.support.leaks import (
    _nothing_left_behind,
    pytest_configure,
    pytest_runtest_makereport,
    pytest_runtest_teardown,
)

__all__ = ["_nothing_left_behind", "pytest_configure", "pytest_runtest_makereport", "pytest_runtest_teardown"]

# A loaded machine is slow, not wrong; and CI tries the same examples every time.
hypothesis.settings.register_profile("keepwell", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("keepwell")
