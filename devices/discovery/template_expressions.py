"""The expressions of a value template, from their words to a function of a message.

`value`, `value_json` with members, elements and slices, numbers, texts, lists, objects, `a if c else b`, `and`, `or`,
`not`, comparisons, `in`, `is`, `+ - * / // % ~`, and the filters, functions and methods of `template_values`.
"""

from devices.discovery.template_steps import (
    Run,
    both,
    calculated,
    compared,
    conditional,
    constant,
    cut,
    either,
    elsewhere,
    key_of,
    member,
    nothing,
    otherwise,
    payload,
    payload_json,
)
from devices.discovery.template_values import FILTERS, FUNCTIONS, METHODS, TESTS, UNDEFINED, Work, truth
from devices.discovery.template_words import Unsupported, Words

STEPS_LIMIT = 400
_DEPTH_LIMIT = 24
_STEPS_OF_WORK = 6
"""What a filter counts, since it may go through a whole text."""

_COMPARING = {
    "equalto": "==", "eq": "==", "sameas": "==", "ne": "!=", "gt": ">", "greaterthan": ">", "ge": ">=", "lt": "<",
    "lessthan": "<", "le": "<=", "in": "in",
}  # fmt: skip
"""What may stand after `is` and compares with what follows."""
_NAMES = {"value": payload, "value_json": payload_json, "this": nothing} | {
    word: constant(value)
    for word, value in {"true": True, "True": True, "false": False, "False": False, "none": None, "None": None}.items()
}
_CHAINS = (("+", "-"), ("~",), ("*", "/", "//", "%"))
"""Signs between values, by precedence."""


class Expressions(Words):
    """Recursive descent, in Jinja's order of precedence; each rule gives a function of the scope."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self._depth = 0
        self._names: set[str] = set()
        self.cost = 0

    def _step(self, count: int = 1) -> None:
        self.cost += count
        if self.cost > STEPS_LIMIT:
            raise Unsupported("too many steps")

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEPTH_LIMIT:
            raise Unsupported("nested too deeply")

    def _expression(self) -> Run:
        self._deeper()
        self._step()
        value = self._or()
        while self._took("name", "if"):
            self._step()
            condition = self._or()
            other = self._expression() if self._took("name", "else") else constant(UNDEFINED)
            value = conditional(value, condition, other)
        self._depth -= 1
        return value

    def _or(self) -> Run:
        value = self._and()
        while self._took("name", "or"):
            self._step()
            value = either(value, self._and())
        return value

    def _and(self) -> Run:
        value = self._not()
        while self._took("name", "and"):
            self._step()
            value = both(value, self._not())
        return value

    def _not(self) -> Run:
        negations = 0
        while self._took("name", "not"):
            negations += 1
        value = self._comparison()
        return (lambda scope: truth(value(scope)) == (negations % 2 == 0)) if negations else value

    def _comparison(self) -> Run:
        value = self._chain(0)
        result: Run | None = None
        while sign := self._comparing():
            self._step()
            right = self._chain(0)
            once = compared(sign, value, right)
            result = once if result is None else both(result, once)
            value = right
        return result or value

    def _comparing(self) -> str | None:
        if self._peek() == ("name", "not") and self._peek(1) == ("name", "in"):
            self._next(), self._next()
            return "not in"
        return self._took("sign", "==", "!=", "<", "<=", ">", ">=") or self._took("name", "in")

    def _chain(self, level: int) -> Run:
        if level == len(_CHAINS):
            return self._unary()
        value = self._chain(level + 1)
        while sign := self._took("sign", *_CHAINS[level]):
            self._step()
            value = calculated(sign, value, self._chain(level + 1))
        return value

    def _unary(self, *, filtered: bool = True) -> Run:
        self._step()
        if sign := self._took("sign", "-", "+"):
            self._deeper()
            value = calculated(sign, constant(0), self._unary(filtered=False))
            self._depth -= 1
        else:
            value = self._postfix(self._primary())
        return self._filtered(value) if filtered else value

    def _filtered(self, value: Run) -> Run:
        while True:
            if self._took("sign", "|"):
                value = self._worked(FILTERS, self._name(), value, brackets=self._took("sign", "(") is not None)
            elif self._took("name", "is"):
                value = self._tested(value)
            else:
                return value

    def _tested(self, value: Run) -> Run:
        self._step()
        wanted = not self._took("name", "not")
        name = self._name().lower()
        if sign := _COMPARING.get(name):
            holds = compared(sign, value, self._postfix(self._primary()))
        elif test := TESTS.get(name):
            return lambda scope: test(value(scope)) == wanted
        else:
            raise Unsupported("a test that is not understood")
        return lambda scope: holds(scope) == wanted

    def _worked(self, table: dict[str, Work], name: str, value: Run, *, brackets: bool) -> Run:
        """A filter, method or function, and what follows in brackets up to the closing one."""
        self._step(_STEPS_OF_WORK)
        work = table.get(name)
        given: list[Run] = []
        named: dict[str, Run] = {}
        while brackets and not self._took("sign", ")"):
            if given or named:
                self._expect("sign", ",")
            if self._peek(1) == ("sign", "="):
                name = self._name()
                self._next()
                named[name] = self._expression()
            else:
                given.append(self._expression())
        if work is None or not work.takes(len(given), named):
            raise Unsupported("a filter or its values are not understood")
        do = work.do
        if not given and not named:
            return lambda scope: do(value(scope))
        if not named and len(given) == 1:
            only = given[0]
            return lambda scope: do(value(scope), only(scope))
        return lambda scope: do(
            value(scope), *[each(scope) for each in given], **{name: each(scope) for name, each in named.items()}
        )

    # ---------------------------------------------------------------------------------------- values

    def _postfix(self, value: Run) -> Run:
        while True:
            self._step()
            if self._took("sign", "."):
                kind, word = self._next()
                if kind == "number":  # value_json.events.0.1
                    for place in word.split("."):
                        value = member(value, constant(int(place)))
                elif kind != "name":
                    raise Unsupported("expected a name")
                elif not self._took("sign", "("):
                    value = member(value, constant(word))
                elif word == "get":
                    value = self._got(value)
                else:
                    value = self._worked(METHODS, word, value, brackets=True)
            elif self._took("sign", "["):
                value = self._subscript(value)
            else:
                return value

    def _got(self, value: Run) -> Run:
        value = member(value, self._expression())
        default = self._expression() if self._took("sign", ",") else constant(None)
        self._expect("sign", ")")
        return otherwise(value, default)

    def _subscript(self, value: Run) -> Run:
        nothing = constant(None)
        start = nothing if self._peek() == ("sign", ":") else self._expression()
        if self._took("sign", "]"):
            return member(value, start)
        self._expect("sign", ":")
        end = nothing if self._peek() == ("sign", "]") else self._expression()
        self._expect("sign", "]")
        return lambda scope: cut(value(scope), start(scope), end(scope))

    def _primary(self) -> Run:
        kind, word = self._next()
        if kind == "number":
            return constant(float(word) if "." in word else int(word))
        if kind == "text":
            return constant(word)
        if kind == "name":
            return self._named(word)
        if (kind, word) == ("sign", "{"):
            return self._object()
        if (kind, word) == ("sign", "["):
            return _listed(self._items("]"))
        return self._bracketed(word)

    def _bracketed(self, word: str) -> Run:
        if word != "(":
            raise Unsupported("expected a value")
        first = self._expression()
        if self._took("sign", ")"):
            return first
        self._expect("sign", ",")
        return _listed([first, *self._items(")")])

    def _named(self, word: str) -> Run:
        if word in FUNCTIONS and self._took("sign", "("):
            first = self._expression()
            more = self._took("sign", ",") is not None
            if not more:
                self._expect("sign", ")")
            return self._worked(FUNCTIONS, word, first, brackets=more)
        if word in self._names:
            return lambda scope: scope.names.get(word, UNDEFINED)
        if word in _NAMES:
            return _NAMES[word]
        if self._took("sign", "("):
            self._items(")")
        return elsewhere

    def _items(self, end: str) -> list[Run]:
        found: list[Run] = []
        while not self._took("sign", end):
            found.append(self._expression())
            if self._peek() != ("sign", end):
                self._expect("sign", ",")
        return found

    def _object(self) -> Run:
        members: list[tuple[Run, Run]] = []
        while not self._took("sign", "}"):
            key = self._expression()
            self._expect("sign", ":")
            members.append((key, self._expression()))
            if self._peek() != ("sign", "}"):
                self._expect("sign", ",")
        return lambda scope: {key_of(key(scope)): value(scope) for key, value in members}


def _listed(items: list[Run]) -> Run:
    return lambda scope: [each(scope) for each in items]
