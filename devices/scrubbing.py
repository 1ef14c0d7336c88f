"""What is taken out of a message before quarantine keeps it: keypad codes, passwords, meter numbers."""

import re

from devices.measurement import Message

_KEYS = (
    rb"\w{0,32}(?:action|pin|user|admin|arm|install)_?code\w{0,32}|\w{0,32}(?:password|passwd|psk|token)\w{0,32}"
    rb"|pin|code|new_?code|event_?data|extra_?data|user_?id|(?:wifi_|mqtt_)?pass|ha1|mpan|mprn|supplier"
    rb"|meter_?(?:id|number)|serial_?number|adsc|(?:app|d2d|\w{0,16}session)_?key|key[lh]|mikeys|0[15]01[!<?]\w{0,4}"
    rb"|uid|ssid"
)
_SECRET = re.compile(
    rb'((?<!\\)\\*"(?:' + _KEYS + rb')\\*"\s*:\s*)(\\*"[^"\\]*(?:\\*")?|\{[^{}]*\}?|\[[^\[\]]*\]?|[^,}\]\s]*)',
    re.IGNORECASE,
)
_SECRET_TOPIC = re.compile(
    r"/(?:[^/]*-)?(?:\w*(?:action|pin|user|admin|install)_?code|\w*password|pin|code|extradata|user_id|meter_id)$"
    r"|(?:^|/)(?:user_code|entry_control|install_code|99|111|unknownClass_111|113/0/Access_Control)/"
    r"|/(?:mqtt|web)?password[0-9]?$|/notification/endpoint_0/Access_Control/|/_EVENTS(?:/|$)|/_CLIENTS/[^/]+/api/",
    re.IGNORECASE,
)
"""Of Zigbee2MQTT's attribute output (also of a property within another), of rtl_433's topics a field (a SimpliSafe
keypad's PIN is `extradata`), and of Z-Wave's User Code (99), Entry Control (111) and Access Control (of 113) values."""
_MENTIONED = re.compile(rb"(?:action|pin|user|admin|arm|install)_?code|mpan|mprn", re.IGNORECASE)

_AES_KEY = re.compile(rb'("key"\s*:\s*)"[0-9A-Fa-f]{32}"')
"""Of an encrypted Bluetooth sensor behind a Shelly; any other `key` is none."""

BLOT = b"***"


def scrub(message: Message) -> Message:
    """The message fit for quarantine: secrets are blotted out, whether the JSON is whole, cut short or quoted."""
    return message._replace(payload=BLOT if _SECRET_TOPIC.search(message.topic) else blotted(message.payload))


def blotted(payload: bytes) -> bytes:
    """The payload with a blot in the place of every secret that has a name; other JSON stays as it is."""
    return _AES_KEY.sub(rb'\1"***"', _SECRET.sub(rb'\1"***"', payload))


def mentions_a_secret(payload: bytes) -> bool:
    """Whether a payload that cannot be read speaks of a secret: nobody can say where it ends, so none of it is kept."""
    return _MENTIONED.search(payload) is not None
