"""What differs between two configurations, by what they mean; secrets never come out."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bots.semantic import differences, is_configuration
from app.redact import HIDDEN

SECRET = "Zx81QpLm77secretVALUE0042aaTT"
SHORT = "hunter"  # nothing about it looks random: only its place tells


def told(name: str, before: str, after: str) -> list[tuple[str, str | None, str | None]]:
    found = differences(name, before.encode(), after.encode())
    assert found is not None
    return [(each.key, each.before, each.after) for each in found]


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("c.json", '{"a": 1, "b": [1, 2]}', '// mine\n{ "b": [1,2,], /* x */ "a": 1.0, }'),
        ("c.yml", "a: 1\nb: [x, y]\n", "# mine\nb:\n  - 'x'\n  - \"y\"\na: 1.0\n"),
        ("c.toml", 'a = 1\n[b]\nc = "x"\n', "b = { c = 'x' }\na = 1 # mine\n"),
        ("c.ini", "[a]\nx = 1\ny=2\n", "; mine\n[a]\ny: 2\nx=1\n"),
        (".env", "A=1\nB='two words'\n", '# mine\nexport B="two words"\nA = 1\n'),
        ("s.py", "class A:\n    x = 1\n    def f(self): return 1\n",
         '"""Mine."""\nclass A:\n    """Mine."""\n    x = 1  # one\n\n    def f(self):\n'
         '        """Mine."""\n        return 1\n'),
    ],
)  # fmt: skip
def test_keys_that_moved_and_other_blanks_are_no_difference(
    name: str, before: str, after: str
) -> None:
    assert told(name, before, after) == []
    assert told(name, after, before) == []


@pytest.mark.parametrize(
    ("name", "before", "after", "wanted"),
    [
        ("c.json", '{"a": {"b": 0.10}, "c": 1}', '{"a": {"b": 0.25, "d": null}}',
         [("a.b", "0.10", "0.25"), ("a.d", None, "null"), ("c", "1", None)]),
        ("c.json", '{"on": 1}', '{"on": true}', [("on", "1", "true")]),
        ("c.json", '{"n": "1"}', '{"n": 1}', [("n", '"1"', "1")]),
        ("c.json", '{"pairs": ["A/B", "C/D"]}', '{"pairs": ["C/D", "E/F", "G/H"]}',
         [("pairs", '["A/B"]', '["E/F", "G/H"]')]),
        ("c.json", '{"l": [{"method": "X", "n": 1}, {"method": "Y"}]}',
         '{"l": [{"method": "Y"}, {"method": "X", "n": 2}]}', [("l.X.n", "1", "2")]),
        ("c.yaml", "when: 2026-01-01\nx: 1_000.5", "when: 2026-01-02\nx: 1000.5",
         [("when", '"2026-01-01"', '"2026-01-02"')]),
        ("c.toml", "a = 0.1", "a = 0.10000000000000001", [("a", "0.1", "0.10000000000000001")]),
        ("c.ini", "[a]\nx=1", "[a]\nx=2", [("a.x", '"1"', '"2"')]),
        ("s.py", "class A:\n    roi = {'0': 0.1}\n    def f(self): return 1\n",
         "class A:\n    roi = {'0': 0.2}\n    def f(self): return 2\n",
         [("A.roi.0", "0.1", "0.2"), ("A.f()", "", "")]),
    ],
)  # fmt: skip
def test_what_differs_is_told_by_its_key(
    name: str, before: str, after: str, wanted: list[tuple[str, str | None, str | None]]
) -> None:
    assert told(name, before, after) == wanted


def test_a_list_in_another_order_is_told_as_that() -> None:
    (found,) = differences("c.json", b'{"p": [1, 2]}', b'{"p": [2, 1]}') or ()
    assert (found.order, found.before, found.after) == (True, "[1, 2]", "[2, 1]")


_BY_PLACE = (
    '{"exchange": {"secret": "%s"}}',
    '{"api_keys": {"binance": ["%s"]}}',
    '{"env": [{"name": "API_SECRET", "value": "%s"}]}',
    '{"header": {"variable": "API_SECRET", "value": "%s"}}',
    '{"command": ["--password", "%s"]}',
    '{"url": "https://me:%s@example.org/x"}',
    '{"tokens": {"a": {"b": {"c": "%s"}}}}',
)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        *((text, secret) for text in _BY_PLACE for secret in (SECRET, SHORT)),
        ('{"note": "%s"}', SECRET),
        ('{"%s": 1}', SECRET),
    ],
)
def test_a_secret_is_never_shown_on_either_side(text: str, secret: str) -> None:
    other = secret[::-1]
    for before, after in ((secret, other), (other, secret)):
        found = differences("c.json", (text % before).encode(), (text % after).encode())
        assert found
        assert secret not in repr(found)
        assert other not in repr(found)
        assert HIDDEN in repr(found)


_KEYS = st.sampled_from(["api_key", "secret", "password", "wallet_private_key", "token"])
_PLAIN = st.sampled_from(["a", "pairs", "stake", "name", "list"])
_TREES = st.recursive(
    st.just(SHORT) | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_PLAIN, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(key=_KEYS, tree=_TREES, other=_TREES)
def test_no_shape_brings_a_secret_out(key: str, tree: object, other: object) -> None:
    before, after = (json.dumps({"x": {key: each}}).encode() for each in (tree, other))
    for name in ("c.json", "c.yaml", "s.py"):
        sides = (b"x = " + each if name == "s.py" else each for each in (before, after))
        assert SHORT not in repr(differences(name, *sides))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.json", "{"), ("c.yaml", "a: [1"), ("c.yaml", "a: !secret x"), ("c.toml", "a ="),
        ("s.py", "def f(:"), (".env", "no assignment"), ("c.txt", "{}"),
        ("c.yaml", "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 10)}]\n"
            for n in range(9)
        )),
        ("c.yaml", "a: &a [*a]"),
        ("c.json", "[" * 50_000),
    ],
)  # fmt: skip
def test_what_cannot_be_read_has_no_meaning(name: str, text: str) -> None:
    assert differences(name, text.encode(), b"{}") is None


def test_the_languages_are_told_by_the_name() -> None:
    names = ("config.json", "conf_x.yml", ".env", ".env.live", "a.PY", "x.js", "data.sqlite")
    assert [is_configuration(each) for each in names] == [True] * 5 + [False] * 2
