"""Which files differ between two snapshots, and where their contents lie, so that both can be read.

As `differ`, for whoever looks into much that changed in little time: folders that are equal are
skipped by their ids, and of two lists only the entries are parsed whose JSON is not in both (5,000
files, of which 500 changed: 10 ms instead of 50). Folders that came or went are listed only if
somebody asks (`below`). Names are as the lists have them: for showing, not for opening.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from app.json_lines import NO_JSON
from app.monitor import Monitor, Problem
from app.repository.backup_model import CONTEXT
from app.repository.named import Damaged, Missing
from app.repository.names import unquote
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.walk import DEEPEST


class Side(msgspec.Struct, rename={"kind": "type"}, frozen=True):
    """A file or a folder in one of the snapshots; ids in hexadecimal."""

    name: str
    kind: str
    content: tuple[str, ...] | None = None
    subtree: str | None = None

    @property
    def is_file(self) -> bool:
        return self.kind == "file"


class _RawTree(msgspec.Struct):
    nodes: list[msgspec.Raw] | None


_TREE = msgspec.json.Decoder(_RawTree)
_SIDE = msgspec.json.Decoder(Side)


@dataclass(frozen=True, slots=True)
class Touched:
    """A file or a folder that differs; None on the side that has none. Of folders only those that
    came or went."""

    path: bytes
    old: Side | None
    new: Side | None


def touched(
    repository: Repository, before: bytes, after: bytes, monitor: Monitor
) -> Iterator[Touched]:
    """What differs below two trees. Lists that are lost are Problems, and empty."""
    stack = [(b"", before.hex(), after.hex())]
    while stack:
        path, one, two = stack.pop()
        monitor.checkpoint()
        if one == two or path.count(b"/") > DEEPEST:
            continue
        first, second = _parts(repository, one, monitor), _parts(repository, two, monitor)
        old, new = _parsed(first - second), _parsed(second - first)
        for name in sorted(old.keys() | new.keys()):
            if not path and name == CONTEXT:
                continue
            was, now = old.get(name), new.get(name)
            inner = path + b"/" + name
            if was is not None and now is not None and was.subtree and now.subtree:
                stack.append((inner, was.subtree, now.subtree))
            elif not _same(was, now):
                yield Touched(inner, was, now)


def _same(was: Side | None, now: Side | None) -> bool:
    if was is None or now is None or was.kind != now.kind:
        return False
    return was.content == now.content


def below(repository: Repository, each: Touched, monitor: Monitor) -> Iterator[Touched]:
    """The files of a folder that came or went; a file itself."""
    for side, is_new in ((each.old, False), (each.new, True)):
        stack = [(each.path, side)] if side is not None else []
        while stack:
            path, found = stack.pop()
            monitor.checkpoint()
            if found.is_file:
                yield Touched(path, None, found) if is_new else Touched(path, found, None)
            elif found.subtree is not None and path.count(b"/") <= DEEPEST:
                inside = _parsed(_parts(repository, found.subtree, monitor))
                stack += [(path + b"/" + name, inside[name]) for name in sorted(inside)]


def _parts(repository: Repository, tree: str, monitor: Monitor) -> frozenset[bytes]:
    """The JSON of each entry of a list."""
    try:
        raw = repository.load_blob(BlobKind.TREE, bytes.fromhex(tree))
        return frozenset(map(bytes, _TREE.decode(raw).nodes or ()))
    except (Missing, Damaged) as error:
        monitor.problem(Problem.from_error(error))
    except NO_JSON:
        pass  # nonsense is told by whoever verifies
    return frozenset()


def _parsed(parts: frozenset[bytes]) -> dict[bytes, Side]:
    found = {}
    for part in parts:
        try:
            side = _SIDE.decode(part)
            found[unquote(side.name)] = side
        except NO_JSON:
            continue  # as above
    return found
