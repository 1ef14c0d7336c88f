"""What is taken out of a message before quarantine keeps it: keypad codes, passwords, meter numbers."""

import re

from devices.measurement import Message

_KEYS = (
    rb"action_code|pin_?code|pin|user_?code|arm_?code|code|event_?data|new_?code|pass(?:word)?|psk|token"
    rb"|mpan|mprn|supplier"
)
_SECRET = re.compile(
    rb'((?<!\\)\\*"(?:' + _KEYS + rb')\\*"\s*:\s*)(\\*"[^"\\]*(?:\\*")?|\{[^{}]*\}?|\[[^\[\]]*\]?|[^,}\]\s]*)',
    re.IGNORECASE,
)
_SECRET_TOPIC = re.compile(r"/(action_code|pin_code|code)$|(^|/)(user_code|entry_control|99|111)/", re.IGNORECASE)
"""Of Zigbee2MQTT's attribute output, and Z-Wave's User Code (99) and Entry Control (111) command classes."""
_MENTIONED = re.compile(rb"action_?code|pin_?code|user_?code|arm_?code|mpan|mprn", re.IGNORECASE)

BLOT = b"***"


def scrub(message: Message) -> Message:
    """The message fit for quarantine: secrets are blotted out, whether the JSON is whole, cut short or quoted."""
    if _SECRET_TOPIC.search(message.topic):
        return message._replace(payload=BLOT)
    return message._replace(payload=_SECRET.sub(rb'\1"***"', message.payload))


def mentions_a_secret(payload: bytes) -> bool:
    """Whether a payload that cannot be read speaks of a secret: nobody can say where it ends, so none of it is kept."""
    return _MENTIONED.search(payload) is not None
