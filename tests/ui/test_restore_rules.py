"""Ticks, places and sentences of the restore wizard, without a window."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.snapshots import read_rows
from app.ui.wizards.restore.choice import Tick, Ticks
from app.ui.wizards.restore.rules import (
    FoundPlaces,
    InTheWay,
    Plan,
    Room,
    choice_line,
    end_hint,
    found_places,
    key_may_help,
    known_places,
    names_of,
    path_of,
    restore_arguments,
    silent_drives,
    told_path,
    what_happens,
)
from tests.ui.restore_story import KEEP, PLACES, SNAPSHOTS
from tests.ui.situations import HOME, NOW, well

ROOTS = [b"/a", b"/b"]


def test_everything_is_ticked_and_named_by_nothing() -> None:
    ticks = Ticks()
    assert ticks.state(b"/a/deep/file") is Tick.ON
    assert ticks.lists(ROOTS) == ([], [])


def test_a_file_that_is_cleared_makes_its_folders_partly_ticked() -> None:
    ticks = Ticks().set(b"/a/x/1", on=False)
    assert ticks.state(b"/a/x/1") is Tick.OFF
    assert ticks.state(b"/a/x") is ticks.state(b"/a") is Tick.SOME
    assert ticks.state(b"/a/x/2") is ticks.state(b"/b") is Tick.ON
    assert ticks.lists(ROOTS) == (ROOTS, [b"/a/x/1"])


def test_ticking_it_again_leaves_no_trace() -> None:
    assert Ticks().set(b"/a/x/1", on=False).set(b"/a/x/1", on=True) == Ticks()
    assert Ticks().set(b"/a/x/1", on=False).set(b"/a", on=True).everything


def test_a_file_alone_is_named_alone() -> None:
    ticks = Ticks().set(b"", on=False).set(b"/a/x/1", on=True)
    assert ticks == Ticks.only([b"/a/x/1"])
    assert ticks.lists(ROOTS) == ([b"/a/x/1"], [])
    assert ticks.state(b"/b") is Tick.OFF


def test_a_file_in_a_cleared_folder_is_included_again() -> None:
    ticks = Ticks().set(b"/a/x", on=False).set(b"/a/x/1", on=True)
    assert ticks.lists(ROOTS) == ([b"/a", b"/a/x/1", b"/b"], [b"/a/x"])


_PATHS = st.sampled_from([b"", b"/a", b"/a/b", b"/a/b/c", b"/a/bc", b"/d"])


@given(st.lists(st.tuples(_PATHS, st.booleans())))
def test_whatever_was_ticked_last_holds_for_all_below_it(steps: list[tuple[bytes, bool]]) -> None:
    ticks = Ticks()
    for path, on in steps:
        ticks = ticks.set(path, on=on)
        assert ticks.state(path) is (Tick.ON if on else Tick.OFF)
        assert ticks.state(path + b"/deeper") is (Tick.ON if on else Tick.OFF)


@given(st.binary(max_size=20))
def test_a_path_of_any_bytes_survives(path: bytes) -> None:
    if not path.startswith(b"base64:"):
        assert path_of(told_path(path)) == path


def test_the_choice_is_a_line_of_json_that_names_no_secret() -> None:
    line = json.loads(choice_line([b"/a\xff"], [b"/b"]))
    assert line == {"include": ["base64:L2H/"], "exclude": ["/b"]}
    assert restore_arguments("ab", None)[2] == "--in-place"
    assert restore_arguments("ab", "/t")[2:4] == ["--target", "/t"]


def test_this_computer_and_its_copies_stand_first() -> None:
    status = well()
    known = known_places(status, HOME)
    assert known[0].path == ""
    assert [place.name for place in known[1:]] == [
        copy.name for copy in status.copies if copy.state not in ("away", "bare", "other")
    ]
    assert known_places(None, HOME) == []


def test_a_copy_behind_a_network_is_opened_by_its_name() -> None:
    """Its address is no path; its secrets are found by its name."""
    known = {place.name: place for place in known_places(well(), HOME)}
    assert known["KEEP-1"].path == "/media/trader/KEEP-1/tradekeep"
    assert (known["Dropbox"].path, known["Dropbox"].about) == ("Dropbox", "dropbox:/tradekeep")
    assert known["Dropbox"].icon == "brand-dropbox"


def test_a_place_that_is_known_is_not_found_again() -> None:
    found = msgspec.convert(PLACES, type=FoundPlaces)
    [place] = found_places(found, [], NOW, HOME)
    assert (place.path, place.name) == (KEEP, "KEEP-1")
    assert "214 snapshots" in place.about
    assert "desk, vps-1" in place.about
    assert found_places(found, [KEEP], NOW, HOME) == []
    assert silent_drives(found) == ["nas"]


@pytest.mark.parametrize("error", ["key-needed", "key-wrong", "keyring-locked"])
def test_what_a_key_may_open_asks_for_it(error: str) -> None:
    assert key_may_help(error)


@pytest.mark.parametrize("error", ["place-away", "key-none", "no-repository"])
def test_what_no_key_opens_does_not_ask_for_one(error: str) -> None:
    assert not key_may_help(error)


def test_what_is_in_the_way_is_said_with_its_new_name() -> None:
    assert what_happens(InTheWay("a/b", name="b.before-restore")) == "kept as b.before-restore"
    assert "stays" in what_happens(InTheWay("a", blocks=True))


def test_a_place_without_room_is_noticed() -> None:
    assert Plan(room=Room("/", 2, 1)).lacks_room
    assert not Plan(room=Room("/", 1, 1)).lacks_room
    assert not Plan().lacks_room


def test_names_are_short() -> None:
    assert names_of(["/home/x/bots/trend"]) == "trend"
    assert names_of(["/a/b", "/c", "/d"]) == "b and 2 more"


def test_the_end_says_what_was_verified_and_what_is_next() -> None:
    hint = end_hint({"kept": 2, "aside": 1}, in_place=True)
    assert "checked against its hash" in hint
    assert "2 files were there already" in hint
    assert "NAME.before-restore" in hint
    assert "exchange" in hint
    assert "NAME" not in end_hint({"aside": 0}, in_place=False)


def test_snapshots_are_read() -> None:
    assert len(read_rows(SNAPSHOTS)) == len(SNAPSHOTS)
