"""Names that are nearly the same, where the target tells them apart and where it does not."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from unicodedata import normalize

import pytest

from app.monitor import Recorder
from app.repository import restore_names, restore_queue
from app.repository.restore_names import clash
from app.repository.restore_target import open_target
from app.repository.restorer import restore
from app.repository.tree import Node, NodeFacts, encode_node, encode_tree, parse_tree
from tests.chaos.support import Rig, problems_of


def by_sign(name: str) -> str:
    """NTFS and exFAT: capitals of one UTF-16 unit for one; nothing beyond."""
    one = ((sign, sign.upper()) for sign in name)
    return "".join(up if len(up) == 1 and sign < "\U00010000" else sign for sign, up in one)


def by_meaning(name: str) -> str:
    """APFS."""
    return normalize("NFD", normalize("NFD", name).casefold())


def exactly(name: str) -> str:
    return name


RULES = (exactly, by_sign, by_meaning)
PAIRS = {
    ("Read.me", "READ.ME"): (by_sign, by_meaning),
    ("\u01c4", "\u01c5"): (by_sign, by_meaning),  # DŽ and Dž
    ("stra\u00dfe", "STRASSE"): (by_meaning,),
    ("\u00c5", "A\u030a"): (by_meaning,),  # Å in one sign, and in two
    ("\u00c5", "a\u030a"): (by_meaning,),
    ("\U00010400", "\U00010428"): (by_meaning,),  # Deseret
    ("\u0130", "i"): (),  # the i of Turkish capitals
    ("\ufb01", "fi"): (by_meaning,),
    ("\u2460", "1"): (),  # 1 in a circle
    ("a", "b"): (),
}


def test_what_may_clash() -> None:
    assert clash(["a", "b", "A"])
    assert all(clash(pair) for pair, rules in PAIRS.items() if rules)
    assert not clash(["a", "b", "a"])
    assert not clash([])


def _node(name: str) -> Node:
    (node,) = parse_tree(encode_tree([encode_node(_facts(name))]))
    return node


def _facts(name: str) -> NodeFacts:
    mode = stat.S_IFREG | 0o600
    return NodeFacts(
        name=name.encode(), mode=mode, mtime=0, ctime=0, uid=0, gid=0, size=0, content=()
    )


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("pair", PAIRS)
def test_names_are_left_out_only_where_the_place_takes_them_for_one(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pair: tuple[str, str],
    rule: Callable[[str], str],
) -> None:
    """A pair of ß and ss was refused by drives that tell them apart."""
    there: set[str] = set()

    def make(name: bytes, _trial: int) -> None:
        folded = rule(name.decode())
        if folded in there:
            raise FileExistsError
        there.add(folded)

    monkeypatch.setattr(restore_names, "_make", make)
    with closing(open_target(tmp_path)) as target:
        nodes, others = restore_names.apart(target, [_node(name) for name in pair])
    left_out = rule in PAIRS[pair]
    assert [each.decode() for each in others] == ([pair[1]] if left_out else [])
    assert len(nodes) == 2 - left_out
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("folds", [False, True])
def test_of_two_names_that_are_one_there_the_second_is_left_out_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folds: bool, large: bool
) -> None:
    rig = Rig(tmp_path)
    for name in ("READ.ME", "Read.me", "a", "b", "c", "sub/x"):
        rig.write(name, name)
    snapshot = rig.save().snapshot
    if folds:
        monkeypatch.setattr(restore_names, "_taken", lambda _at, names: list(names)[1:])
    if large:
        monkeypatch.setattr(restore_queue, "_LARGE_BYTES", 0)
        monkeypatch.setattr(restore_queue, "_PART_NODES", 1)
    told = Recorder()
    report = restore(rig.open(), snapshot, tmp_path / "back", monitor=told)
    here = tmp_path / "back" / "home"
    there = {"READ.ME", "a", "b", "c", "sub"} | (set() if folds else {"Read.me"})
    assert set(os.listdir(here)) == there
    assert (here / "READ.ME").read_text() == "READ.ME"
    assert problems_of(told) == ([("restore-same-name", "home/Read.me")] if folds else [])
    assert report.failed == int(folds)
    assert (here / "sub" / "x").read_text() == "sub/x"


def test_what_a_killed_run_left_of_its_trial_is_no_name_that_is_taken(tmp_path: Path) -> None:
    (tmp_path / ".tradekeep-Names" / "a").mkdir(parents=True)
    with closing(open_target(tmp_path)) as target:
        _nodes, others = restore_names.apart(target, [_node("A"), _node("a")])
    assert others == []
    assert os.listdir(tmp_path) == []


def test_what_cannot_be_a_name_there_is_left_to_its_own_restoring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(_name: bytes, _trial: int) -> None:
        raise OSError(errno.EINVAL, "no such sign")

    monkeypatch.setattr(restore_names, "_make", make)
    with closing(open_target(tmp_path)) as target:
        assert restore_names.apart(target, [_node("A?"), _node("a?")])[1] == []
