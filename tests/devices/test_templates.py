"""Value templates of announcements: what they give, what they refuse, and that nothing in them does harm."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.discovery.template import SOURCE_LIMIT, STEPS_LIMIT, Scope, Unsupported, compile_template
from devices.discovery.template_values import Missing

NOTHING = "nothing"
REFUSED = "refused"


def _rendered(source: str, payload: object, *, reading: bool = False) -> str:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    try:
        return compile_template(source, reading=reading).render(Scope(text))
    except Unsupported:
        return REFUSED
    except Missing:
        return NOTHING


@pytest.mark.parametrize(("source", "payload", "result"), [
    ("{{ value }}", "ON", "ON"),
    ("  {{ value }}  ", " ON ", "ON"),
    ("{{ value_json.x }}", {"x": True}, "True"),
    ("{{ value_json.x }}", {"x": None}, "None"),
    ("{{ value_json.x }}", {"x": 21.50}, "21.5"),
    ("{{ value_json.x }}", {}, ""),
    ("{{ value_json.x }}", "ON", NOTHING),
    ("{{ value_json }}", "21.5", "21.5"),
    ("{{ value_json['a-b'].c[0] }}", {"a-b": {"c": [7]}}, "7"),
    ('{{ value_json["a b"]["c"] }}', {"a b": {"c": "x"}}, "x"),
    ("{{ value_json.params.events.0.event }}", {"params": {"events": [{"event": "btn_down"}]}}, "btn_down"),
    ("{{ value_json[-1] }}", [1, 2], "2"),
    ("{{ value_json.a.b }}", {}, NOTHING),
    ("{{ value[1:3] }}", "abcd", "bc"),
    ("{{ value.split(',')[2] }}", "a,b,c", "c"),
    ("{{ value.split(',')[9] }}", "a,b,c", ""),
    ("{{ value_json.get('x', 'none') }}", {}, "none"),
    ("{{ value_json.x | float }}", {"x": " 5 "}, "5.0"),
    ("{{ value_json.x | int }}", {"x": "5.7"}, "5"),
    ("{{ value | int(base=16) }}", "1f", "31"),
    ("{{ value_json.x | round(1) }}", {"x": "21.55"}, "21.6"),
    ("{{ value_json.x | round }}", {"x": 21.55}, "22"),
    ("{{ value_json.x | round(0, 'floor') }}", {"x": 21.9}, "21"),
    ("{{ (value_json.x | float * 0.1) | round(2) }}", {"x": 215}, "21.5"),
    ("{{ -value_json.x | abs }}", {"x": 3}, "3"),
    ("{{ 7 // 2 }}{{ 7 % 2 }}", "", "31"),
    ("{{ 1 / 0 }}", "", NOTHING),
    ("{{ value_json.a ~ '-' ~ value_json.b }}", {"a": 1, "b": "x"}, "1-x"),
    ("{{ 'ON' if value_json.x else 'OFF' }}", {"x": 0}, "OFF"),
    ("{{ 'ON' if value_json.x else 'OFF' }}", {}, NOTHING),
    ("{{ 'ON' if value_json.x else 'OFF' }}", {"x": None}, NOTHING),
    ("{{ 'ON' if value_json.x == 'open' else 'OFF' }}", {}, NOTHING),
    ("{{ 'ON' if value_json.x > 2 and value_json.y != 'a' else 'OFF' }}", {"x": 3, "y": "b"}, "ON"),
    ("{{ 'ON' if value_json.x in ('a', 'b') else 'OFF' }}", {"x": "b"}, "ON"),
    ("{{ 'ON' if 'b' in value else 'OFF' }}", "abc", "ON"),
    ("{{ 'ON' if value_json.x not in ['a'] else 'OFF' }}", {"x": "a"}, "OFF"),
    ("{{ value_json.a or value_json.b }}", {"b": 5}, "5"),
    ("{{ value_json.x is defined }}", {"x": None}, "True"),
    ("{{ value_json.x is not none }}", {"x": None}, "False"),
    ("{{ not value_json.x }}", {"x": False}, "True"),
    ("{{ 1 < value_json.x < 3 }}", {"x": 2}, "True"),
    ("{{ value_json.x | default('OFF') }}", {}, "OFF"),
    ("{{ value_json.x | default('OFF', true) }}", {"x": ""}, "OFF"),
    ("{{ value_json.x | is_defined }}", {}, NOTHING),
    ("{{ iif(value_json.x, 'ON', 'OFF') }}", {"x": 1}, "ON"),
    ("{{ value_json.x | iif('ON', 'OFF') }}", {"x": False}, "OFF"),
    ("{{ {'0': 'OFF', '1': 'ON'}[value] }}", "1", "ON"),
    ("{{ {'a': {'b': 1}}['a']['b'] }}", "", "1"),
    ("{% if value == 'a' %}A{% elif value == 'b' %}B{% else %}C{% endif %}", "b", "B"),
    ("{%- if value == 'a' -%}\n  A\n{%- endif -%}", "a", "A"),
    ("{% if value == 'a' %}A{% endif %}", "b", ""),
    ("{% set x = value_json.v - 2 %}{{ x * 10 }}", {"v": 5}, "30"),
    ("{# what #}{{ value | lower }}{#- and more -#}", "ON", "on"),
    ('{"event_type": "{{ value_json.a }}"}', {"a": "single"}, '{"event_type": "single"}'),
    ("{{ {'event_type': value_json.a} | tojson }}", {"a": "x"}, '{"event_type":"x"}'),
    ("{{ '%.1f' | format(value_json.x) }}", {"x": 2.25}, "2.2"),
    ("{{ value | replace('a', 'b') | upper | trim }}", "a ", "B"),
    ("{{ value_json.x if value_json.x is defined else this.state }}", {}, NOTHING),
    ("{% if value == 'A' %}ON{% else %}{{ states('binary_sensor.x') | upper }}{% endif %}", "A", "ON"),
    ("{% if value == 'A' %}ON{% else %}{{ states('binary_sensor.x') | upper }}{% endif %}", "B", NOTHING),
    ("{% if value_json.x %} {{ value_json.x }} {% else %} {{ state.state }} {% endif %}", {"x": 5}, "5"),
    ("{{ lipsum() }}", "", NOTHING),
    ("{{ cycler.__init__.__globals__ }}", "", NOTHING),
    ("plain", "x", "plain"),
    ("{{ 'a' * 9 }}", "", NOTHING),
    ("{{ '%.1f' % value_json.x }}", {"x": 2.25}, "2.2"),
    ("{{ '%s%s' % value }}", "x", NOTHING),
    ("{{ 'ON' if value | int | bitwise_and(4) else 'OFF' }}", "5", "ON"),
    ("{% if value_json.s is equalto 'tamper' %} ON {% else %} OFF {% endif %}", {"s": "ok"}, "OFF"),
    ("{{ 'ON' if value_json.x is gt 3 and value_json.x is not in [4] else 'OFF' }}", {"x": 5}, "ON"),
    ("{{ value.rstrip('%') }}", "55%", "55"),
    ("{{ value_json.x if is_number(value_json.x) else none }}", {"x": "unknown"}, "None"),
    ("{{ [value_json.x, 100] | min }} {{ max(value_json.x | int, 3) }}", {"x": 120}, "100 120"),
])  # fmt: skip
def test_what_a_template_gives(source: str, payload: object, result: str):
    assert _rendered(source, payload) == result


@pytest.mark.parametrize(("source", "payload", "result"), [
    ("{{ value_json.t | float(0) }}", {}, NOTHING),
    ("{{ value_json.t | float(0) }}", {"t": "unavailable"}, NOTHING),
    ("{{ value_json.t | default(0) | float }}", {}, NOTHING),
    ("{{ value_json.t | default(value_json.t2) }}", {"t2": 5}, "5"),
    ("{{ value_json.get('t', 0) }}", {}, NOTHING),
    ("{{ value_json.get('t', 0) * 10 }}", {}, NOTHING),
    ("{{ value_json.t if value_json.t is defined else 0 }}", {}, NOTHING),
    ("{{ value_json.t if value_json.t is defined else 0 }}", {"t": 5}, "5"),
    ("{% if value_json.t is defined %}{{ value_json.t }}{% else %}0{% endif %}", {}, NOTHING),
    ("{{ value_json.a.t | default(0) }}", {"a": {"h": 1}}, NOTHING),
    ("{{ value_json.t | default(0) if value_json.type == 'x' else 1 }}", {"type": "x"}, NOTHING),
    ("{{ value_json.get('t', 0) }}", {"t": 5}, "5"),
    ("{% if value_json.b == 'low' %}10{% else %}100{% endif %}", {"b": "high"}, "100"),
    ("{{ 100 if value_json.ok else 10 }}", {"ok": False}, "10"),
])  # fmt: skip
def test_a_number_that_fills_a_gap_is_no_reading(source: str, payload: object, result: str):
    assert _rendered(source, payload, reading=True) == result


@pytest.mark.parametrize("source", [
    "{{ value | regex_replace('(a+)+b', '') }}", "{% for x in value_json %}{{ x }}{% endfor %}",
    "{{ value.__class__ }}x{{", "{{ value", "{% if value %}", "{{ 2 ** 9999 }}",
    "{{ value_json.items() }}", "{% raw %}", "{{ }}",
    "{{ value | float(1, 2, 3) }}", "{{ $ }}", "{{ 'open }}",
    "{{ " + "(" * 200 + "1" + ")" * 200 + " }}", "{{ 1" + " + 1" * 500 + " }}", "{{ " + "-" * 900 + "1 }}",
    "{{ value" + ".a" * 900 + " }}", "{{ value }}" + " " * SOURCE_LIMIT, "{% if value %}" * 100,
    "{{ " + "not " * 400 + "1 + }}", "{{ [" + "1," * 600 + "] }}",
])  # fmt: skip
def test_what_is_not_understood_is_refused(source: str):
    assert _rendered(source, "x") == REFUSED


def test_names_with_underscores_reach_nothing_of_python():
    assert _rendered("{{ value.__class__ }}", "x") == ""
    assert _rendered("{{ value_json.__class__.__mro__ }}", {}) == NOTHING


PIECES = st.sampled_from(
    [
        "{{",
        "}}",
        "{%",
        "%}",
        "if",
        "elif",
        "else",
        "endif",
        "set",
        "value",
        "value_json",
        ".",
        "[",
        "]",
        "(",
        ")",
        "'",
        '"',
        "|",
        ",",
        ":",
        "=",
        "==",
        "in",
        "not",
        "and",
        "or",
        "is",
        "defined",
        "none",
        "x",
        "1",
        "2.5",
        "float",
        "int",
        "round",
        "default",
        "split",
        "get",
        "replace",
        "tojson",
        "-",
        "+",
        "*",
        "/",
        "%",
        "~",
        "<",
        "'a'",
        "'x'",
        "{#",
        "#}",
        "-%}",
        "{{-",
        "states",
        "this",
    ]
)


@given(st.lists(PIECES, max_size=30), st.text(max_size=20), st.booleans())
def test_any_template_gives_a_text_or_nothing(pieces: list[str], payload: str, reading: bool):
    for source in (" ".join(pieces), "{{ " + " ".join(pieces) + " }}", "{% if " + " ".join(pieces) + " %}x{% endif %}"):
        for text in (payload, '{"x": {"x": [1, "2", null, true]}}', "[1e300, -5]"):
            assert isinstance(_rendered(source, text, reading=reading), str)


@given(st.text(max_size=60))
def test_any_text_is_a_template_or_refused(source: str):
    assert isinstance(_rendered(source, "5"), str)


@pytest.mark.parametrize("source", [
    "{{ value" + " | upper" * 55 + " }}",
    "{{ value ~ value" + " ~ value" * 90 + " }}",
    "{% set a = value ~ value %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
    "{{ value | replace('a', value) | replace('a', value) | replace('a', value) }}",
    "{{ 999999999999999" + " * 999999999999999" * 80 + " }}",
    "{{ value_json" + " in value_json or value_json" * 60 + " }}",
    "{{ value_json | tojson }}" * 35,
    "{% set a = [1, 2] %}" + "{% set a = [a, a, a, a] %}" * 20 + "{{ a | tojson }}",
    "{% set a = {'x': 1} %}" + "{% set a = {'x': a, 'y': a} %}" * 20 + "{{ a | tojson }}{{ a == a }}{{ a in [a] }}",
])  # fmt: skip
def test_the_work_of_a_template_is_bounded(source: str):
    template = compile_template(source)
    assert template.cost <= STEPS_LIMIT
    for payload in ("a" * 1_000, "a" * 60_000, "[" + "1," * 20_000 + "1]"):
        with contextlib.suppress(Missing):
            assert len(template.render(Scope(payload))) < 10_000
