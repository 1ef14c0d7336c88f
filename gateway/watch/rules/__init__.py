"""One file a rule type; RULES is the literal table of them all, in the order of FIELD.md's numbering."""

from typing import Any

from gateway.watch.rule import RuleType
from gateway.watch.rules.absence import Absence
from gateway.watch.rules.appliance_on import ApplianceOn
from gateway.watch.rules.appliance_unused import ApplianceUnused
from gateway.watch.rules.battery import Battery
from gateway.watch.rules.carer_visit import CarerVisit
from gateway.watch.rules.door_open import DoorOpen
from gateway.watch.rules.hazard import Hazard
from gateway.watch.rules.hub_silent import HubSilent
from gateway.watch.rules.inactivity import Inactivity
from gateway.watch.rules.left_at_night import LeftAtNight
from gateway.watch.rules.long_bathroom import LongBathroom
from gateway.watch.rules.long_in_chair import LongInChair
from gateway.watch.rules.mains import Mains
from gateway.watch.rules.night_bathroom_visits import NightBathroomVisits
from gateway.watch.rules.noisy_rule import NoisyRule
from gateway.watch.rules.not_to_bed import NotToBed
from gateway.watch.rules.not_up import NotUp
from gateway.watch.rules.out_of_bed import OutOfBed
from gateway.watch.rules.pacing import Pacing
from gateway.watch.rules.pendant import Pendant
from gateway.watch.rules.routine_inactivity import RoutineInactivity
from gateway.watch.rules.sensor_silent import SensorSilent
from gateway.watch.rules.sensor_stuck import SensorStuck
from gateway.watch.rules.tamper import Tamper
from gateway.watch.rules.temperature import Temperature
from gateway.watch.rules.trend import Trend
from gateway.watch.rules.untested import Untested

RULES: dict[str, type[RuleType[Any]]] = {
    "pendant": Pendant,
    "hazard": Hazard,
    "not_up": NotUp,
    "inactivity": Inactivity,
    "routine_inactivity": RoutineInactivity,
    "door_open": DoorOpen,
    "left_at_night": LeftAtNight,
    "absence": Absence,
    "out_of_bed": OutOfBed,
    "not_to_bed": NotToBed,
    "long_bathroom": LongBathroom,
    "night_bathroom_visits": NightBathroomVisits,
    "temperature": Temperature,
    "appliance_unused": ApplianceUnused,
    "appliance_on": ApplianceOn,
    "carer_visit": CarerVisit,
    "pacing": Pacing,
    "long_in_chair": LongInChair,
    "sensor_silent": SensorSilent,
    "hub_silent": HubSilent,
    "battery": Battery,
    "mains": Mains,
    "sensor_stuck": SensorStuck,
    "tamper": Tamper,
    "trend": Trend,
    "noisy_rule": NoisyRule,
    "untested": Untested,
}
