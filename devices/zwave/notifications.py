"""What Z-Wave notifications mean: states and events of the Notification command class, by type and variable.

Types, variables, events and their numbers are those of zwave-js (packages/core/src/registries/Notifications.ts).
In every state 0 is idle: it is over. Tests, silenced alarms and what a lock or keypad did are not in the tables.
"""

from typing import NamedTuple

from devices.zwave.topics import plain


class Rule(NamedTuple):
    """One variable says one thing: true for the values `true`, false for `false`, and nothing for all others."""

    quantity: str
    true: frozenset[int]
    false: frozenset[int]
    part: str = ""


class Told(NamedTuple):
    """What an event says by happening; nothing ever says that it is over."""

    quantity: str
    value: bool | str
    part: str = ""


def _rule(quantity: str, true: tuple[int, ...], false: tuple[int, ...] = (0,), part: str = "") -> Rule:
    return Rule(quantity, frozenset(true), frozenset(false), part)


def _faults(kind: str, variables: dict[str, tuple[int, ...]]) -> dict[tuple[str, str], tuple[Rule, ...]]:
    """Each variable that tells of a fault is a part of its own: one may clear while another lasts."""
    return {
        (plain(kind), plain(variable)): (_rule("fault", values, part=plain(kind) + "_" + plain(variable)),)
        for variable, values in variables.items()
    }


STATES: dict[tuple[str, str], tuple[Rule, ...]] = {
    ("smokealarm", "sensorstatus"): (_rule("smoke", (1, 2)),),
    ("coalarm", "sensorstatus"): (_rule("co", (1, 2)),),
    ("heatalarm", "heatsensorstatus"): (_rule("heat_alarm", (1, 2), (0, 5, 6)),),
    ("heatalarm", "sensorstatus"): (_rule("heat_alarm", (1, 2), (0, 5, 6)),),
    ("wateralarm", "sensorstatus"): (_rule("leak", (1, 2)),),
    ("gasalarm", "combustiblegasstatus"): (_rule("gas", (1, 2)),),
    ("gasalarm", "toxicgasstatus"): (_rule("gas", (3, 4), part="toxic_gas"),),
    ("accesscontrol", "doorstatesimple"): (_rule("contact", (22,), (23,)),),
    # 5632 and 5633 are 22 with a parameter: open in regular position, open in tilt position
    ("accesscontrol", "doorstate"): (_rule("contact", (22, 5632, 5633), (23,)),),
    ("accesscontrol", "doorhandlestate"): (_rule("contact", (24,), (25,), part="handle"),),
    ("homesecurity", "motionsensorstatus"): (_rule("motion", (7, 8)),),
    ("homesecurity", "coverstatus"): (_rule("tamper", (3,)),),
    ("homesecurity", "sensorstatus"): (_rule("switch", (1, 2), part="intrusion"),),
    ("powermanagement", "mainsstatus"): (_rule("mains_failure", (2,), (3,)),),
    ("powermanagement", "batterymaintenancestatus"): (_rule("battery_low", (10, 11)),),
    ("powermanagement", "batterylevelstatus"): (_rule("battery_low", (14, 15), (0, 13), part="rechargeable"),),
    ("powermanagement", "backupbatterylevelstatus"): (
        _rule("battery_low", (16,), (0,), part="backup"),
        _rule("fault", (18,), (0, 16), part="backup"),
    ),
    ("system", "coverstatus"): (_rule("tamper", (6,)),),
    ("homehealth", "positionstatus"): (_rule("bed", (2, 3, 5), (1,)),),
    ("siren", "sirenstatus"): (_rule("switch", (1,), part="siren"),),
    ("appliance", "programstatus"): (_rule("usage", (1, 2), (0, 3)),),
    ("homemonitoring", "homeoccupancystatus"): (_rule("presence", (1, 2)),),
    **_faults("Smoke Alarm", {
        "Maintenance status": (4, 5), "Periodic inspection status": (7,), "Dust in device status": (8,),
    }),
    **_faults("CO Alarm", {"Maintenance status": (4, 5), "Periodic inspection status": (7,)}),
    **_faults("Heat Alarm", {
        "Maintenance status": (8,), "Periodic inspection status": (11,), "Dust in device status": (10,),
    }),
    **_faults("Gas Alarm", {"Maintenance status": (6,)}),
    **_faults("Power Management", {
        "Over-current status": (6,), "Over-voltage status": (7,), "Over-load status": (8,), "Load error status": (9,),
    }),
    **_faults("System", {"Hardware status": (1, 3), "Software status": (2, 4)}),
}  # fmt: skip
"""(type, variable), in plain form, to what it says."""

EVENTS: dict[tuple[str, str], Told] = {
    (plain(kind), plain(event)): told
    for kind, event, told in (
        ("Emergency Alarm", "Contact police", Told("button", "emergency")),
        ("Emergency Alarm", "Contact fire service", Told("button", "emergency")),
        ("Emergency Alarm", "Contact medical service", Told("button", "emergency")),
        ("Home Health", "Fall detected", Told("fall", True)),
        ("Home Security", "Tampering, product moved", Told("tamper", True, "moved")),
        ("Home Security", "Impact detected", Told("vibration", True)),
        ("Home Security", "Glass breakage", Told("switch", True, "glass")),
        ("Home Security", "Glass breakage (location provided)", Told("switch", True, "glass")),
        ("Heat Alarm", "Rapid temperature rise", Told("heat_alarm", True, "rapid_rise")),
        ("Heat Alarm", "Rapid temperature rise (location provided)", Told("heat_alarm", True, "rapid_rise")),
        ("System", "Heartbeat", Told("online", True)),
    )
}
"""(type, event), in plain form, to what it says."""

ENTRY_CONTROL: dict[str, Told] = {
    "15": Told("button", "press", "bell"),
    "16": Told("button", "emergency", "keypad"),  # fire
    "17": Told("button", "emergency", "keypad"),  # police
    "18": Told("button", "emergency", "keypad"),  # panic
    "19": Told("button", "emergency", "keypad"),  # medical
    "25": Told("button", "cancel", "keypad"),
}
"""Keys of an Entry Control keypad (EntryControlEventTypes). What was typed on it is never looked at."""
