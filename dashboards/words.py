"""What people read for the names that the store holds."""

from dashboards.panels import ALARM, CALM, NOTICE, UNKNOWN, WARN, WELL, Words

TEXT = "text"
"""The colour of text."""


def of_rules(**words: str) -> Words:
    """Words for rules in the colour of text, whatever follows: the key of `long_bathroom/bathroom`, ` is blind`."""
    return {f"{rule}(?:/(\\S+))?( .*)?": (f"{said} $1$2", TEXT) for rule, said in words.items()}


RULES = of_rules(
    pendant="call for help",
    hazard="smoke, heat, gas or water",
    not_up="no sign of being up",
    inactivity="nothing heard for long",
    routine_inactivity="quieter than usual",
    door_open="door left open",
    absence="nobody seen for a long time",
    left_at_night="left home at night",
    out_of_bed="long out of bed",
    not_to_bed="not gone to bed",
    long_bathroom="long in the bathroom",
    night_bathroom_visits="many bathroom visits at night",
    temperature="too cold or too warm",
    appliance_unused="kettle or fridge not used",
    appliance_on="cooker on for long",
    carer_visit="carer's visit missed or late",
    pacing="walking about at night",
    long_in_chair="long in the chair",
    sensor_silent="sensor is silent",
    hub_silent="hub is silent",
    battery="battery is low",
    mains="no mains power",
    sensor_stuck="sensor is stuck",
    tamper="device was opened",
    trend="change over weeks",
    noisy_rule="rule alerts too often",
    untested="nothing tested for long",
    rule_error="a rule stopped",
)
"""The tag `rule`, and the field `what` of home_state."""
ALERT_STATES: Words = {
    "raised": ("nobody yet", ALARM),
    "accepted": ("accepted", WELL),
    "snoozed": ("put off", NOTICE),
    "cleared": ("reason is gone", UNKNOWN),
}
"""The field `state` of alert_open."""
OFFLINE: Words = {"0": ("online", WELL), "1": ("offline", ALARM)}
"""The field `offline` of home_state."""
WORKS: Words = {"1": ("works", WELL), "0": ("does not", ALARM)}
RESULTS: Words = {
    "sent": ("sent", WELL),
    "waiting": ("waiting", CALM),
    "blocked": ("blocked by a setting", WARN),
    "failed": ("failed", ALARM),
    "dropped": ("dropped", UNKNOWN),
}
"""The tag `result` of gateway_notifications."""
