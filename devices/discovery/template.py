"""The value templates of announcements: a small part of Jinja, read once into functions, harmless whatever is in it.

Understood: `{{ }}` and text in any mixture, `{% if %} {% elif %} {% else %} {% endif %}`, `{% set %}`, `value`,
`value_json` with members, elements and slices, numbers, texts, lists, objects, `a if c else b`, `and`, `or`, `not`,
comparisons, `in`, `is`, `+ - * / // % ~`, and the filters, functions and methods of `template_values`. No loops, no
macros, no patterns, nothing of Home Assistant's states: `Unsupported`. Every step costs a bounded time, and a template
has `STEPS_LIMIT` of them at most.
"""

from typing import Any, NamedTuple

from devices.discovery.template_expressions import STEPS_LIMIT, Expressions
from devices.discovery.template_steps import Run, Scope, constant, joined, nothing
from devices.discovery.template_values import text, truth
from devices.discovery.template_words import END, Unsupported

__all__ = ["SOURCE_LIMIT", "STEPS_LIMIT", "Scope", "Template", "Unsupported", "compile_template"]

SOURCE_LIMIT = 2_048
"""Characters of a template. Zigbee2MQTT's longest has 1,500."""


class Template(NamedTuple):
    """A template ready to run; `cost` is the number of its steps."""

    parts: list[Run]
    cost: int

    def render(self, scope: Scope) -> str:
        """The text, without spaces around it, or `Missing`."""
        if len(self.parts) == 1:
            return text(self.parts[0](scope)).strip()
        scope.names.clear()
        return str(joined(self.parts)(scope)).strip()


def compile_template(source: str, *, reading: bool = False) -> Template:
    """A template out of its source, or `Unsupported`.

    `reading`: it gives a number that is measured. A constant default there (`default(0)`) stands for no reading.
    """
    if len(source) > SOURCE_LIMIT:
        raise Unsupported("too long")
    parser = _Statements(source, reading=reading)
    parts = parser.body(())
    return Template(parts, parser.cost)


class _Statements(Expressions):
    """The whole template: text, expressions, and what is said in statements."""

    def body(self, ends: tuple[str, ...]) -> list[Run]:
        """Parts up to a statement in `ends`, which is left to be read; up to the end of the template for none."""
        self._deeper()
        parts: list[Run] = []
        while (token := self._next()) != END:
            self._step()
            if token[0] == "out":
                if token[1]:
                    parts.append(constant(token[1]))
            elif token[1] == "{{":
                parts.append(self._expression())
                self._expect("block", "}}")
            elif self._peek()[1] in ends:
                self._depth -= 1
                return parts
            else:
                parts.append(self._statement(self._name()))
        if ends:
            raise Unsupported("an open if")
        return parts

    def _statement(self, word: str) -> Run:
        if word == "if":
            return self._if()
        if word != "set":
            raise Unsupported(word)
        name = self._name()
        self._expect("sign", "=")
        value = self._expression()
        self._expect("block", "%}")
        self._names.add(name)

        def assign(scope: Scope) -> str:
            scope.names[name] = value(scope)
            return ""

        return assign

    def _if(self) -> Run:
        branches: list[tuple[Run, Run, bool]] = []
        tests = self._gap_tests
        condition: Run = self._expression()
        while True:
            self._expect("block", "%}")
            self._step()
            branches.append((condition, *self._gap(lambda: joined(self.body(("elif", "else", "endif"))))))
            word = self._name()
            if word == "endif":
                self._expect("block", "%}")
                break
            condition = self._expression() if word == "elif" else constant(True)
        fills = self._reading and tests != self._gap_tests and not all(gap for _, _, gap in branches)
        chosen_of = [(holds, nothing if gap and fills else part) for holds, part, gap in branches]

        def chosen(scope: Scope) -> Any:  # noqa: ANN401
            for holds, part in chosen_of:
                if truth(holds(scope)):
                    return part(scope)
            return ""

        return chosen
