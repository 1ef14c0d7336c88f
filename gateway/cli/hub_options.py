"""Options of a hub as a command is given them: KEY=VALUE, a TOML file, or the file that enocean-mqtt itself reads."""

import configparser
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.errors import BadInput
from gateway.registry.homes import checked
from gateway.registry.options import OptionsEntry
from gateway.registry.tomltext import value_text
from gateway.registry.wording import known_words

OptionsOption = Annotated[
    Path | None,
    typer.Option(
        "--options",
        metavar="FILE",
        help='How the hub is set up: a TOML file of [home.hubs.options] keys, such as zigbee2mqtt_base = "z2m".',
    ),
]
_TABLES = frozenset({"enocean_sensors", "lorawan_keys"})
_LISTS = frozenset({"shelly_prefixes", "tasmota_prefixes"})
_YES_NO = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_NO_SENSORS = frozenset({"CONFIG", "DEFAULT"})


def read_options(path: Path | None) -> OptionsEntry:
    """The options in a TOML file; the defaults without one. BadInput names the file and the fix."""
    if path is None:
        return OptionsEntry()
    try:
        return _checked(tomllib.loads(_text(path)))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path} is not valid TOML: {error}") from error
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def with_settings(options: OptionsEntry, settings: Sequence[str]) -> OptionsEntry:
    """`options` with each KEY=VALUE taken up; KEY= sets the default again."""
    values = options.given()
    for setting in settings:
        key, equals, text = setting.partition("=")
        key = key.strip().replace("-", "_")
        if key not in OptionsEntry.model_fields:
            raise BadInput(known_words("option", key, OptionsEntry.model_fields))
        if not equals:
            raise BadInput(f"--set {key}: write {key}=VALUE, or {key}= for its default")
        values.pop(key, None)
        if text.strip():
            values[key] = _value(key, text)
    return _checked(values)


def with_enocean(options: OptionsEntry, path: Path) -> OptionsEntry:
    """`options` with the sensors of an enocean-mqtt configuration file, in place of those known so far."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(_text(path))
    except configparser.Error as error:
        raise BadInput(f"{path} is not a file of enocean-mqtt: {str(error).splitlines()[0]}") from error
    prefix = parser.get("CONFIG", "mqtt_prefix", fallback=f"{options.enocean_prefix}/").strip("/")
    sensors = {}
    for name in parser.sections():
        if name in _NO_SENSORS:
            continue
        try:
            numbers = [int(parser.get(name, part), 0) for part in ("rorg", "func", "type")]
        except (configparser.Error, ValueError) as error:
            raise BadInput(f"{path}: [{name}] needs rorg, func and type, such as 0xD5, 0x00 and 0x01") from error
        sensors[name.strip("/")] = "-".join(f"{number:02X}" for number in numbers)
    if not sensors:
        raise BadInput(f"{path} lists no sensors: each is a section such as [front door] with rorg, func and type")
    return _checked(options.given() | {"enocean_prefix": prefix, "enocean_sensors": sensors})


def option_rows(options: OptionsEntry) -> list[tuple[str, str, str]]:
    """Each option, its value, and `default` where it has that, as a table shows them."""
    given = options.given()
    values = options.model_dump(mode="json")
    return [(name, value_text(value), "" if name in given else "default") for name, value in values.items()]


def _value(key: str, text: str) -> object:
    if key in _LISTS:
        return [part.strip() for part in text.split(",") if part.strip()]
    if key in _TABLES:
        pairs = [part.partition("=") for part in text.split(",") if part.strip()]
        if any(not equals for _, equals, _ in pairs):
            raise BadInput(f"--set {key}: write {key}=NAME=VALUE,NAME=VALUE")
        return {name.strip(): value.strip() for name, _, value in pairs}
    if key == "shelly_fahrenheit":
        if text.strip().lower() not in _YES_NO:
            raise BadInput(f"--set {key}: write {key}=true or {key}=false")
        return _YES_NO[text.strip().lower()]
    return text.strip()


def _checked(values: Mapping[str, Any]) -> OptionsEntry:
    return checked(OptionsEntry, **values)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read as a text file in UTF-8: {error}") from error
