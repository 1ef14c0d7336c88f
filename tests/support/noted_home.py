"""A home lived through in virtual time whose facts somebody reads, as dashboards do."""

from collections.abc import Sequence

from devices.instant import Instant
from devices.measurement import Value
from gateway.model import Fact, Home, Journaled, Reading
from gateway.watch.home import HomeWatch
from tests.support.facts import assert_conforms
from tests.support.scenario import LivedHome


class NotedHome(LivedHome):
    """All facts that came so far are in `facts`, each as the store's schema declares it."""

    def __init__(self, **how: object) -> None:
        self.facts: list[Fact] = []
        LivedHome.__init__(self, **how)  # type: ignore[arg-type]
        firings = self.watch.view.firings
        self.watch = HomeWatch(self.home, self.now, for_dashboards=True)
        self.watch.view.firings = firings
        self._let_pass(self.now)

    def restarts(self) -> "NotedHome":
        """The gateway is killed and started again: only what was saved is known, and what was told is told."""
        saved, taught = self.watch.save(), self.watch.view.routine.save()
        self.watch = HomeWatch(self.home, self.now, for_dashboards=True)
        self.watch.recall_days(taught)
        self.watch.restore(saved)
        self._collect()
        return self

    def is_registered_as(self, home: Home) -> "NotedHome":
        """The registry's picture of the home changes."""
        self.home = home
        self.watch.update(home, self.now)
        self._collect()
        return self

    def drains(self, address: str, quantity: str, value: Value, at: Instant) -> "NotedHome":
        """A device said something at `at`, and it arrives as a backlog is drained: the home's clock does not move."""
        known = next(one for one in self.home.devices if one.address == address)
        reading = Reading("ELM-12", known.hub, address, known.room, known.role, quantity, value, at, at)
        self.watch.take(Journaled(0, reading), listening=False)
        self._collect()
        return self

    def told(self, measurement: str, **tags: str) -> Sequence[Fact]:
        """The facts of a measurement so far that have these tags."""
        return [
            fact
            for fact in self.facts
            if fact.measurement == measurement and all(fact.tags.get(name) == tag for name, tag in tags.items())
        ]

    def _collect(self) -> None:
        for fact in self.watch.facts:
            assert_conforms(fact)
        self.facts += self.watch.facts
        self.watch.facts.clear()
        LivedHome._collect(self)
