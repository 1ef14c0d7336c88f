"""A hub's identity on the broker: an account under the hub's name, bound to the client id of that name, and a role."""

from typing import NamedTuple

from gateway.errors import BadInput, FixConfiguration
from gateway.identities.accounts import hub_rights, new_secret, role_of
from gateway.identities.control import Answer, Control


class Identity(NamedTuple):
    """A hub that may speak to the broker. `connected` None: the broker was never told."""

    hub: str
    disabled: bool
    connected: bool | None


async def add(control: Control, hub: str) -> str:
    """Make the identity; its secret, which nobody can be told again. BadInput when there is one already."""
    secret = new_secret()
    role = {"rolename": role_of(hub), "acls": hub_rights(hub)}
    made, account = await control.ask(
        {"command": "createRole", **role}, {"command": "createClient", **_account(hub, secret)}
    )
    if account.get("error") == "Client already exists":
        raise BadInput(f'hub "{hub}" has an identity already: give it a new secret with keepwell hubs rotate {hub}')
    if made.get("error") == "Role already exists":  # of an attempt that was cut short, or edited by somebody
        (made,) = await control.ask({"command": "modifyRole", **role})
    _must(made, account)
    return secret


async def rotate(control: Control, hub: str) -> str:
    """A new secret. From now on the old one is refused; who is connected with it is put out. Rights are set anew."""
    await _known(control, hub)
    secret = new_secret()
    _must(
        *await control.ask(
            {"command": "modifyRole", "rolename": role_of(hub), "acls": hub_rights(hub)},
            {"command": "modifyClient", **_account(hub, secret)},
        )
    )
    control.put_out(hub)
    return secret


async def revoke(control: Control, hub: str) -> None:
    """No identity any more; whoever is connected with it is put out."""
    await _known(control, hub)
    _must(
        *await control.ask(
            {"command": "deleteClient", "username": hub}, {"command": "deleteRole", "rolename": role_of(hub)}
        )
    )
    control.put_out(hub)


async def identities(control: Control) -> list[Identity]:
    """All hubs' identities, by name; accounts that are no hub's are not told."""
    (answer,) = await control.ask({"command": "listClients", "verbose": True, "count": -1, "offset": 0})
    _must(answer)
    found = [
        Identity(one["username"], bool(one.get("disabled", False)), control.connected.get(one["username"]))
        for one in answer["data"]["clients"]
        if _is_hub(one)
    ]
    return sorted(found)


async def _known(control: Control, hub: str) -> None:
    (answer,) = await control.ask({"command": "getClient", "username": hub})
    if "error" in answer or not _is_hub(answer["data"]["client"]):
        raise BadInput(f'hub "{hub}" has no identity on this broker: keepwell hubs list shows those that do')


def _is_hub(client: Answer) -> bool:
    return any(role["rolename"] == role_of(client["username"]) for role in client.get("roles", ()))


def _account(hub: str, secret: str) -> Answer:
    return {"username": hub, "clientid": hub, "password": secret, "roles": [{"rolename": role_of(hub)}]}


def _must(*answers: Answer) -> None:
    for one in answers:
        if "error" in one:
            raise FixConfiguration(f"the broker refused {one.get('command')}: {one['error']}; see its log")
