"""Where folders go on a computer with another user, another system, other drives."""

from __future__ import annotations

from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from app.repository.snapshot import Snapshot, SnapshotFile
from app.services.recover_paths import (
    Placing,
    Rule,
    Why,
    home_rules,
    read_rule,
    said_there,
    there,
    tree_path,
)

HOME = Path("/home/new")
TIME = "2026-11-24T10:00:00Z"


def known(user: str, system: str = "linux") -> Placing:
    file = SnapshotFile(time=TIME, tree="", paths=[], username=user)
    homes = tuple((old, HOME) for old, _here in home_rules(Snapshot("", file)))
    return Placing((), homes, {"KEEP-1": Path("/media/new/KEEP-1")}, HOME, system)


@pytest.mark.parametrize(
    ("system", "user", "old", "new", "why"),
    [
        ("linux", "bob", "/home/bob/bots/a", "/home/new/bots/a", Why.HOME),
        ("linux", "bob", "/srv/bots", "/srv/bots", Why.SAME),
        ("linux", "bob", "/home/bobby/bots", "/home/bobby/bots", Why.SAME),
        ("linux", "bob", "/Users/bob/bots", "/home/new/bots", Why.HOME),
        ("linux", "bob", "/Users/eve/bots", "/home/new/eve/bots", Why.SYSTEM),
        ("linux", "bob", "/Volumes/DATA/bots", "/home/new/DATA/bots", Why.SYSTEM),
        ("linux", "bob", "/Volumes/KEEP-1/bots", "/media/new/KEEP-1/bots", Why.DRIVE),
        ("linux", "bob", "/media/bob/KEEP-1/bots", "/media/new/KEEP-1/bots", Why.DRIVE),
        ("linux", "bob", "/media/new/KEEP-1/bots", "/media/new/KEEP-1/bots", Why.SAME),
        ("linux", "DESK\\bob", "C:\\Users\\bob\\bots", "/home/new/bots", Why.HOME),
        ("linux", "DESK\\bob", "D:\\bots\\grid", "/home/new/D/bots/grid", Why.SYSTEM),
        ("linux", "DESK\\bob", "C:\\bots", "/home/new/C/bots", Why.SYSTEM),
        ("linux", "DESK\\bob", "\\\\nas\\share\\bots", "/home/new/share/bots", Why.SYSTEM),
        ("darwin", "bob", "/home/bob/bots", "/home/new/bots", Why.HOME),
        ("darwin", "bob", "/srv/bots", "/home/new/srv/bots", Why.SYSTEM),
        ("win32", "bob", "/home/bob/bots", "/home/new/bots", Why.HOME),
        ("win32", "bob", "/opt/bots", "/home/new/opt/bots", Why.SYSTEM),
    ],
)  # fmt: skip
def test_each_system_has_a_place_for_what_came_from_another(
    system: str, user: str, old: str, new: str, why: Why
) -> None:
    assert known(user, system).place(there(old)) == (Path(new), why)


@pytest.mark.parametrize(
    ("old", "inside"),
    [
        ("/home/bob/bots", b"/home/bob/bots"),
        ("C:\\Users\\bob", b"/C/Users/bob"),
        ("d:/bots", b"/d/bots"),
        ("\\\\nas\\share\\bots", b"/nas/share/bots"),
    ],
)
def test_a_path_is_found_in_the_tree_as_restic_stores_it(old: str, inside: bytes) -> None:
    assert tree_path(there(old)) == inside


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ("/a=/b", (PurePosixPath("/a"), Path("/b"))),
        ("C:\\bots=/srv/bots", (PureWindowsPath("C:/bots"), Path("/srv/bots"))),
        ("/a=b/c=/d", (PurePosixPath("/a=b/c"), Path("/d"))),
        ("D:/bots=/srv/b=c", (PureWindowsPath("D:/bots"), Path("/srv/b=c"))),
    ],
)
def test_a_rule_may_begin_on_another_system(given: str, rule: Rule) -> None:
    assert read_rule(given) == rule


def test_the_home_folder_of_another_system_is_meant_by_its_sign() -> None:
    wanted: PurePath = PureWindowsPath("C:/Users/bob/bots")
    on_windows = Placing(homes=((PureWindowsPath("C:/Users/bob"), HOME),), home=HOME)
    assert said_there("~\\bots", on_windows) == wanted
    assert said_there("~/bots", on_windows) == wanted
