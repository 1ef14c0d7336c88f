"""Whether a fact is what gateway/recorder/schema.py declares."""

from gateway.model import Fact
from gateway.recorder.schema import FACTS


def conforms(fact: Fact) -> list[str]:
    """What is wrong with it, in words; empty where it is as declared."""
    declared = FACTS.get(fact.measurement)
    if declared is None:
        return [f"{fact.measurement} is no measurement"]
    fields = {field.name: field for field in declared.fields}
    wrong = [f"tag {name} is not declared" for name in fact.tags if name not in declared.tags]
    wrong += [f"tag {name} is no text: {text!r}" for name, text in fact.tags.items() if not isinstance(text, str)]
    wrong += [f"field {name} is not declared" for name in fact.fields if name not in fields]
    wrong += [f"field {name} is missing" for name, field in fields.items() if field.always and name not in fact.fields]
    for name, value in fact.fields.items():
        if name in fields and type(value) is not (str if fields[name].text else float):
            wrong.append(f"field {name} is {value!r}")
    if not fact.home:
        wrong.append("it has no home")
    return [f"{fact.measurement}: {what}" for what in wrong]


def assert_conforms(fact: Fact) -> None:
    """With all that is wrong in the message."""
    assert not conforms(fact), conforms(fact)
