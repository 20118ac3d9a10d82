"""The scanner finds the keys that tomllib reads, where they stand."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator

import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.settings.places import Key, scan

TRICKY = '''\
# [[sources]] in a comment
version = 1 # "an # in it"
"quoted # key" = 'literal # [not a table]'
when = 1979-05-27 07:32:00 # a blank inside a value
dotted . "inner key".third = [1, 2,
  # a comment ] in an array
  { a = "}", b.c = [ "]" ] }, # and }
  "x",
]
long = """
[[not]]
# not a comment \\"""
key = "no"
ends with quotes"""""
raw = \'\'\'
[[nor.this]] \\
two\'\'\'\'\'
empty = ""
nothing = \'\'
inline = { x.y = 1, "z" = {} , deep = [[], [{}]] }

  [ repository ]  # spaces
path = "C:\\\\x" # =
[repository."sub.table"]
a.b = 1

[[sources]]
name = "one"
[sources.extra]
k = true
[[sources]]   # second
name = "two # [[three]]"
[[sources.deep]]
n = 1
[[sources.deep]]
n = 2
[[copies]]
[[sources]]
name = "three"
'''


def flat(value: object, key: Key = ()) -> Iterator[Key]:
    if key:
        yield key
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flat(inner, (*key, name))
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from flat(inner, (*key, number))


def lines(text: str, *keys: Key) -> list[str]:
    places = scan(text)
    written = text.splitlines()
    return [written[places.line(key) - 1] for key in keys]


def test_the_same_keys_as_tomllib() -> None:
    assert set(scan(TRICKY).spans) == set(flat(tomllib.loads(TRICKY)))


def test_with_other_line_endings() -> None:
    text = TRICKY.replace("\n", "\r\n")
    assert set(scan(text).spans) == set(flat(tomllib.loads(text)))


def test_lines_of_tricky_keys() -> None:
    assert lines(
        TRICKY,
        ("quoted # key",),
        ("dotted", "inner key", "third", 3),
        ("dotted", "inner key", "third", 2, "b", "c"),
        ("raw",),
        ("repository", "path"),
        ("repository", "sub.table", "a", "b"),
        ("sources", 1, "name"),
        ("sources", 1, "deep", 1, "n"),
        ("sources", 2),
    ) == [
        "\"quoted # key\" = 'literal # [not a table]'",
        '  "x",',
        '  { a = "}", b.c = [ "]" ] }, # and }',
        "raw = '''",
        'path = "C:\\\\x" # =',
        "a.b = 1",
        'name = "two # [[three]]"',
        "n = 2",
        "[[sources]]",
    ]


def test_a_missing_key_stands_where_its_table_begins() -> None:
    places = scan(TRICKY)
    assert places.line(("sources", 0, "path")) == places.line(("sources", 0))
    assert places.line(("nowhere",)) == 1


def test_values_as_they_are_written() -> None:
    places = scan(TRICKY)
    assert places.source(("version",)) == "1"
    assert places.source(("quoted # key",)) == "'literal # [not a table]'"
    assert places.source(("when",)) == "1979-05-27 07:32:00"
    assert places.source(("dotted", "inner key", "third", 2)) == '{ a = "}", b.c = [ "]" ] }'
    assert places.source(("copies",)) == "[[copies]]"
    assert places.source(("repository",)) == "[ repository ]"


def test_a_table_that_comes_after_its_inner_one() -> None:
    assert lines("[a.b]\nc = 1\n[a]\nd = 2\n", ("a", "d"), ("a",)) == ["d = 2", "[a]"]


_SCALARS = (
    st.sampled_from(["", "#", "[[x]]", 'a"b', "a\nb]", "}'", "é", 0, -7, True]) | st.datetimes()
)
_KEYS = st.sampled_from(["a", "b", "a.b", "#", "[x]", '"', "'", "", "é", "=", "c-d_9"])
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(_KEYS, _VALUES, max_size=5))
def test_any_document(document: dict[str, object]) -> None:
    text = tomlkit.dumps(document)
    places = scan(text)
    assert set(places.spans) == set(flat(tomllib.loads(text)))
    for key, span in places.spans.items():
        assert 0 <= span.start <= span.value <= span.end <= len(text), key


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), max_size=5))
def test_strings_end_where_they_end(texts: list[str]) -> None:
    quoted = [json.dumps(text).replace("\x7f", "\\u007f") for text in texts]
    text = "".join(f'"{number}" = {each} # "\n' for number, each in enumerate(quoted))
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # surrogate pairs, which JSON escapes differently
    places = scan(text)
    assert [places.source((str(number),)) for number in range(len(texts))] == quoted
