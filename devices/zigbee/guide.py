"""What an installer reads about Zigbee2MQTT."""

from devices.guide import Guide

GUIDE = Guide(
    "zigbee2mqtt",
    "Zigbee2MQTT",
    source="""Zigbee2MQTT 2.14 (its documentation and `controller`, `state`, `mqtt`, `bridge`,
`availability`, `groups` and `homeassistant` in its source) and zigbee-herdsman-converters 26, whose 4,000 device
definitions were gone through for names, words, units and polarities. The message forms of Zigbee2MQTT 1 are those
of its older source.""",
    topics="""Topics: `zigbee2mqtt/<friendly name>` with a JSON state, or one plain text for each property
on `zigbee2mqtt/<friendly name>/<property>` (`advanced.output: attribute`), or both. Names may hold slashes, spaces
and accents. Another base topic is set for the hub, or learned from its `bridge/state` or `bridge/devices`; a hub
may have several. A device's address is `zigbee2mqtt:<ieee address>`; until the bridge's list of devices has arrived
it is `zigbee2mqtt:name:<friendly name>`. A name that is itself an IEEE address, and `device.ieeeAddr` in a message,
do as well. After a rename, messages that were queued under the old name still belong to the device, until another
gets that name.""",
    readings=(
        ("`occupancy`, `pir_detection`", "motion"),
        ("`presence`, `presence_state`; `occupancy` of radars without a PIR, such as SNZB-06P", "presence"),
        ("`contact` (true = closed), `door_state`, `opening_state`", "contact; true is open"),
        ("`action`, `click`, `sos`, `sos_alarm`", "button; see below"),
        ("`occupancy` of a Tuya bed strap, `pressure_state` of ZG-210Z", "bed"),
        ("`state` ON or OFF; `pressure` of a pressure pad", "switch"),
        ("`water_leak`, `smoke`, `carbon_monoxide`, `tamper`", "leak, smoke, co, tamper"),
        ("`smoke` of Frient's HESZB-120, `alarm` of Heiman's HM-5HA-E", "heat_alarm"),
        ("`gas`, `vibration`, only when true or false", "gas, vibration"),
        ("`status` of OWON's FDS315, `fall_down_status` (Tuya), `fall_status` (Heiman)",
         "fall; a mere warning says neither yes nor no"),
        ("`battery_low`; else `battery_state`, `battery_level` low, middle, high", "battery_low"),
        ("`fault`; `mains_power_connected`, `power_outage`", "fault, mains_failure"),
        ("`temperature`, `local_temperature`, `humidity`, `pressure`, `co2`, `voc`, `pm25`",
         "temperature, humidity, pressure, co2, voc, pm25; in °C, hPa, ppm, ppb, µg/m³, whatever the unit was"),
        ("`temperature` beside `state` and a meter; `device_temperature`", "device_temperature; it is the plug's own"),
        ("`illuminance_lux`, else `illuminance`", "illuminance"),
        ("`power`, `energy` or `consumption`, `current`", "power, energy, current"),
        ("`voltage`, `battery_voltage`", "voltage, battery_voltage; millivolts are those of a battery"),
        ("`battery` 0 to 100, `linkquality`", "battery, link_quality"),
        ("`<name>/availability`, `bridge/state`; a device that left the network", "online"),
    ),
    notes=(
        """Properties with an ending, such as `state_left` or `contact_1`, belong to a part of the
device: `<address>/left`. Units, words for on and off, and endings of other names are taken from the bridge's list
of devices. Where a sensor has two alarms, `contact_alarm_1` is the device's and `contact_alarm_2` that of its part
`/alarm_2`; of smoke, gas, carbon monoxide and water only the first counts, since the second may be anything.""",
        """**Presses.** `single` is press; `double`, `triple`; `hold` and `long` are long; `release`; `emergency`, `sos`
and `panic` are emergency; `cancel`. A word with a part, `1_single` or `single_left`, is that press of the part
`<address>/1`. Every other word stays as the device wrote it. `vibration`, `tilt` and `drop` are not presses,
nor are a radar's zones and a blind's movements; `vibration` without a property of that name is vibration. One
JSON message with an action is one press; the copies of it on `<name>/action` and `<name>/click` within 2
seconds are ignored, and without times one copy on each. Such a text with no JSON before it is a press. A
retained press is an old one and is left out. `sos: true` is repeated by the bridge in every message: it is a
press when it was not so before, and again when nothing else in the message has changed, since some buttons
never take it back. Beside another action it is the press, if it was not so before. A keypad's `action_code` is
never read.""",
        """`bridge/state` is online of `zigbee2mqtt:bridge`, the hub's beat (on a base topic that was learned: of
`zigbee2mqtt:<base>:bridge`). States in the 10 seconds after the bridge came online are taken for its cached
ones, as is, where times are not known, the first message on each topic: they are kept, and are never movement.
`bridge/devices`, `bridge/event` and a rename introduce devices. `last_seen`, in all formats that carry a zone
or count from 1970, is the time of all that is in a message.""",
    ),
    ignored="""`set`, `get`, everything else under `bridge/`, groups (they repeat what their members say),
and properties that are not in the table: `test`, `trouble`, `ac_status`, `update`, settings, `motion_state`,
`presence_event`, `movement`.""",
    to_set="""`advanced.last_seen: ISO_8601`, so that late messages keep their time. `advanced.output: json`
(the default) is best. `availability` may be on; Keepwell does not depend on it.""",
    options=("zigbee2mqtt_base",),
)  # fmt: skip
