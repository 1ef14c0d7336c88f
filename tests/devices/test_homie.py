"""Homie: devices that are carried by another one, over a restart of ours."""

from devices.decode import HubDecoder
from devices.measurement import Decoded, Message

CHILD = b'{"homie":"5.0","name":"Pad","root":"bridge","nodes":{}}'


def _tell(decoder: HubDecoder, topic: str, payload: bytes) -> Decoded:
    return decoder.decode(Message(f"homie/5/{topic}", payload, retained=True))


def _online(decoded: Decoded) -> dict[str, object]:
    return {said.address: said.value for said in decoded.measurements}


def test_a_device_behind_a_lost_root_is_not_online_whatever_the_broker_kept_of_it():
    decoder = HubDecoder()
    _tell(decoder, "pad/$description", CHILD)
    _tell(decoder, "bridge/$state", b"lost")
    assert _online(_tell(decoder, "pad/$state", b"ready")) == {"homie:pad": False}
    assert _online(_tell(decoder, "bridge/$state", b"ready")) == {"homie:bridge": True, "homie:pad": True}


def test_what_a_device_last_said_is_known_after_a_restart():
    decoder, lessons = HubDecoder(), dict[str, Message]()
    for topic, payload in (("pad/$description", CHILD), ("pad/$state", b"ready"), ("bridge/$state", b"lost")):
        lesson = _tell(decoder, topic, payload).lesson
        assert lesson == f"homie/5/{topic}"
        lessons[lesson] = Message(lesson, payload)
    later = HubDecoder()
    later.recall(lessons.values())
    assert _online(_tell(later, "bridge/$state", b"ready")) == {"homie:bridge": True, "homie:pad": True}
