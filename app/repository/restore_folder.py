"""Restoring small plain files, a whole folder at a time: the hot loop of a restore, where each
costs mostly Python.

The coordinator names a folder that this restore has made itself, so that nothing can be in the
way, and its tree; a worker reads the tree, and writes the files that are small and plain. All
else that the folder holds (folders, links, large files, databases and their journals, several
names, attributes, holes, whatever failed) it hands back as it stands in the tree: that goes the
longer way, through `restore_worker`, which knows what to say.

What is kept: every blob is checked before a byte of it is written, and a file gets its name when
it is complete.

Measured on 100,000 files of 0.2 to 8 KiB, µs of CPU time a file, all processes and their start
included: as tasks of their own, each parsed and sent by the coordinator, 49; in this way 33, of
which the system's calls are 13, opening, unpacking and hashing 10.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.backends.contract import FileName, FileNotThere, Kind, PlaceBroken
from app.repository.named import Damaged, Missing
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.restore_metadata import PlainMetadata
from app.repository.restore_names import clash
from app.repository.restore_target import JOURNALS, NEW, SQLITE, Target, is_full, place
from app.repository.times import to_ns
from app.repository.tree import encode_tree, raw_nodes
from app.repository.tree_links import PlainNode, PlainTree, plain_tree

HOLE = 4096  # shorter runs of zeros are not worth a hole
_SMALL = 64 << 10  # larger files are better shared out one by one
_FETCH = 1 << 20
_GAP = 64 << 10  # reading over so many unneeded bytes is cheaper than another read


class FolderTask(NamedTuple):
    """A folder that this restore has made, and its tree; of a large one, some nodes instead, as a
    tree of their own."""

    folder: bytes
    tree: bytes
    nodes: bytes = b""


class FolderResult(NamedTuple):
    """How many files were written, with how many bytes, and the nodes that were not, as a tree of
    their own; None if the tree is not a plain one, or cannot be had, and nothing was done."""

    folder: bytes
    files: int
    size: int
    rest: bytes | None


class _File(NamedTuple):
    """Where the blob of a file lies, in the order in which blobs are best read. `number` is that of
    its node."""

    pack: int
    offset: int
    length: int
    plain: int
    blob: bytes
    number: int


class FolderWriter:
    """Writes the plain files of folders. Belongs to one thread."""

    def __init__(self, repository: Repository, target: Target, *, replace: bool) -> None:
        """`replace`: whether a name that is taken, against all likelihood, is taken over."""
        self._repository = repository
        self._target = target
        self._replace = replace

    def restore(self, task: FolderTask) -> FolderResult:
        """Write what is plain; nothing where two names clash. OSErrors that say "no room" pass
        through, and `BackendError`s that concern the whole place."""
        raw = task.nodes or self._tree(task.tree)
        tree = plain_tree(raw)
        if tree is None or clash(node.name for node in tree.nodes):
            return FolderResult(task.folder, 0, 0, task.nodes or None)
        files, rest = self._sorted_out(tree)
        count = size = 0
        try:
            at = self._target.folder(task.folder) if files else -1
        except OSError:
            rest.extend(file.number for file in files)
            files = []
        metadata = PlainMetadata()
        for number, content in self._contents(files):
            node = tree.nodes[number]
            if content is not None and self._file(at, node, content, metadata):
                count += 1
                size += len(content)
            else:
                rest.append(number)
        return FolderResult(task.folder, count, size, _picked(raw, rest))

    def _tree(self, tree: bytes) -> bytes:
        try:
            return self._repository.load_blob(BlobKind.TREE, tree)
        except (Damaged, Missing):
            return b""

    def _sorted_out(self, tree: PlainTree) -> tuple[list[_File], list[int]]:
        """Small plain files in the order of packs, and the numbers of all other nodes."""
        get = self._repository.index.tables[BlobKind.DATA].get
        contents = tree.links.contents
        files, rest = [], []
        at = 0
        for number, node in enumerate(tree.nodes):
            found = get(contents[at]) if _is_plain(node) else None
            # A size that lies is told by others.
            if found and (found[3] or found[2] - 32) == node.size and found[2] <= 2 * _SMALL:
                files.append(_File(*found, contents[at], number))
            else:
                rest.append(number)
            at += len(node.content or ())
        files.sort()
        return files, rest

    def _contents(self, files: Sequence[_File]) -> Iterator[tuple[int, bytes | None]]:
        """Each file's number and content; None where it cannot be had in this way."""
        for near in _split(files, gap=_GAP):
            stored = self._fetch(near)
            for run in _split(near, gap=0):
                begin, end = run[0].offset, run[-1].offset + run[-1].length
                start = near[0].offset
                # One blob may be the content of several files, which then are neighbours.
                blobs = {each.blob: (each.blob, each.length, each.plain) for each in run}
                plains = self._repository.open_run(
                    list(blobs.values()), stored[begin - start : end - start]
                )
                blob, content = b"", None
                for each in run:
                    if each.blob != blob:  # an index may list two at one place
                        blob, content = each.blob, next(plains, None)
                    yield each.number, content

    def _fetch(self, near: Sequence[_File]) -> bytes:
        """What the place has of a stretch of one pack; nothing where it has trouble with it."""
        first, last = near[0], near[-1]
        file = FileName(Kind.PACK, self._repository.index.packs[first.pack].hex())
        try:
            length = last.offset + last.length - first.offset
            return self._repository.backend.load(file, first.offset, length)
        except (FileNotThere, PlaceBroken):
            return b""

    def _file(self, at: int, node: PlainNode, content: bytes, metadata: PlainMetadata) -> bool:
        """Write a file; False, and nothing left of it, where anything is out of the ordinary."""
        if content.startswith(SQLITE) or is_hole(content):
            return False
        name = node.name.encode()
        partial = b".%b.tradekeep.partial" % name
        try:
            mtime = to_ns(node.mtime)
            descriptor = os.open(partial, NEW, node.mode, dir_fd=at)
        except (OSError, ValueError) as error:
            return _unless_full(error)
        try:
            try:
                whole = os.write(descriptor, content) == len(content)
                metadata.apply(descriptor, node.mode, (node.uid, node.gid), mtime)
            finally:
                os.close(descriptor)
            if whole and self._replace:
                os.rename(partial, name, src_dir_fd=at, dst_dir_fd=at)
                return True
            if whole and place(at, partial, name):
                return True
        except (OSError, OverflowError) as error:
            _drop(at, partial)
            return _unless_full(error)
        _drop(at, partial)
        return False


def is_hole(content: bytes) -> bool:
    """Whether this is a run of zeros that is worth a hole."""
    # The ends tell for nearly every blob; counting reads it all.
    size = len(content)
    return size >= HOLE and not content[0] and not content[-1] and content.count(0) == size


def _is_plain(node: PlainNode) -> bool:
    return (
        node.kind == "file"
        and node.content is not None
        and len(node.content) == 1
        and node.size <= _SMALL
        and node.links < 2
        and not node.extended_attributes
        and not node.mode & ~0o777
        and not node.name.endswith(_JOURNALS)
    )


_JOURNALS = tuple(each.decode() for each in JOURNALS)


def _drop(at: int, partial: bytes) -> None:
    with contextlib.suppress(OSError):
        os.unlink(partial, dir_fd=at)


def _unless_full(error: Exception) -> bool:
    """False: others will meet this error again, and tell it. A full disk ends the run."""
    if isinstance(error, OSError) and is_full(error):
        raise error
    return False


def _split(files: Sequence[_File], *, gap: int) -> Iterator[Sequence[_File]]:
    """Split where the next blob lies in another pack, or farther on, or the stretch gets long."""
    start = 0
    for number in range(1, len(files)):
        before, after = files[number - 1], files[number]
        if (
            after.pack != before.pack
            or after.offset - (before.offset + before.length) > gap
            or after.offset + after.length - files[start].offset > _FETCH
        ):
            yield files[start:number]
            start = number
    if files:
        yield files[start:]


def _picked(raw: bytes, numbers: Sequence[int]) -> bytes:
    """Some nodes of a tree as a tree of their own, in their order."""
    if not numbers:
        return encode_tree(())
    nodes = raw_nodes(raw)
    return encode_tree(bytes(nodes[number]) for number in sorted(numbers))
