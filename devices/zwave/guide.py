"""What an installer reads about Z-Wave JS UI."""

from devices.guide import Guide

GUIDE = Guide(
    "zwave",
    "Z-Wave JS UI",
    source="""the documentation and source of Z-Wave JS UI (docs/usage/setup.md, docs/guide/mqtt.md, Gateway.ts,
MqttClient.ts, NodeRegistry.ts, Constants.ts) and of zwave-js (the registries of notifications, sensors and meters,
and the enumerations of its command classes).""",
    topics="""`zwave/[location/]<node>/<class>/<endpoint>/<property>[/<key>]`, with ValueId topics or named topics, and
all three payload types (time and value, entire value id, just value). Topics that were configured by hand are
ignored: what they mean is known to nobody but you.

Where the topic has the node's id (ValueId topics without names, and `nodeID_5` for a node without a name) its address
is `zwave:5`. Where it has the name, the address is made of location and name as they stand in the topic:
`zwave/Living_Room/Pendant/...` is `zwave:Living_Room.Pendant`. It stays so, whatever is learned later; renaming or
moving a node in Z-Wave JS UI gives it another address. Endpoint 0 is the device itself, endpoint 1 its part
`zwave:5/1`.""",
    readings=(
        ("Notification Motion sensor status 7, 8; Binary Sensor Motion", "motion"),
        ("Notification Home occupancy status", "presence"),
        ("Notification Door state: 22 open (tilted too), 23 closed; Binary Sensor Door/Window", "contact"),
        ("Notification Door handle state; a lock's doorStatus; a barrier's currentState", "contact; handle: `/handle`"),
        ("Central Scene 0 press, 1 release, 2 long, 3 double, 4 triple", "button; of the part `/scene_1` and so on"),
        ("Scene Activation", "button; press of the part `/scene_<number>`"),
        ("Notification Emergency Alarm: police, fire service, medical service", "button; emergency"),
        ("Entry Control: the keys panic, police, fire, medical", "button; emergency of the part `/keypad`"),
        ("Smoke, CO, heat, water and gas: Notification 1 or 2", "smoke, co, heat_alarm, leak, gas"),
        ("Binary Sensor and Alarm Sensor: Smoke, CO, Heat, Water", "smoke, co, heat_alarm, leak"),
        ("Notification Fall detected", "fall; nothing ever says that it is over"),
        ("Notification Position status: leaving bed; sitting or lying on it", "bed"),
        ("Notification Cover status, Product moved; Binary Sensor Tamper", "tamper"),
        ("Notification Impact detected", "vibration"),
        ("Notification Mains status", "mains_failure"),
        ("Notifications of maintenance, dust, end of life, over-load, failures", "fault; each of a part of its own"),
        ("Notification Program status of an appliance", "usage"),
        ("Multilevel Sensor Air temperature, Humidity, Illuminance", "temperature, humidity, illuminance"),
        ("Multilevel Sensor CO2, Volatile Organic Compound, Particulate Matter 2.5", "co2, voc, pm25"),
        ("Multilevel Sensor Atmospheric or Barometric pressure, RF signal strength", "pressure, rssi"),
        ("Meter: electric kWh, W, V, A", "energy, power, voltage, current; produced: `/produced`"),
        ("Multilevel Sensor Power, Current, Voltage (from 60 V)", "power, current, voltage"),
        ("Battery level; isLow, level 255, Notification Battery maintenance status", "battery, battery_low"),
        ("Binary Switch and Multilevel Switch currentValue: above 0 is on", "switch"),
        ("Basic; Binary Sensor Any, Tilt, Glass Break; intrusion, glass, siren", "switch; each of a part of its own"),
        ("`<node>/status`, `<node>/lastActive`", "online"),
    ),
    notes=(
        """**Units** come only with entire value ids; there degrees Fahrenheit, mA, inHg and the like are converted, and
illuminance in per cent is left out. With the other payload types degrees Celsius, lux, kPa, watts, ppm are taken.""",
        """**Presses** of a key that is held down are repeated by the device; they are one long press until it is
released or a minute has passed. The reset of the value a second after a press is nothing, and so is a press in a
retained message. Presses and events with the same `time` are copies.""",
        """**Online.** A sleeping node is healthy: only Dead is offline. `zwave/_CLIENTS/.../status` and
`zwave/driver/status` together are online of `zwave:bridge`, the hub's beat. When the driver becomes ready it publishes
what it had cached as ordinary messages: states in the 30 seconds after it are kept, and are never movement.""",
    ),
    ignored="""set points and settings, codes and what was typed on a keypad (they are never read), temperatures that
are not the room's, tests and silenced alarms, alarms in a maker's own numbers (alarmType), CO2 alarms, `_EVENTS`,
`api`.""",
    to_set="""gateway type ValueId topics, without "Use nodes name instead of numeric nodeIDs", so that a new name
changes nothing; payload type "Entire Z-Wave value Object" or "JSON Time-Value". Leave status updates on, and switch
"Publish node details" on: it tells maker and model. Retain may be on.""",
    options=("zwave_prefix",),
)
