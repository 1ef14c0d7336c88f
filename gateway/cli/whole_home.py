"""A home as JSON, for `keepwell homes list` and `keepwell homes show`."""

from typing import Any

from devices.instant import rfc3339
from gateway.cli.contacts import concealed
from gateway.database.tables import HomeRow, ResidentRow
from gateway.model import Home
from gateway.registry import contacts, homes
from gateway.registry.options import options_given


def summary(home: Home) -> dict[str, Any]:
    """What a list of homes says of each."""
    return {
        "reference": home.reference,
        "time_zone": home.time_zone,
        "area": home.area,
        "occupants": home.occupants,
        "mode": home.mode,
        "pack": home.pack,
        "consent": home.consent,
        "hubs": [{"name": hub.name, "replay": hub.replay, "options": options_given(hub.options)} for hub in home.hubs],
        "rooms": [{"name": room.name, "kind": room.kind} for room in home.rooms],
        "devices": len(home.devices),
    }


def details(home: Home, row: HomeRow) -> dict[str, Any]:
    """The rest: devices, people, rules. Of a channel only its kind is shown."""
    return {
        "consent_problem": homes.consent_problem(row),
        "devices": [
            {
                "hub": one.hub,
                "address": one.address,
                "room": one.room,
                "role": one.role,
                "last_heard": _rfc3339(one.last_heard),
            }
            for one in home.devices
        ],
        "residents": [_resident(resident) for resident in row.residents],
        "contacts": [
            {
                "name": one.name,
                "channels": [concealed(channel) for channel in one.channels],
                "language": one.language,
                "quiet_hours": one.quiet_hours,
                "sees": one.sees,
            }
            for one in row.contacts
        ],
        "escalation": {
            route: [{"contacts": [person.name for person in step.contacts], "wait_s": step.wait_s} for step in steps]
            for route, steps in contacts.escalations(row).items()
        },
        "rules": [
            {"type": rule.type, "key": rule.key, "route": rule.route, "parameters": dict(rule.parameters)}
            for rule in home.rules
        ],
    }


def _resident(row: ResidentRow) -> dict[str, Any]:
    given = row.consent_at is not None and bool(row.consent_by)
    return {
        "name": row.name,
        "consent": {
            "by": row.consent_by,
            "basis": row.consent_basis,
            "at": _rfc3339(row.consent_at),
            "withdrawn_at": _rfc3339(row.consent_withdrawn_at),
            "purposes": list(row.consent_purposes),
            "review_on": row.consent_review_on,
        }
        if given
        else None,
    }


def _rfc3339(moment: int | None) -> str | None:
    return None if moment is None else rfc3339(moment)
