"""The API is what its OpenAPI says: whatever is sent is answered as described there, and never by a 500."""

import asyncio
import os
from collections.abc import Callable, Iterator
from threading import Barrier
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

from gateway.model import Verdict
from gateway.web.access.limits import ALLOWED, Limits
from gateway.web.api import tokens
from gateway.web.api.application import API_ROUTES, ApiRoute
from tests.support.site import ORIGIN, VisitedSite

LEFT_OUT = [ignored_auth, unsupported_method, positive_data_acceptance, negative_data_rejection]
"""Two send again by themselves: test_matrix has these. What a home is like may refuse what could be sent, and what is
wrong with a request may be the token that we put right, or a parameter that is there twice."""
EXAMPLES = 8
"""Of each operation and role; more with HYPOTHESIS_EXAMPLES."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VisitedSite]:
    """One home with alerts in every state, for all examples."""
    made = VisitedSite(tmp_path_factory.mktemp("api"))
    object.__setattr__(made.site, "limits", Limits(dict.fromkeys(ALLOWED, "1000000 per minute")))

    async def fill() -> None:
        both = Barrier(2)  # readers' threads begin here and not in the first test
        await asyncio.gather(*(made.database.read(lambda _session: both.wait()) for _ in range(2)))
        made.registers(
            "ELM-12",
            area="North",
            rooms=[{"name": "kitchen", "kind": "kitchen"}],
            devices=[{"address": "zigbee2mqtt:0x1", "room": "kitchen"}],
            contacts=[{"name": "Bea", "channels": ["console:"]}],
            escalation=[{"contacts": ["Bea"]}],
        )
        await made.takes_up()
        for rule in ("pendant", "smoke", "not_up"):
            await made.desk.report([Verdict("trigger", "ELM-12", rule, None, made.now, "person", 1, "Look.")], made.now)
        await made.desk.tick(made.now)
        await made.desk.accept(2, "Bea", made.now)
        await made.desk.close(3, "Bea", "genuine", None, made.now)

    asyncio.run(fill())
    yield made
    asyncio.run(made.close())


@pytest.fixture(scope="module")
def secrets(site: VisitedSite) -> dict[str, str]:
    with site.database.transaction() as session:
        return {
            role: tokens.make(session, f"For {role}", role, ["North"], "Ada", None, site.now)
            for role in ("supervisor", "installer")
        }


Send = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def send(site: VisitedSite) -> Iterator[Send]:
    """Ask the application, without a network."""
    with asyncio.Runner() as runner:
        client = site.visitor()
        yield lambda **asked: runner.run(client.request(**asked))
        runner.run(client.aclose())


@pytest.fixture(scope="module")
def described(send: Send) -> Any:
    return schemathesis.openapi.from_dict(send(method="GET", url="/api/openapi.json").json())


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("role", ["supervisor", "installer"])
@pytest.mark.parametrize("route", API_ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_answer_is_as_described(
    described: Any, send: Send, secrets: dict[str, str], route: ApiRoute, role: str, mode: GenerationMode
) -> None:
    """What is sent is as the description wants it, or as it does not."""

    @given(case=described[route.path][route.method].as_strategy(generation_mode=mode))
    @settings(
        max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", EXAMPLES)), deadline=None, database=None,
        derandomize="CI" in os.environ, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def sent(case: Case) -> None:
        headers = {"Authorization": f"Bearer {secrets[role]}"}
        asked = case.as_transport_kwargs(base_url=f"{ORIGIN}/api", headers=headers)
        asked.pop("cookies", None)
        case.validate_response(send(**asked), headers=headers, excluded_checks=LEFT_OUT)

    try:
        sent()
    except Unsatisfiable:  # there is nothing about it that could be wrong
        assert mode is GenerationMode.NEGATIVE


def test_only_the_api_is_described(described: Any) -> None:
    paths = described.raw_schema["paths"]
    assert len(paths) > 10
    assert described.raw_schema["servers"] == [{"url": "/api"}]
    for operations in paths.values():
        for operation in operations.values():
            assert operation["tags"]
            assert operation["description"]
            assert operation["security"]
            assert {"401", "403", "429"} <= set(operation["responses"])
