"""One file a rule type; RULES is the literal table of them all, in the order of FIELD.md's numbering."""

from typing import Any

from gateway.watch.rule import RuleType
from gateway.watch.rules.absence import Absence
from gateway.watch.rules.battery import Battery
from gateway.watch.rules.door_open import DoorOpen
from gateway.watch.rules.hazard import Hazard
from gateway.watch.rules.hub_silent import HubSilent
from gateway.watch.rules.inactivity import Inactivity
from gateway.watch.rules.not_up import NotUp
from gateway.watch.rules.pendant import Pendant
from gateway.watch.rules.routine_inactivity import RoutineInactivity
from gateway.watch.rules.sensor_silent import SensorSilent
from gateway.watch.rules.temperature import Temperature

RULES: dict[str, type[RuleType[Any]]] = {
    "pendant": Pendant,
    "hazard": Hazard,
    "not_up": NotUp,
    "inactivity": Inactivity,
    "routine_inactivity": RoutineInactivity,
    "door_open": DoorOpen,
    "absence": Absence,
    "temperature": Temperature,
    "sensor_silent": SensorSilent,
    "hub_silent": HubSilent,
    "battery": Battery,
}
