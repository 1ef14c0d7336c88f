"""`keepwell` with a rule that raises an exception on every reading of one home. GatewayProcess starts it as `program`.

KEEPWELL_TEST_RULE is the rule's type, KEEPWELL_TEST_HOME the home.
"""

import os
from collections.abc import Iterable

from gateway.cli.main import main
from gateway.model import Verdict
from gateway.watch.pack import RULES
from gateway.watch.rule import State
from gateway.watch.view import HomeView, Seen

RULE, HOME = "KEEPWELL_TEST_RULE", "KEEPWELL_TEST_HOME"


def break_it(name: str, home: str) -> None:
    """Put the fault into the rule type of this process."""
    rule = RULES[name]
    original = rule.on_reading

    def on_reading(self: object, state: State, seen: Seen, view: HomeView, now: int) -> Iterable[Verdict]:
        if view.home.reference == home:
            raise ZeroDivisionError("a fault that a test has put here")
        return original(self, state, seen, view, now)  # type: ignore[arg-type]

    rule.on_reading = on_reading  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    break_it(os.environ[RULE], os.environ[HOME])
    main()
