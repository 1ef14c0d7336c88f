"""Client ids that the gateway connects under, as its source says: none of them can become a hub's account."""

import re

import pytest

from gateway.config import Broker
from gateway.errors import BadInput
from gateway.identities.accounts import ADMIN, CONVERSATION, check_free
from tests.support.shared import CHECKOUT

SITE = Broker(client_id="site-a")
SOURCE = "\n".join(file.read_text(encoding="utf-8") for file in sorted((CHECKOUT / "gateway").rglob("*.py")))
ADDED = sorted(
    set(re.findall(r"client_id\}(-[a-z]+)", SOURCE))
    | {f"-{role}" for role in re.findall(r'client_of\(\w[\w.]*, "([a-z]+)"', SOURCE)}
)


def test_the_source_tells_what_parts_add():
    assert {"-check", "-notify", "-rescue"} <= set(ADDED)


@pytest.mark.parametrize("added", ["", *ADDED, f"{CONVERSATION}0123"])
def test_no_hub_can_take_the_place_of_a_part(added: str):
    with pytest.raises(BadInput, match="another name"):
        check_free(f"site-a{added}", SITE, ADMIN)


def test_a_hub_may_be_called_nearly_so():
    check_free("site-a-attic", SITE, ADMIN)
