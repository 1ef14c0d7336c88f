"""Accounts and what each may do, as Mosquitto's dynamic security plugin wants to be told. Pure but for chance.

| account | may say | may hear |
|---|---|---|
| a hub | `homes/HUB/#`, but for its bridge's echo | `keepwell/hubs/HUB/#` |
| the gateway | `keepwell/#` | `homes/#` and its other filters, `keepwell/#`, `$SYS/broker/#` |
| who manages accounts | `$CONTROL/dynamic-security/v1`, `homes/+/connection` | its answers, `homes/+/connection` |

Everything else is denied to everybody. A hub's account works under one client id only, the hub's name: a client id is
the key to a session, and whoever took the gateway's would end its connection and empty its queue.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.config import Broker
from gateway.errors import BadInput

ADMIN = "keepwell-admin"
GATEWAY = "keepwell"
CONTROL_TOPIC = "$CONTROL/dynamic-security/v1"
ANSWER_TOPIC = "$CONTROL/dynamic-security/v1/response"
CONNECTIONS = "homes/+/connection"
_GATEWAY_ROLE = "keepwell-gateway"
_ADMIN_ROLE = "keepwell-admin"
_HUB_ROLE = "hub-"
_SECRET_BYTES = 24
_ITERATIONS = 101
"""Mosquitto's own number. It slows down guessing at short passwords; ours are 192 bits of chance."""
_CLIENT_IDS = ("", "-check", "-notify", "-rescue")
"""What the gateway's parts add to its client id; a conversation of `keepwell hubs` adds `-hubs-` and chance."""
CONVERSATION = "-hubs-"
_DENIED = ("publishClientSend", "publishClientReceive", "subscribe")

Acl = dict[str, Any]


def new_secret() -> str:
    """32 characters of letters, digits, - and _."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def role_of(hub: str) -> str:
    """The name of a hub's role."""
    return _HUB_ROLE + hub


def hub_rights(hub: str) -> list[Acl]:
    """What a hub may do: speak below its own prefix, and hear what it is to announce to the resident.

    Mosquitto's bridge notes its connection on the hub too, and hub.conf's `topic #` sends that note on below the prefix
    once more. No bridge can be told to leave out a topic, so it ends here instead of being retained for ever.
    """
    echo = _allow("publishClientSend", f"homes/{hub}/homes/{hub}/connection") | {"allow": False, "priority": 1}
    return [echo, _allow("publishClientSend", f"homes/{hub}/#"), *_hears(f"keepwell/hubs/{hub}/#")]


def gateway_rights(filters: Sequence[str]) -> list[Acl]:
    """What the gateway may do: hear the homes, and speak below `keepwell/`."""
    heard = dict.fromkeys(("homes/#", *filters, "keepwell/#", "$SYS/broker/#"))
    return [_allow("publishClientSend", "keepwell/#"), *(acl for one in heard for acl in _hears(one))]


def admin_rights() -> list[Acl]:
    """What managing accounts takes: also to hear which hubs are connected, and to say that one was put out."""
    return [
        _allow("publishClientSend", CONTROL_TOPIC),
        *_hears(ANSWER_TOPIC),
        _allow("publishClientSend", CONNECTIONS),
        _allow("subscribeLiteral", CONNECTIONS),
        _allow("publishClientReceive", CONNECTIONS),
    ]


def first_file(broker: Broker, *, admin: str, admin_secret: str, gateway_secret: str) -> dict[str, Any]:
    """The plugin's configuration to begin with: two accounts, and everything denied that no role allows."""
    filters = [one.filter for one in broker.filters]
    return {
        "clients": [
            _client(admin, admin_secret, _ADMIN_ROLE, "Manages accounts, by keepwell hubs"),
            _client(broker.username or GATEWAY, gateway_secret, _GATEWAY_ROLE, "The Keepwell gateway"),
        ],
        "roles": [
            {"rolename": _ADMIN_ROLE, "acls": admin_rights()},
            {"rolename": _GATEWAY_ROLE, "acls": gateway_rights(filters)},
        ],
        "defaultACLAccess": dict.fromkeys(_DENIED, False) | {"unsubscribe": True},
    }


def check_free(hub: str, broker: Broker, admin: str) -> None:
    """BadInput when a hub of this name would have the account or client id of the gateway or of the admin."""
    own = broker.client_id
    taken = {broker.username or GATEWAY, GATEWAY, admin, "gateway", *(own + part for part in _CLIENT_IDS)}
    if hub in taken or hub.startswith(own + CONVERSATION):
        raise BadInput(
            f'hub "{hub}" cannot have an identity: the gateway itself connects to the broker under this name, and a hub'
            " that could take its place would take its messages; give the hub another name"
        )


def _allow(what: str, topic: str) -> Acl:
    return {"acltype": what, "topic": topic, "allow": True}


def _hears(filter_: str) -> list[Acl]:
    return [_allow("subscribePattern", filter_), _allow("publishClientReceive", filter_)]


def _client(name: str, secret: str, role: str, text: str) -> Mapping[str, Any]:
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, _ITERATIONS)
    return {
        "username": name,
        "textName": text,
        "password": base64.b64encode(digest).decode(),
        "salt": base64.b64encode(salt).decode(),
        "iterations": _ITERATIONS,
        "roles": [{"rolename": role}],
    }
