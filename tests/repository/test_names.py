"""Names in trees: any bytes survive, and are written as Go's strconv.Quote and JSON write them."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.repository.names import json_name, json_string, quote, unquote
from app.repository.pack import BlobKind
from tests.repository.support import VERSIONS, golden

# Names as people have them, and the bytes between: cut sequences, surrogates, escapes.
_PIECES = st.one_of(
    st.binary(max_size=4),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=4).map(str.encode),
    st.sampled_from(
        [b"\\", b'"', b"\\x41", b"\\u0041", b"<&>", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"]
    ),
)
NAMES = st.lists(_PIECES, max_size=6).map(b"".join)

# What stands between the JSON quotes of a tree, as stock restic writes it.
WRITTEN = {
    "plain": (b"plain.txt", rb"plain.txt"),
    "one byte that is not UTF-8": (b"\xff", rb"\\xff"),
    "a sequence cut short": (b"trunc-\xe2\x82", rb"trunc-\\xe2\\x82"),
    "a surrogate in UTF-8": (b"\xed\xa0\x80", rb"\\xed\\xa0\\x80"),
    "overlong": (b"\xc0\xaf", rb"\\xc0\\xaf"),
    "HTML characters": (b"html-<>&", rb"html-\u003c\u003e\u0026"),
    "quotes": (b"\"-'-`", rb"\\\"-'-`"),
    "a backslash": (b"back\\slash", rb"back\\\\slash"),
    "what looks like an escape": (b"\\xff", rb"\\\\xff"),
    "short escapes": (b"\a\b\f\n\r\t\v", rb"\\a\\b\\f\\n\\r\\t\\v"),
    "other control characters": (b"\x01\x1b\x7f", rb"\\x01\\x1b\\x7f"),
    "C1": (b"\xc2\x85", rb"\\u0085"),
    "line separators": ("\u2028\u2029".encode(), rb"\\u2028\\u2029"),
    "a space that does not break": ("\u00a0".encode(), rb"\\u00a0"),
    "a soft hyphen": ("\u00ad".encode(), rb"\\u00ad"),
    "a space of no width": ("\u200b".encode(), rb"\\u200b"),
    "a byte order mark": ("\ufeff".encode(), rb"\\ufeff"),
    "private use": ("\ue000".encode(), rb"\\ue000"),
    "a tag": ("\U000e0001".encode(), rb"\\U000e0001"),
    "an emoji": ("\U0001f680".encode(), "\U0001f680".encode()),
    "a letter beyond U+FFFF": ("\U00010000".encode(), "\U00010000".encode()),
    "umlauts": ("äöü".encode(), "äöü".encode()),
    "the replacement sign itself": ("\ufffd".encode(), "\ufffd".encode()),
}


@pytest.mark.parametrize(("name", "written"), WRITTEN.values(), ids=WRITTEN)
def test_a_name_is_written_as_restic_writes_it(name, written):
    assert json_name(name).encode() == b'"' + written + b'"'
    assert unquote(json.loads(json_name(name))) == name


@pytest.mark.parametrize("version", VERSIONS)
def test_the_names_that_restic_wrote_are_written_alike(version):
    repository = golden(version)
    nodes = [
        node
        for tree, _ in repository.index.locations(BlobKind.TREE)
        for node in repository.load_tree(tree)
    ]
    assert len(nodes) > 30
    assert b"\xff\xfe-not-utf8" in {node.name for node in nodes}
    for node in nodes:
        assert node.raw.startswith(b'{"name":' + json_name(node.name).encode() + b',"type":')


@given(NAMES)
@example(bytes(range(256)))
def test_any_bytes_survive_as_a_name(name):
    assert unquote(quote(name)) == name
    assert json.loads(json_name(name)) == quote(name)
    json_name(name).encode()  # no surrogate is left over


@given(NAMES)
def test_what_go_may_not_print_never_stands_in_a_name(name):
    """Neither raw control characters nor HTML's, and `json_name`'s short way agrees."""
    written = json_name(name)
    assert written == json_string(quote(name))
    assert not re.search("[\0-\x1f<>&\x7f\u2028\u2029]", written)


@given(st.text())
def test_text_is_escaped_as_json_and_means_the_same(text):
    """Surrogates, which Go cannot have, become the replacement sign."""
    written = json_string(text)
    assert json.loads(written) == re.sub("[\ud800-\udfff]", "\ufffd", text)
    assert not re.search("[\0-\x1f<>&\u2028\u2029]", written)


def test_a_line_separator_in_a_user_name_or_link_is_escaped_by_json_only():
    assert json_string("a\u2028b\u2029") == '"a\\u2028b\\u2029"'
    assert json_string("\b\f\x7f") == '"\\u0008\\u000c\x7f"'  # as Go 1.19 has it


@given(st.text(st.characters(), max_size=30) | st.text('\\xuU01278dfFabn"', max_size=12))
def test_hostile_quoting_is_a_value_error_and_nothing_else(text):
    try:
        name = unquote(text)
    except ValueError:
        return
    assert unquote(quote(name)) == name


@pytest.mark.parametrize(
    "text", ["\\", "a\\", "\\x4", "\\xg0", "\\u12", "\\U0001f68", "\\q", "\\400", "\\08", "\\ud800",
             "\\udfff", "\\U00110000", "\\Uffffffff", "\\\n", "\ud800", "\\a\udc80"],
)  # fmt: skip
def test_what_go_would_not_unquote_is_refused(text):
    with pytest.raises(ValueError):  # the type is all that is promised
        unquote(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [("\\377\\000", b"\xff\0"), ("\\U0001F680", "\U0001f680".encode()), ("\\xFF", b"\xff"),
     ("\\u00e4", "ä".encode()), ("\\'", b"'"), ("ä\\\\ö", "ä\\ö".encode())],
)  # fmt: skip
def test_every_form_of_escape_that_go_reads_is_read(text, name):
    assert unquote(text) == name
