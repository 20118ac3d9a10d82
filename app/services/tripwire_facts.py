"""What the tripwire judges by, read from two snapshots: which files changed, and samples of them.

It has to cost little beside a backup. Only folders that differ are listed; of a bounded number of
changed files the first blob is read, of the new side first: what is explained by its kind is not
compared. Which files are taken is a matter of chance, in turns by ending, so that five databases
are not overlooked among five hundred scripts. What cannot be read says nothing.
"""

from __future__ import annotations

import random
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, zip_longest

from app.backends.contract import BackendError
from app.monitor import Recorder
from app.repository.looks import Kind, Look, look
from app.repository.named import Damaged, Missing
from app.repository.names import printable
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.touched import Side, Touched, below, touched
from app.services.tripwire import Facts, Pair, is_note, is_strange

SAMPLE = 256  # files that changed, and as many that came
_LISTED = 20_000  # files of folders that came or went
_TELLING = frozenset({b".sqlite", b".sqlite3", b".db", b".png", b".zip", b".pdf", b".feather",
                      b".parquet", b".gz", b".zst", b".jpg", b".xlsx"})  # fmt: skip
# Endings that explain themselves: rotated, compressed without a magic number, half written.
_PLAIN_ENDS = frozenset({b".bak", b".old", b".orig", b".tmp", b".part", b".br", b".lz4", b".lzma",
                         b".z", b".sz"})  # fmt: skip


def facts_of(repository: Repository, before: bytes, after: bytes, monitor: Recorder) -> Facts:
    """The facts about the way from one tree to another; both in the index. Lists that cannot be
    read are Problems of `monitor`, and empty."""
    changed, came, gone = _sorted_out(repository, before, after, monitor)
    known = {old.content for _path, old in gone.items() if old.content}
    ends = {_end(path) for path in gone} | {_end(path) for path, _old, _new in changed}
    added = [(path, new) for path, new in came.items() if new.content not in known]
    back = {new.content for new in came.values()}
    vanished = {path: old for path, old in gone.items() if old.content not in back}
    renamed = [(path, *pair) for path, new in added if (pair := _renamed(path, new, vanished))]
    taken = {path for path, _old, _new in renamed}
    fresh = [(path, new) for path, new in added if path not in taken and _end(path) not in ends]
    left = len(vanished) - len(renamed)
    pairs = _pairs(repository, changed + renamed)
    return Facts(
        changed=len(changed),
        gone=len(vanished),
        pairs=pairs,
        came=_came(repository, fresh) if left > 0 else (),
        notes=_notes(path for path, _new in added),
    )


_Changed = tuple[bytes, Side, Side]


def _sorted_out(
    repository: Repository, before: bytes, after: bytes, monitor: Recorder
) -> tuple[list[_Changed], dict[bytes, Side], dict[bytes, Side]]:
    """Files with another content; those that came and those that went, by path."""
    changed: list[_Changed] = []
    sides: list[Touched] = []
    for each in touched(repository, before, after, monitor):
        old, new = each.old, each.new
        if old and new and old.is_file and new.is_file:
            changed.append((each.path, old, new))
        else:
            sides.append(each)
    came: dict[bytes, Side] = {}
    gone: dict[bytes, Side] = {}
    went = (each for each in sides if each.old is not None)
    for each in _listed(repository, went, monitor):
        if each.old is not None:
            gone[each.path] = each.old
    # Where nothing went, only what lies beside old files can be a ransom note.
    only = (each for each in sides if each.new is not None and (gone or not each.new.subtree))
    for each in _listed(repository, only, monitor):
        if each.new is not None:
            came[each.path] = each.new
    return changed, came, gone


def _listed(
    repository: Repository, sides: Iterable[Touched], monitor: Recorder
) -> Iterator[Touched]:
    return islice(chain.from_iterable(below(repository, each, monitor) for each in sides), _LISTED)


def _end(path: bytes) -> bytes:
    dot = path.rfind(b".", path.rfind(b"/") + 2)
    return path[dot:].lower() if dot > 0 else b""


def _renamed(path: bytes, new: Side, gone: dict[bytes, Side]) -> tuple[Side, Side] | None:
    """What stood there under the same name without its last ending."""
    end = _end(path)
    if not end or end in _PLAIN_ENDS or end[1:].isdigit():
        return None
    old = gone.get(path[: -len(end)])
    return (old, new) if old is not None else None


def _notes(paths: Iterable[bytes]) -> dict[str, int]:
    folders: defaultdict[str, set[bytes]] = defaultdict(set)
    for path in paths:
        folder, _, name = path.rpartition(b"/")
        if is_note(printable(name)):
            folders[printable(name)].add(folder)
    return {name: len(found) for name, found in folders.items()}


# --- samples ---------------------------------------------------------------------------------


def _in_turns(found: Sequence[_Changed]) -> list[_Changed]:
    """So many that can be looked at, in turns by ending; the same of the same changes."""
    if len(found) <= SAMPLE:
        return list(found)
    chance = random.Random(len(found))  # which files are looked at is no secret
    by_end: defaultdict[bytes, list[_Changed]] = defaultdict(list)
    for each in found:
        by_end[_end(each[0])].append(each)
    for group in by_end.values():
        chance.shuffle(group)
    turns = chain.from_iterable(zip_longest(*by_end.values()))
    return list(islice((each for each in turns if each is not None), SAMPLE))


def _pairs(repository: Repository, found: Sequence[_Changed]) -> tuple[Pair, ...]:
    pairs = []
    for path, old, new in _in_turns(found):
        after = _look(repository, path, new)
        if after is None or not _worth(path, after):
            continue
        before = _look(repository, path, old)
        if before is not None:
            pairs.append(Pair(printable(path), before, after))
    return tuple(pairs)


def _worth(path: bytes, after: Look) -> bool:
    """Whether what a file looks like now makes it worth to read what it was."""
    if is_strange(after) or after.kind in (Kind.UNKNOWN, Kind.EMPTY):
        return True
    return after.kind is Kind.TEXT and _end(path) in _TELLING


def _came(
    repository: Repository, found: Sequence[tuple[bytes, Side]]
) -> tuple[tuple[str, Look], ...]:
    looks = ((path, _look(repository, path, new)) for path, new in found[:SAMPLE])
    return tuple((printable(path), seen) for path, seen in looks if seen is not None)


def _first(repository: Repository, side: Side) -> bytes:
    if not side.content:
        return b""
    return repository.load_blob(BlobKind.DATA, bytes.fromhex(side.content[0]))


def _look(repository: Repository, path: bytes, side: Side) -> Look | None:
    """What a file's first blob looks like; None where it cannot be read. Both sides of a file
    are looked at in the same places."""
    try:
        blob = _first(repository, side)
    except (Missing, Damaged, BackendError, ValueError):
        return None
    return look(blob, zlib.crc32(path))
