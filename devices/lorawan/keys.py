"""What an installer may say of a codec's key, beyond the built-in ones (`Options.lorawan_keys`)."""

from devices.lorawan.field import FAHRENHEIT, NOTHING, UNITS, Field, meant, numeric, press
from devices.lorawan.generic import motion
from devices.lorawan.words import FOLD_LIMIT, fold, opening, state
from devices.quantity import QUANTITIES
from devices.values import NUMBERS, number

IGNORE = "ignore"
_MOST = 1e6


def read_key(text: str) -> Field | str:
    """How to read a key, or a sentence that says what is wrong with the text.

    `quantity`, `quantity unit` (`temperature F`, `energy Wh`), `quantity x0.1` for a scaled integer, `!quantity` for a
    state that is the wrong way round, `ignore`; a part of the device follows a slash: `temperature/fridge F`.
    """
    words = text.split() if isinstance(text, str) and len(text) <= FOLD_LIMIT else []
    if len(words) not in (1, 2):
        return "Expected a quantity, and perhaps a unit, such as `temperature F`."
    name, _, part = words[0].partition("/")
    unit = words[1] if len(words) > 1 else ""
    if name == IGNORE:
        return NOTHING
    quantity = QUANTITIES.get(name.removeprefix("!"))
    if quantity is None:
        return f"There is no quantity `{name[:40]}`."
    if "/" in part or not part.isprintable():
        return "A part of a device is named by a word without a slash."
    if quantity.kind == "number":
        return _number(name, part, unit)
    return f"`{name}` has no unit." if unit else _state(quantity.name, part, inverted=name.startswith("!"))


def _state(name: str, part: str, *, inverted: bool) -> Field | str:
    if name == "button":
        return "`button` cannot be turned round." if inverted else press({1: "press", 2: "double", 3: "long"}, part)
    if name == "contact":
        return Field(name, opening(true_is_open=not inverted), part)
    if name == "motion" and not inverted:
        return meant(motion, name)._replace(part=part)
    return Field(name, state(name, inverted=inverted), part)


def _number(name: str, part: str, unit: str) -> Field | str:
    if name not in NUMBERS:
        return f"`{name}` is a number and cannot be turned round."
    if unit.startswith("x") and (factor := number(unit[1:])) is not None and 0 < abs(factor) <= _MOST:
        return Field(name, numeric(name, factor=factor), part)
    folded = fold(unit)
    if folded and folded not in UNITS.get(name, {}):
        known = ", ".join(sorted(each for each in UNITS.get(name, {}) if each)) or "none"
        return f"`{name}` is not given in `{unit[:20]}`; known units: {known}."
    return Field(name, numeric(name, unit=FAHRENHEIT if folded == FAHRENHEIT else folded), part)
