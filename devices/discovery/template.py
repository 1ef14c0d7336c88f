"""The value templates of announcements: a small part of Jinja, read once into functions, harmless whatever is in it.

Understood: `{{ }}` and text in any mixture, `{% if %} {% elif %} {% else %} {% endif %}`, `{% set %}`, and the
expressions of `template_expressions`. No loops, no macros, no patterns, nothing of Home Assistant's states:
`Unsupported`. Every step costs a bounded time, and a template has `STEPS_LIMIT` of them at most.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from devices.discovery.template_expressions import STEPS_LIMIT, Expressions
from devices.discovery.template_steps import Run, Scope, constant, joined
from devices.discovery.template_values import Missing, text, truth
from devices.discovery.template_words import END, Unsupported

__all__ = ["SOURCE_LIMIT", "STEPS_LIMIT", "Scope", "Template", "Unsupported", "compile_template"]

SOURCE_LIMIT = 2_048
"""Characters of a template. Zigbee2MQTT's longest has 1,500."""


class Template(NamedTuple):
    """A template ready to run; `cost` is the number of its steps.

    `reading`: it gives a number that is measured. Then what it gives where the message lacks what it asks for, such as
    the 0 of `default(0)`, only fills a gap in a display and is no reading.
    """

    run: Run
    cost: int
    reading: bool

    def render(self, scope: Scope) -> str:
        """The text, without spaces around it, or `Missing`."""
        scope.names.clear()
        scope.told = False
        rendered = text(self.run(scope)).strip()
        if self.reading and not scope.told:
            raise Missing
        return rendered


@lru_cache(512)
def compile_template(source: str, *, reading: bool = False) -> Template:
    """A template out of its source, or `Unsupported`. Many entities of a home have the same one."""
    if len(source) > SOURCE_LIMIT:
        raise Unsupported("too long")
    parser = _Statements(source)
    return Template(parser.body(()), parser.cost, reading)


class _Statements(Expressions):
    """The whole template: text, expressions, and what is said in statements."""

    def body(self, ends: tuple[str, ...]) -> Run:
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
                return joined(parts)
            else:
                parts.append(self._statement(self._name()))
        if ends:
            raise Unsupported("an open if")
        return joined(parts)

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
        branches: list[tuple[Run, Run]] = []
        condition, word = self._expression(), "if"
        while word != "endif":
            self._expect("block", "%}")
            self._step()
            branches.append((condition, self.body(("elif", "else", "endif"))))
            word = self._name()
            condition = self._expression() if word == "elif" else constant(True)
        self._expect("block", "%}")

        def chosen(scope: Scope) -> Any:  # noqa: ANN401
            for holds, part in branches:
                if truth(holds(scope)):
                    return part(scope)
            return ""

        return chosen
