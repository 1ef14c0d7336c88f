"""`keepwell devices explain`: a capture told in words, and the devices that are in it."""

import json as json_text
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from devices.convention import Options
from devices.decode import HubDecoder, split_hub
from devices.instant import rfc3339
from devices.measurement import Decoded, Measurement, Message
from devices.quantity import QUANTITIES
from gateway.cli.capture import lines_of, read_captured
from gateway.cli.decode import answer_of
from gateway.cli.hub_options import OptionsOption, read_options
from gateway.cli.inventory import Inventory, notes_in_words
from gateway.cli.place import JsonOption
from gateway.cli.shown import show_line, show_table
from gateway.errors import BadInput
from gateway.saying import counted

_UNITS = {"Cel": "°C", "ug/m3": "µg/m³"}
_YES_NO = {
    "contact": ("open", "closed"),
    "bed": ("occupied", "empty"),
    "chair": ("occupied", "empty"),
    "usage": ("in use", "not in use"),
    "switch": ("on", "off"),
}
_NAMES_TOLD = 3


def explain(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The capture; - for standard input.", allow_dash=True)],
    devices_only: Annotated[
        bool, typer.Option("--devices", "--quiet", "-q", help="Show the devices only, not each message.")
    ] = False,
    options: OptionsOption = None,
    json: JsonOption = False,
) -> None:
    """Tell what a capture means, and which devices are in it.

    Each message is told in words, then the devices that Keepwell would offer for registration. Capture for a few hours,
    press every button and open every door, and look what is there:

        mosquitto_sub -t '#' -v -F '%j' > capture.jsonl

        keepwell devices explain capture.jsonl

    Also read are `mosquitto_sub -v`, and the lines that keepwell decode takes. Nothing is stored or sent.
    With --json each message is a line of JSON and the devices are the last line.
    """
    explained = Explained(read_options(options).to_options())
    try:
        with _opened(file) as stream:
            for message, decoded in explained.messages(lines_of(stream)):
                if devices_only:
                    continue
                if isinstance(message, str):
                    show_line(json_text.dumps({"bad_line": message}) if json else f"Not a message: {message}.")
                elif json:
                    at = None if message.received_at is None else rfc3339(message.received_at)
                    show_line(json_text.dumps({"received_at": at} | answer_of(message.topic, decoded)))
                else:
                    show_line(in_words(message, decoded))
        if json:
            show_line(json_text.dumps(explained.to_json(), ensure_ascii=False))
        else:
            explained.show()
    except BrokenPipeError:  # the reader has seen enough, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Explained:
    """A capture being read: one decoder for each hub, and what was found."""

    def __init__(self, options: Options) -> None:
        self.bad_lines = 0
        self._options = options
        self._decoders: dict[str | None, HubDecoder] = {}
        self._inventory = Inventory()

    def messages(self, lines: Iterable[bytes | str]) -> Iterator[tuple[Message | str, Decoded]]:
        """Each message with what it means; of a line that is none, what is wrong with it. Blank lines do not count."""
        for line in lines:
            if not line.strip():
                continue
            message = read_captured(line)
            if isinstance(message, str):
                self.bad_lines += 1
                yield message, Decoded(None)
                continue
            hub, rest = split_hub(message.topic)
            decoder = self._decoders.get(hub)
            if decoder is None:
                decoder = self._decoders[hub] = HubDecoder(self._options)
            decoded = decoder.decode(message)
            self._inventory.note(hub, rest, message, decoded)
            yield message, decoded

    def to_json(self) -> dict[str, object]:
        """Devices and hubs."""
        return {
            "bad_lines": self.bad_lines,
            "devices": [found.to_json() for found in self._inventory.devices(self._address_of)],
            "hubs": [{"hub": hub} | notes.to_json() for hub, notes in self._inventory.hubs.items()],
        }

    def show(self) -> None:
        """The devices as a table, and what is to be said of each hub."""
        show_table(
            ("hub", "address", "name", "maker", "model", "quantities", "role?", "times", "last heard (UTC)"),
            (
                (
                    found.hub or "",
                    found.address,
                    plain(found.name or ""),
                    plain(found.maker or ""),
                    plain(found.model or ""),
                    ", ".join(found.quantities),
                    found.role,
                    found.times,
                    "" if found.last_heard is None else rfc3339(found.last_heard),
                )
                for found in self._inventory.devices(self._address_of)
            ),
            title="Devices to register",
            key="address",
            empty="No device was found.",
        )
        for hub, notes in self._inventory.hubs.items():
            show_line(f"{f'Hub {plain(hub)}' if hub else 'Topics without homes/HUB/'}: "
                      f"{counted(notes.messages, 'message')}.")  # fmt: skip
            for line in notes_in_words(notes):
                show_line(f"  {plain(line)}")
        if self.bad_lines:
            show_line(f"{counted(self.bad_lines, 'line')} could not be taken for a message.")

    def _address_of(self, hub: str | None, named: str) -> str | None:
        decoder = self._decoders.get(hub)
        return None if decoder is None else decoder.address_of(named)


def in_words(message: Message, decoded: Decoded) -> str:
    """One line on a message: when, on which topic, which convention, and what was made of it."""
    when = "" if message.received_at is None else rfc3339(message.received_at) + "  "
    said = "; ".join(_parts(message, decoded))
    return plain(f"{when}{message.topic}  {decoded.convention or 'nobody'}: {said}")


def plain(text: str) -> str:
    """The text without what a terminal might take for a command."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _parts(message: Message, decoded: Decoded) -> Iterator[str]:
    if decoded.rejected is not None:
        yield f"rejected ({decoded.rejected.reason}): {decoded.rejected.detail}"
    if decoded.ignored is not None:
        yield f"ignored: {decoded.ignored}"
    if decoded.hub_online is not None:
        yield f"the hub's bridge is {'online' if decoded.hub_online else 'offline'}"
    address = None
    for number, said in enumerate(decoded.measurements, 1):
        if decoded.hub_online is not None and said.quantity == "online":
            continue
        after = decoded.measurements[number].at if number < len(decoded.measurements) else None
        when = "" if said.at is None or said.at == after else f" at {rfc3339(said.at)}"  # once for those in a row
        yield ("" if said.address == address else f"{said.address} ") + value_in_words(said) + when
        address = said.address
    if decoded.described:
        names = [one.name or one.address for one in decoded.described]
        more = f" and {len(names) - _NAMES_TOLD} more" if len(names) > _NAMES_TOLD else ""
        yield f"introduces {', '.join(names[:_NAMES_TOLD])}{more}"
    if decoded.measurements and message.retained:
        yield "retained, so a state and no event"
    elif decoded.measurements and decoded.replayed:
        yield "sent again from the bridge's memory, so a state and no event"
    if decoded.untrusted:
        yield "anybody could have sent it, so it clears no alert"


def value_in_words(said: Measurement) -> str:
    """Such as `contact open` or `temperature 20.5 °C`."""
    quantity, value = said.quantity.replace("_", " "), said.value
    if isinstance(value, bool):
        yes, no = _YES_NO.get(said.quantity, ("yes", "no"))
        words = f"{quantity} {yes if value else no}"
    elif isinstance(value, str):
        words = f"{quantity} {value}"
    else:
        unit = QUANTITIES[said.quantity].unit or ""
        words = f"{quantity} {value:.10g} {_UNITS.get(unit, unit)}".rstrip()
    return words


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    if str(file) == "-":
        yield sys.stdin.buffer
        return
    try:
        with file.open("rb") as stream:
            yield stream
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror or error}") from error
