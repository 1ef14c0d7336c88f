"""What an installer reads about Tasmota and Zigbee2Tasmota."""

from devices.guide import Guide

_TOPICS = """\
Topics: any FullTopic with `tele`, `stat` or `cmnd` as a whole segment and one of Tasmota's kinds of message, in
capitals, at its end. What is left of the topic without these two is the device: `tele/kettle/SENSOR` is
`tasmota:kettle`, `attic/boiler/tele/SENSOR` is `tasmota:attic/boiler`. Where a FullTopic or the prefixes are of
another kind, devices that introduce themselves (SetOption19 0, the default) are understood all the same; for others
set the options below, and the device is what stands at `%topic%`. Each named sensor is a part of its device,
`tasmota:boiler/DS18B20-1`. A Zigbee device is a part of its bridge: `tasmota:<bridge>/<name>`, without a name
`tasmota:<bridge>/<IEEE address>`, or `tasmota:<bridge>/<short address>` where it was heard before the
bridge told its IEEE address; it keeps that, so give names first. With SetOption125 the bridge is not in the topic:
`tasmota:<name>`. A BLE sensor that has a topic of its own is `tasmota:tasmota_ble/<its name>`."""

_READINGS = (
    (
        "`LWT` Online, Offline",
        "online; so in other languages, also as `tasmota/discovery` tells; Offline of one in DeepSleep is not read",
    ),
    ("`POWER`, `POWER1` in `STATE`, `RESULT`, `STATUS11`, or as a topic", "switch; `POWER2` of the part `/2`"),
    ("`Switch1`, or the name given by SwitchText", "switch; of the part `/Switch1`, or of that name"),
    ("`Button1` SINGLE, DOUBLE, TRIPLE, HOLD, CLEAR, or 10 to 15", "button; of the part `/Button1`"),
    ("`Wifi.Signal`, in dBm; a BLE sensor's or LoRaWAN device's `RSSI`", "rssi"),
    ("`BatteryPercentage` of the device, `Battery` of a BLE sensor", "battery"),
    ("`ENERGY` Power, Total, Voltage, Current", "power, energy, voltage, current; lists are the parts `/1`, `/2`"),
    (
        "named sensors: Temperature, Humidity, Pressure, Illuminance, CarbonDioxide, TVOC, PM2.5",
        "temperature, humidity, pressure, illuminance, co2, voc, pm25; numbered ones of `ANALOG` are `/ANALOG1`",
    ),
    ("Temperature of `ESP32`, and of `ANALOG` beside a meter", "device_temperature"),
    ("`LD2410S` People, `LD2402` Occupancy", "presence"),
    ("`PIR`, `Motion` and `Leak` of a BLE sensor, Motion of `LD2402`", "motion, leak"),
    ("`Door` of a BLE sensor (MCCGQ02HL): 0 and 2 are open, 1 is closed", "contact"),
    ("`Button1` of a BLE sensor: 1, 2, 3", "button; press, double, long, of the part with `-1` after its name"),
    (
        "`MAX17043` Voltage, `BattV` and the like of LoRaWAN devices",
        "battery_voltage; `Battery` of these is volts, too",
    ),
    ("`DoorOpen`, `PIR`, `WaterLeak`, `TamperDetect` in `LwDecoded`", "contact, motion, leak, tamper"),
    ("Zigbee: `Contact` (1 = open), `Occupancy`, `Water`, `Fire`, `CO`", "contact, motion, leak, smoke, co"),
    ("Zigbee: `Movement`, `AqaraVibrationMode`", "vibration"),
    ("Zigbee: `ZoneStatus` and `ZoneStatusChange`", "tamper, battery_low, fault, mains_failure"),
    ("Zigbee: the same of a zone whose type is not known", "switch"),
    ("Zigbee: `PersonalAlarm`, `Panic`, `Click`, commands such as `0006!02`", "button; see below"),
    ("Zigbee: `Power` without a command", "switch"),
    (
        "Zigbee: `Temperature`, `Humidity`, `Pressure`, `Illuminance`, `CO2`",
        "temperature, humidity, pressure, illuminance, co2",
    ),
    (
        "Zigbee: `ActivePower`, `EnergyTotal`, `RMSVoltage`, `RMSCurrent`",
        "power, energy, voltage, current",
    ),
    (
        "Zigbee: `BatteryPercentage`, `BatteryVoltage`, `LinkQuality`, `Reachable`",
        "battery, battery_voltage, link_quality, online",
    ),
)

_NOTES = (
    """\
**Units.** `TempUnit` and `PressureUnit` are respected. `Time` is local time without a zone and is not used, unless
it carries one (`SetOption52 1`) or is a count of seconds (command `Time 2` or `Time 3`). A null is a dead probe.""",
    """\
**Switches.** What a switch means (a door, a bed mat) comes from the role that you give its part. Words changed
with `StateText` are known from discovery. TOGGLE, HOLD, INC_DEC and the like of a switch are not read.""",
    """\
**Presses.** SINGLE and TOGGLE are press; DOUBLE, TRIPLE; HOLD is long; CLEAR is release; QUAD and PENTA stay as
they are. A press that comes as `RESULT` and as `BUTTON1` within 2 seconds is one. A retained press is an old one
and is left out. Of Zigbee devices, `Click` says single, double, hold; `PersonalAlarm`, `Panic` and a keypad's
`0501!02` and `0501!04` are emergency, and each message with one counts; a Tuya button's `0006!FD` and an eWeLink
button's (SNZB-01) `0006!00` to `0006!02` are press, double and long, the latter once the bridge has told its model.
Other remote controls keep their words: `on`, `off`, `toggle`, `arrow_left_click`, `DimmerUp`. `0006!42` (on, and
off by itself) is a motion sensor's: motion that is never said to be over. A keypad's code is never read.""",
    """\
**Who is who.** `tasmota/discovery/<MAC>/config` and `/sensors` introduce devices: name, model, quantities, topics
and words. `ZbInfo`, `ZbStatus1` to `ZbStatus3`, `ZbState` 30 (a device joined), `ZbName` and a message with a
`ModelId` do so for Zigbee devices; their last known values are old and are not read. All forms of Zigbee messages
are understood: SetOption83, 89, 100, 112, 118, 119, 120 and 125. A short address is another one after the device
has joined again, so give each Zigbee device a name (`ZbName`) before you register it.""",
    """\
**Not certain.** `Illuminance` of a Zigbee device is lux for some models and a logarithm for most: it is converted
where the model is known, taken for lux up to 1,000 where it is not, and else left out. `EnergyTotal` is taken for
kWh (a Tuya device's for hundredths); `CurrentSummationDelivered`, the same before Tasmota knew a unit, is only read
of Tuya devices. An `RMSCurrent` above 63 A is a number whose divisor the bridge had not read yet.""",
)

GUIDE = Guide(
    "tasmota",
    "Tasmota and Zigbee2Tasmota",
    "tasmota.github.io/docs (MQTT, Commands, Buttons-and-Switches, Zigbee, Bluetooth), Tasmota's sources"
    " (xdrv_12_discovery, xdrv_23_zigbee, xdrv_29_deepsleep, xsns_*, support_button_v4, support_switch_v4,"
    " language, berry/lorawan) and hatasmota. Which number of a BLE door sensor (MCCGQ02HL) is open, after captures in"
    " issue 19 of AlexxIT/XiaomiGateway3.",
    _TOPICS,
    _READINGS,
    "commands, `INFO`, `STATUS` without sensors, rule topics (`stat/boiler/PIR1`), `IrReceived` and `RfReceived` (a raw"
    " code means nothing without who sent it), card readers and beacons, `Vcc` (the chip's supply), distances, weights"
    " and `LD2410` energies, set points, `SmokeDensity` and `GasDensity`, raw LoRaWAN bytes.",
    "nothing for plugs; `SetOption73 1` for buttons; `SetOption114 1` for switches that shall be reported at once;"
    " `PowerDelta 101` reports a kettle at once instead of after 5 minutes. Leave `SetOption19` at 0, so that devices"
    " introduce themselves. On a Zigbee bridge: `ZbName` for each device, and `ZbInfo` once when all have joined.",
    _NOTES,
    ("tasmota_full_topic", "tasmota_prefixes"),
)
