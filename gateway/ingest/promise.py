"""Whether the settings, and what the broker answered, can give at-least-once. Pure; every refusal is a sentence."""

from collections.abc import Sequence
from itertools import combinations

from gateway.config import Broker
from gateway.ingest.topics import covers, overlap

SHORTEST_SESSION_S = 7 * 24 * 3600
"""A kept session has to outlast a weekend with nobody there, and then some."""
_OWN_TOPICS = "keepwell/#"
_TOPICS_OF_HUBS = "homes/+/#"


def refusals(settings: Broker) -> list[str]:
    """Sentences that say which setting prevents at-least-once, and why; empty when none does."""
    found = []
    if not settings.client_id.strip():
        found.append(
            "[broker] client_id is empty: the broker would give us a new name, and a new empty session, at every"
            ' connection; set a fixed one, such as client_id = "keepwell"'
        )
    elif any(part in settings.client_id for part in ("{", "$", "%", "*")):
        found.append(
            f"[broker] client_id = {settings.client_id!r} looks like a placeholder: the kept session belongs to one"
            " fixed id; write it out"
        )
    if settings.clean_session:
        found.append(
            "[broker] clean_session = true tells the broker to forget us when the connection ends, with every message"
            " that came meanwhile; set it to false"
        )
    if settings.qos != 1:
        why = (
            "the broker does not repeat what it sends at QoS 0"
            if settings.qos == 0
            else "the client library confirms QoS 2 before the reading is on disk"
        )
        found.append(f"[broker] qos = {settings.qos} loses messages ({why}); set it to 1")
    if settings.protocol == "5" and settings.session_expiry_s < SHORTEST_SESSION_S:
        found.append(
            f"[broker] session_expiry_s = {settings.session_expiry_s} lets the broker drop the session, and what is"
            f" queued in it, while we are away; leave it out (for ever) or give at least {SHORTEST_SESSION_S}"
        )
    return found + _filter_refusals(settings)


def _filter_refusals(settings: Broker) -> list[str]:
    filters = [one.filter for one in settings.filters]
    without_hub = {one.filter for one in settings.filters if one.hub is None}
    if not filters:
        return ['[broker] filters is empty: nothing would arrive; give at least filters = [{ filter = "homes/#" }]']
    found = []
    for one in filters:
        levels = one.split("/")
        if levels[0] in {"$share", "$queue"}:
            found.append(
                f"[broker] filter {one!r} is a shared subscription: the broker gives messages that we have not"
                " acknowledged to others, or drops them; subscribe without it"
            )
        elif any(level != "+" and "+" in level for level in levels) or any("#" in level for level in levels[:-1]):
            found.append(f"[broker] filter {one!r} is not valid: + stands for one whole level and # for the last ones")
        elif "#" in levels[-1] and levels[-1] != "#":
            found.append(f"[broker] filter {one!r} is not valid: # stands for whole levels, at the end")
        elif overlap(one, _OWN_TOPICS):
            found.append(
                f"[broker] filter {one!r} would bring back the alerts that Keepwell itself publishes below keepwell/;"
                " name what you want, such as zigbee2mqtt/#"
            )
        elif one in without_hub and not overlap(one, _TOPICS_OF_HUBS):
            found.append(
                f"[broker] topics of {one!r} name no hub, so nothing could be taken in: add hub = and the name of the"
                f' hub whose they are, as in {{ filter = "{one}", hub = "elm-12" }}'
            )
    for first, second in combinations(filters, 2):
        if covers(first, second) or covers(second, first) or overlap(first, second):
            found.append(
                f"[broker] filters {first!r} and {second!r} overlap: a broker may deliver such a message twice, and"
                " one press would count as two; make them apart"
            )
    return found


def broker_refusal(settings: Broker, session_expiry_s: int | None) -> str | None:
    """Why the session that CONNACK granted is not enough, or None. Brokers that take ours answer nothing."""
    if settings.protocol != "5" or session_expiry_s is None or session_expiry_s >= settings.session_expiry_s:
        return None
    if session_expiry_s >= SHORTEST_SESSION_S:
        return None
    return (
        f"the broker keeps our session for only {session_expiry_s} s after the connection ends and then drops what is"
        " queued: raise its limit (Mosquitto: persistent_client_expiration; others: maximum session expiry interval)"
    )


def subscription_refusal(filters: Sequence[str], granted: Sequence[int]) -> str | None:
    """Why the subscriptions that were granted are not enough, or None."""
    for one, code in zip(filters, granted, strict=True):
        if code >= 0x80:
            return f"the broker refused the subscription to {one!r}: allow our user to read it in its access list"
        if code != 1:
            return (
                f"the broker grants only QoS {code} for {one!r}, which loses messages: raise its maximum QoS"
                " (Mosquitto: max_qos)"
            )
    return None
