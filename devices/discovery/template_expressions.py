"""The expressions of a value template, from its words to a function of a message."""

from collections.abc import Callable

from devices.discovery.template_steps import (
    CONSTANTS,
    Run,
    both,
    calculated,
    compared,
    constant,
    cut,
    either,
    elsewhere,
    key_of,
    member,
    nothing,
)
from devices.discovery.template_values import FILTERS, FUNCTIONS, METHODS, TESTS, UNDEFINED, Work, known, numeric, truth
from devices.discovery.template_words import Unsupported, Words

_ELSEWHERE = frozenset({"states", "state_attr", "is_state", "is_state_attr", "now", "utcnow"})
"""Names by which a template asks for more than the message, often only where the message says nothing."""

STEPS_LIMIT = 400
_DEPTH_LIMIT = 24
_GAP_TESTS = frozenset({"defined", "undefined", "none", "number"})
_VALUE_LIMIT = 64


class Expressions(Words):
    """Recursive descent, in Jinja's order of precedence; each rule gives a function of the scope."""

    def __init__(self, source: str, *, reading: bool) -> None:
        super().__init__(source)
        self._depth = 0
        self._reading = reading
        self._names: set[str] = set()
        self._variables = 0
        self._variables_in_last = 0
        self._gap_tests = 0
        self.cost = 0

    def _step(self) -> None:
        self.cost += 1
        if self.cost > STEPS_LIMIT:
            raise Unsupported("too many steps")

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEPTH_LIMIT:
            raise Unsupported("nested too deeply")

    # ---------------------------------------------------------------------------------------- expressions

    def _expression(self) -> Run:
        self._deeper()
        self._step()
        value, gap = self._gap(self._or)
        while self._took("name", "if"):
            self._step()
            tests = self._gap_tests
            condition = self._or()
            value = self._conditional(value, condition, gap=None if tests == self._gap_tests else gap)
        self._depth -= 1
        return value

    def _gap(self, rule: Callable[[], Run]) -> tuple[Run, bool]:
        """What a rule reads, and whether nothing of the message is in it."""
        before = self._variables
        return rule(), self._variables == before

    def _conditional(self, then: Run, condition: Run, *, gap: bool | None) -> Run:
        """`then if condition else ...`. `gap`: the condition is whether something is there, and `then` is constant.

        Of a number that is measured, `value_json.t if value_json.t is defined else 0` fills the gap with no reading.
        """
        otherwise, constantly = constant(UNDEFINED), True
        if self._took("name", "else"):
            otherwise, constantly = self._gap(self._expression)
        if self._reading and gap is not None and gap != constantly:
            then, otherwise = (nothing, otherwise) if gap else (then, nothing)
        return lambda scope: then(scope) if truth(condition(scope)) else otherwise(scope)

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
        if not negations:
            return value
        return lambda scope: truth(value(scope)) == (negations % 2 == 0)

    def _comparison(self) -> Run:
        value = self._sum()
        result: Run | None = None
        while True:
            sign = self._took("sign", "==", "!=", "<", "<=", ">", ">=") or self._took("name", "in")
            if not sign and self._peek() == ("name", "not") and self._tokens[self._place + 1 :][:1] == [("name", "in")]:
                self._place += 2
                sign = "not in"
            if not sign:
                return result or value
            self._step()
            right = self._sum()
            once = compared(sign, value, right)
            result = once if result is None else both(result, once)
            value = right

    def _sum(self) -> Run:
        value = self._concatenation()
        while sign := self._took("sign", "+", "-"):
            self._step()
            value = calculated(sign, value, self._concatenation())
        return value

    def _concatenation(self) -> Run:
        value = self._product()
        while self._took("sign", "~"):
            self._step()
            value = calculated("~", value, self._product())
        return value

    def _product(self) -> Run:
        value = self._unary()
        while sign := self._took("sign", "*", "/", "//", "%"):
            self._step()
            value = calculated(sign, value, self._unary())
        return value

    def _unary(self, *, filtered: bool = True) -> Run:
        self._step()
        if sign := self._took("sign", "-", "+"):
            self._deeper()
            inner = self._unary(filtered=False)
            self._depth -= 1
            value: Run = (
                (lambda scope: -numeric(inner(scope))) if sign == "-" else (lambda scope: numeric(inner(scope)))
            )
        else:
            value = self._postfix(self._primary())
        return self._filtered(value) if filtered else value

    def _filtered(self, value: Run) -> Run:
        while True:
            if self._took("sign", "|"):
                name = self._name()
                work = FILTERS.get(name)
                if work is None:
                    raise Unsupported(name)
                value = self._worked(work, value, self._arguments(work) if self._took("sign", "(") else ())
            elif self._took("name", "is"):
                value = self._tested(value)
            else:
                return value

    def _tested(self, value: Run) -> Run:
        self._step()
        wanted = not self._took("name", "not")
        name = self._name().lower()
        test = TESTS.get(name)
        self._gap_tests += name in _GAP_TESTS
        if test is None:
            raise Unsupported("a test that is not understood")
        return lambda scope: test(value(scope)) == wanted

    def _worked(self, work: Work, value: Run, arguments: tuple[tuple[str, Run], ...]) -> Run:
        self._step()
        given = dict(arguments)
        if any(name not in given for name in work.names[: work.least]):
            raise Unsupported("too few values")
        do = work.do
        if not given:
            return lambda scope: do(value(scope))
        if self._reading and self._variables_in_last == 0:  # a constant fills the gap: it is no reading
            if work is FILTERS["default"]:
                return lambda scope: known(value(scope))
            if work is METHODS["get"]:
                given.pop("default", None)
        if len(given) == 1 and work.names[0] in given:
            only = given[work.names[0]]
            return lambda scope: do(value(scope), only(scope))
        named = tuple(given.items())
        return lambda scope: do(value(scope), **{name: each(scope) for name, each in named})

    def _arguments(self, work: Work) -> tuple[tuple[str, Run], ...]:
        before = self._variables
        found: list[tuple[str, Run]] = []
        while not self._took("sign", ")"):
            if found:
                self._expect("sign", ",")
            name = work.names[len(found)] if len(found) < len(work.names) else ""
            if self._peek()[0] == "name" and self._tokens[self._place + 1 :][:1] == [("sign", "=")]:
                name = self._name()
                name = {"default": "default_value"}.get(name, name) if "default_value" in work.names else name
                self._place += 1
            if name not in work.names or any(name == each for each, _ in found):
                raise Unsupported("a value that is not understood")
            found.append((name, self._expression()))
        self._variables_in_last = self._variables - before
        return tuple(found)

    # ---------------------------------------------------------------------------------------- values

    def _postfix(self, value: Run) -> Run:
        while True:
            self._step()
            if self._took("sign", "."):
                kind, word = self._next()
                if kind == "number":
                    for place in word.split("."):
                        value = member(value, constant(int(place)))
                elif kind != "name":
                    raise Unsupported("expected a name")
                elif self._took("sign", "("):
                    work = METHODS.get(word)
                    if work is None:
                        raise Unsupported(word)
                    value = self._worked(work, value, self._arguments(work))
                else:
                    value = member(value, constant(word))
            elif self._took("sign", "["):
                value = self._subscript(value)
            else:
                return value

    def _subscript(self, value: Run) -> Run:
        start = None if self._peek() == ("sign", ":") else self._expression()
        if self._took("sign", ":"):
            end = None if self._peek() == ("sign", "]") else self._expression()
            self._expect("sign", "]")
            return cut(value, start or constant(None), end or constant(None))
        self._expect("sign", "]")
        return member(value, start or constant(0))

    def _primary(self) -> Run:
        kind, word = self._next()
        if kind == "number":
            return constant(float(word) if "." in word else int(word))
        if kind == "text":
            while self._peek()[0] == "text":
                word += self._next()[1]
            return constant(word)
        if kind == "name":
            return self._named(word)
        if (kind, word) == ("sign", "("):
            return self._bracketed()
        if (kind, word) == ("sign", "["):
            return self._listed(self._items("]"))
        if (kind, word) == ("sign", "{"):
            return self._object()
        raise Unsupported("expected a value")

    def _named(self, word: str) -> Run:
        if word in CONSTANTS:
            return constant(CONSTANTS[word])
        if word in FUNCTIONS and self._took("sign", "("):
            return self._function(FUNCTIONS[word])
        self._variables += 1
        return self._variable(word)

    def _function(self, work: Work) -> Run:
        first = self._expression()
        if self._took("sign", ","):
            return self._worked(work, first, self._arguments(work))
        self._expect("sign", ")")
        return self._worked(work, first, ())

    def _variable(self, word: str) -> Run:
        if word == "value":
            return lambda scope: scope.value
        if word == "value_json":
            return lambda scope: scope.value_json
        if word in self._names:
            return lambda scope: scope.names.get(word, UNDEFINED)
        if word == "this":
            return nothing
        if word in _ELSEWHERE:
            if self._took("sign", "("):
                self._items(")")
            return elsewhere
        raise Unsupported(word)

    def _bracketed(self) -> Run:
        first = self._expression()
        if self._took("sign", ")"):
            return first
        self._expect("sign", ",")
        return self._listed([first, *self._items(")")])

    def _items(self, end: str) -> list[Run]:
        found: list[Run] = []
        while not self._took("sign", end):
            found.append(self._expression())
            if self._peek() != ("sign", end):
                self._expect("sign", ",")
        return found

    def _listed(self, items: list[Run]) -> Run:
        if len(items) > _VALUE_LIMIT:
            raise Unsupported("a long list")
        return lambda scope: [each(scope) for each in items]

    def _object(self) -> Run:
        members: list[tuple[Run, Run]] = []
        while not self._took("sign", "}"):
            key = self._expression()
            self._expect("sign", ":")
            members.append((key, self._expression()))
            if self._peek() != ("sign", "}"):
                self._expect("sign", ",")
        if len(members) > _VALUE_LIMIT:
            raise Unsupported("a long object")
        return lambda scope: {key_of(key(scope)): value(scope) for key, value in members}
