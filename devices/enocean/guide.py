"""What an installer reads about EnOcean."""

from devices.guide import Guide

GUIDE = Guide(
    "enocean",
    "EnOcean through enocean-mqtt",
    source="""enocean-mqtt 0.1.4 (communicator.py, enoceanmqtt.py, README, enoceanmqtt.conf.sample), EEP.xml of
kipe/enocean 0.60.1, and the profiles and Home Assistant mapping of its descendants in HA_enoceanmqtt. The shortcuts of
D2-15-00 (people counter) and D2-06-01 (window handle with alarms) could not be found in the first two: not read.""",
    topics="""`enocean/<sensor>` with a telegram as JSON, or `enocean/<sensor>/<shortcut>` with one value as plain
text; with `channel` set, `enocean/<sensor>/CMD4` and the like stand between. The sensor's name may hold slashes. Its
address is `enocean:<sensor>`, with dots for slashes. No message tells which profile a sensor has, so **each sensor
must be named in the hub's mapping**: hand over enocean-mqtt's own configuration file, or lines such as `hall/door =
D5-00-01`. A sensor that is not in the mapping is ignored.""",
    readings=(
        ("D5-00-01, D2-14-41 `CO`: 1 is closed (it is not carbon monoxide)", "contact"),
        ("A5-14 `CT`, `DCT`, A5-30-01 and A5-30-02 `IPS`: open, or tilted; A5-11-01 `MGC`", "contact"),
        ("F6-10 and D2-03-10, a window's handle: all but down is open", "contact"),
        ("A5-07-01 `PIRS` from 128, `PIR`; A5-07-02, A5-07-03 `PIRS` 1; A5-08 `PIRS` 0", "motion"),
        ("A5-11-01 `OCC`", "presence"),
        ("F6-02, F6-03, rockers: `R1`, `EB`", "button; press and release of the parts `/AI`, `/AO`, `/BI`, `/BO`"),
        ("F6-01-01 `PB`, D2-03-0A `BA`, `OCC` of A5-08 and A5-10", "button"),
        ("F6-05-01 `WAS` 17", "leak; nothing ever says that it is over"),
        ("F6-05-02 `SMO`, D2-14-30 `SMA0`", "smoke"),
        ("A5-14 `VIB`", "vibration"),
        ("`TMP` of A5-02, A5-04, A5-08, A5-09, A5-10, A5-30-03, D2-14", "temperature"),
        ("`TMP` of the valve A5-20-01", "device_temperature"),
        ("`HUM` of A5-04, A5-09-04, A5-10, D2-14", "humidity"),
        ("A5-05 `BAR`", "pressure"),
        ("`ILL`, and `ILL1` or `ILL2` as `RS` says", "illuminance"),
        ("A5-09-04 `Conc`, A5-09-08 `CO2`; A5-09-05 `Conc`, total; A5-09-07 `PM2.5`", "co2, voc, pm25"),
        ("A5-12-01 `MR` with `DT` and `DIV`; D2-01 `MV` with `UN`", "power, energy"),
        ("D2-01 `OV` of a status; F6-04, a key card; A5-30-03, A5-30-04; A5-11-01 `PWR`", "switch"),
        ("D2-01 and A5-09-09 `PFD`", "mains_failure"),
        ("D2-01 `EL`, D2-14-30 `SMA1`, A5-20-01 `FTS`, `ACO`", "fault"),
        ("A5-20-01 `CCO`", "tamper"),
        ("`SVC`, in volts", "battery_voltage"),
        ("F6-05-02 48, A5-20-01 `BCAP`, A5-30-01 `SVC`, D2-14-30 `ES`", "battery_low"),
        ("D2-03-0A `BATT`", "battery"),
        ("`_RSSI_`", "rssi"),
    ),
    notes=(
        """**Presses.** A telegram that comes again within a second through a repeater is one press, and so is one with
the same `_DATE_`. A release belongs to the button that was pressed before it. Presses in retained messages are old.""",
        """**Parts.** The inputs of A5-30-03 are the parts `/DI0` and so on, since only you know what is wired to them;
the second channel of a D2-01 is the part `/IO1`.""",
    ),
    ignored="""teach-in telegrams (`LRN` 0), commands (`req`), set points, fan stages, acceleration, weather
stations, meters of gas and water, and every profile that is not in the table. `_DATE_` is local time without a zone,
and is used only where it has one.""",
    to_set="""`publish_json = 1` is best: what is published one by one rests on the order of arrival. `publish_rssi =
1`. Leave `log_learn` off, and `persistent` off for rockers.
The hub's prefix is `mqtt_prefix` without its slash; where that has none, leave it empty and map the names in full.""",
    options=("enocean_prefix", "enocean_sensors"),
)
