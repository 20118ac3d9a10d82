"""The table of kinds, and the user's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bots.kinds import BrokenKinds, load_kinds, parse_kinds
from app.bots.markers import NotAMarker, holds, parse_marker

BUILTIN = Path(__file__).resolve().parents[2] / "resources" / "bots.toml"
OWN = """
[mine]
name = "My bot"
markers = [["mine.json ~ my-bot", "state/"]]
databases = ["state/*.db"]
leave_out = [{ pattern = "tmp/", reason = "it is made again" }]
beyond = [{ what = "Redis", how = "redis-cli save" }]
"""


def test_the_users_own_kinds_are_added_and_replace(tmp_path: Path) -> None:
    own = tmp_path / "bots.toml"
    own.write_text(OWN + '[freqtrade]\nname = "Other"\nmarkers = [["x"]]\n')
    kinds = load_kinds(BUILTIN, own)
    assert kinds["mine"].beyond[0].what == "Redis"
    assert kinds["freqtrade"].name == "Other"
    assert "gekko" in kinds
    assert list(kinds) == sorted(kinds)
    assert load_kinds(BUILTIN, tmp_path / "none") == load_kinds(BUILTIN)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("mine = 3", "mine should be"),
        ("[mine]\nmarkers = [['x']]", "mine.name should be"),
        ("[mine]\nname = 'x'", "mine.markers should be"),
        ("[mine]\nname = 'x'\nmarkers = [[]]", "mine.markers should be"),
        ("[mine]\nname = 'x'\nmarkers = ['x']", "mine.markers should be"),
        ("[mine]\nname = 'x'\nmarkers = [['/x']]", "mine.markers should be"),
        ("[mine]\nname = 'x'\nmarkers = [['x']]\nsecret = ['x']", "mine.secret should be left out"),
        ("[mine]\nname = 'x'\nmarkers = [['x']]\nkeep = 'x'", "mine.keep should be"),
        ("[mine]\nname = 'x'\nmarkers = [['x']]\nplaces = ['../x']", "mine.places should be"),
        ("[mine]\nname = 'x'\nmarkers = [['x']]\nleave_out = ['x']", "mine.leave_out should be"),
        ("[mine]\nname = 'x'\nmarkers = [['x']]\nbeyond = [{what = 3}]", "mine.beyond should be"),
    ],
)
def test_mistakes_are_reported_with_the_kind_and_the_key(text: str, named: str) -> None:
    with pytest.raises(BrokenKinds) as caught:
        parse_kinds(text.encode(), Path("/x/bots.toml"))
    assert "/x/bots.toml" in str(caught.value)
    assert named in str(caught.value)


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(BrokenKinds) as caught:
        parse_kinds(b"[a]\nname = 3\n[b]\nkeep = 3\n", Path("bots.toml"))
    text = str(caught.value)
    assert all(each in text for each in ("a.name", "a.markers", "b.name", "b.markers", "b.keep"))


@pytest.mark.parametrize("raw", [b"[a\n", b"\xff\xfe", b"x = "])
def test_what_is_no_toml_says_so(raw: bytes) -> None:
    with pytest.raises(BrokenKinds) as caught:
        parse_kinds(raw, Path("bots.toml"))
    assert caught.value.message_id == "bots-not-toml"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BrokenKinds) as caught:
        load_kinds(BUILTIN, tmp_path)
    assert caught.value.message_id == "bots-unreadable"


@pytest.mark.parametrize("text", ["", "/", "/x", "a//b", "../x", "a/./b", "x ~ ", "x/ ~ y", "~/x"])
def test_what_is_no_marker(text: str) -> None:
    with pytest.raises(NotAMarker):
        parse_marker(text)


@given(st.text())
def test_any_text_is_a_marker_or_refused(text: str) -> None:
    try:
        marker = parse_marker(text)
    except NotAMarker:
        return
    assert marker.parts
    assert not holds(marker, "/nowhere", [])
