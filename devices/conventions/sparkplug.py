"""Sparkplug B (https://sparkplug.eclipse.org/specification/): recognised and left alone, since homes do not use it."""

from devices.convention import Options, ignored
from devices.guide import Guide
from devices.measurement import Decoded, Message

NAME = "sparkplug"
GUIDE = Guide(
    NAME,
    "Sparkplug B",
    source="the Sparkplug 3.0 specification of the Eclipse Foundation.",
    topics="Topics: everything under `spBv1.0/`. An industrial convention in protobuf that homes hardly ever have: it"
    " is recognised, counted as ignored, and not read.",
    readings=(),
    ignored="everything.",
    to_set="let the device publish in another convention, such as Home Assistant's discovery.",
)

_PREFIX = "spBv1.0/"
_KINDS = frozenset({"NBIRTH", "NDATA", "NDEATH", "NCMD", "DBIRTH", "DDATA", "DDEATH", "DCMD"})
_KIND_AT = 2


class Sparkplug:
    """Reads nothing; says what it is that is not read."""

    def __init__(self, options: Options) -> None:
        """There is nothing to set up."""

    def claims(self, topic: str) -> bool:
        """Whether the topic is in Sparkplug's namespace."""
        return topic.startswith(_PREFIX)

    def decode(self, message: Message) -> Decoded:
        """Ignored, with the kind of message it is."""
        segments = message.topic.split("/", _KIND_AT + 1)
        if segments[1] == "STATE":
            return ignored(NAME, "the state of a Sparkplug host says nothing of devices")
        kind = segments[_KIND_AT] if len(segments) > _KIND_AT else ""
        what = f"a Sparkplug B {kind} message" if kind in _KINDS else "in Sparkplug's namespace"
        return ignored(NAME, f"{what}: Keepwell does not read Sparkplug B")
