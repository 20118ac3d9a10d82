"""What to look at: sources merged into one tree of rules, and the listing of one folder.

A snapshot holds absolute paths, one tree for each component, so several sources share their
upper folders. `plan` makes a trie of them: a `Branch` without rules is only passed through,
one with rules is taken whole except for what its rules leave out. A source below another one
(or below something that another one leaves out) keeps its own rules.

Patterns are gitignore's, relative to the source's root. A folder with a CACHEDIR.TAG
(https://bford.info/cachedir/) keeps only the tag, unless it is the source itself.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec

from app.errors import WrongUsage
from app.hotcopy import is_database

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_COMPANIONS = (b"-wal", b"-journal", b"-shm")
_TAG = b"CACHEDIR.TAG"
_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"


class Source(msgspec.Struct, frozen=True):
    """One thing to back up: an absolute path and what to leave out below it."""

    name: str
    path: Path
    exclude: tuple[str, ...] = ()
    exclude_caches: bool = True

    def __post_init__(self) -> None:
        if not self.path.is_absolute() or ".." in self.path.parts:
            raise ValueError(f"a source needs an absolute path without ..: {self.path!r}")


class Rules:
    """What one source takes. `number` is its place in the list of sources."""

    def __init__(self, source: Source, number: int) -> None:
        self.number = number
        self.root = os.fsencode(source.path)
        self.exclude_caches = source.exclude_caches
        # What stands for these rules in a folder's fingerprint: other rules, another listing.
        said = repr((self.root, source.exclude, source.exclude_caches))
        self.salt = hashlib.sha256(said.encode("utf-8", "backslashreplace")).digest()
        self._exclude = source.exclude
        self._spec: GitIgnoreSpec | None = None
        if source.exclude:
            self._spec = _spec(source.exclude)

    @property
    def take_all(self) -> bool:
        """Whether nothing is left out by its name."""
        return self._spec is None

    def keeps_only_tag(self, folder: bytes) -> bool:
        """Whether a folder is a cache that is left out. What somebody has named never is."""
        return self.exclude_caches and folder != self.root and is_cache(folder)

    def leaves_out(self, path: bytes, *, folder: bool) -> bool:
        """Whether a path below the root is excluded."""
        if self._spec is None:
            return False
        relative = os.fsdecode(path[len(self.root) :].lstrip(b"/"))
        return self._spec.match_file(relative + "/" if folder else relative)

    def pattern_of(self, path: bytes, *, folder: bool) -> str | None:
        """The pattern that leaves a path out; None where it is taken."""
        if self._spec is None:
            return None
        relative = os.fsdecode(path[len(self.root) :].lstrip(b"/"))
        found = self._spec.check_file(relative + "/" if folder else relative)
        return self._exclude[found.index] if found.include and found.index is not None else None


def _spec(patterns: Sequence[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(map(_inside, patterns))
    except (ValueError, re.error) as error:
        wrong = next((each for each in patterns if not is_pattern(each)), " ".join(patterns))
        raise WrongUsage("source-pattern-wrong", pattern=wrong) from error


def is_pattern(text: str) -> bool:
    """Whether gitignore knows what a pattern means."""
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([_inside(text)])
    except (ValueError, re.error):  # `[z-a]` gets as far as a regular expression
        return False
    return True


def _inside(line: str) -> str:
    """`folder/**` means what is in the folder, so that a part of it can be taken back in;
    pathspec would leave out the folder itself, and with it what `!folder/part` asks for."""
    pattern = line.rstrip()
    if pattern.endswith("/**"):
        return f"{pattern}/*"
    return f"{pattern}*/" if pattern.endswith("/**/") else line


class Branch(msgspec.Struct):
    """A component of a source's path: rules if a source is rooted here, and what lies below."""

    rules: Rules | None = None
    children: dict[bytes, Branch] = msgspec.field(default_factory=dict)


def plan(sources: Sequence[Source]) -> Branch:
    """The trie of all sources' paths, from the root of the file system."""
    root = Branch()
    for number, source in enumerate(sources):
        branch = root
        for part in os.fsencode(source.path).split(b"/"):
            if part:
                branch = branch.children.setdefault(part, Branch())
        branch.rules = Rules(source, number)
    return root


class Entry(msgspec.Struct, frozen=True):
    """One name in a folder with its lstat. `rules` and `branch` hold for what lies below it."""

    name: bytes
    path: bytes
    stat: os.stat_result
    rules: Rules | None
    branch: Branch | None
    live: bool = False  # a database with a -wal or -journal beside it

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.stat.st_mode)


class Unseen(msgspec.Struct, frozen=True):
    """A path that could not be looked at, and the error."""

    path: bytes
    error: OSError
    rules: Rules | None
    expected: bool = False  # a source's own path: its absence is a source gone, not a race


class Scanner:
    """Lists folders by the rules. `never` holds (device, inode) of folders that are never
    entered: the repository itself, its copies, our temporary folder."""

    def __init__(self, never: frozenset[tuple[int, int]] = frozenset()) -> None:
        self._never = never

    @staticmethod
    def listing(folder: bytes, rules: Rules | None) -> Listing:
        """All that a folder of a source holds; nothing of one that is only passed through."""
        return _list(folder, rules) if rules else Listing()

    def enters(self, found: os.stat_result) -> bool:
        """Whether a folder may be entered."""
        return (found.st_dev, found.st_ino) not in self._never

    def entries(
        self,
        folder: bytes,
        rules: Rules | None,
        branch: Branch | None,
        listing: Listing | None = None,
        order: Sequence[bytes] | None = None,
    ) -> Iterator[Entry | Unseen]:
        """What a folder holds, sorted by the bytes of the names, without what is left out.

        `listing` is given where it is known already, `order` where only a part is wanted.
        """
        listing = self.listing(folder, rules) if listing is None else listing
        branches = branch.children if branch else {}
        for name in sorted(listing.found.keys() | branches.keys()) if order is None else order:
            below = branches.get(name)
            path = os.path.join(folder, name)
            found = listing.found.get(name) or _look(path, below)
            if isinstance(found, Unseen):
                yield from _gone(found, below)
                continue
            is_folder = stat.S_ISDIR(found.st_mode)
            if is_folder and not self.enters(found):
                continue
            own = below.rules if below and below.rules else rules
            if own is rules and rules and _excluded(rules, path, found):
                own = None  # left out; where a source lies below it is passed through
            if below and not is_folder:
                yield from _below_no_folder(path, below)
            if own or (below and is_folder):
                live = name in listing.live or _is_live(path, found, below)
                yield Entry(name, path, found, own, below, live)


class Listing(msgspec.Struct, frozen=True):
    """lstat (or the error) of each name, and which names are databases with companions."""

    found: dict[bytes, os.stat_result | Unseen] = msgspec.field(default_factory=dict)
    live: frozenset[bytes] = frozenset()
    complete: bool = True  # every name could be looked at

    def seen(self) -> Mapping[bytes, os.stat_result] | None:
        """The status of every name, None if one could not be looked at."""
        if not self.complete:
            return None
        return cast("Mapping[bytes, os.stat_result]", self.found)

    def plain(self, rules: Rules, branch: Branch | None) -> bool:
        """Whether everything in the folder is taken, and all of it in the ordinary way."""
        no_source_below = branch is None or not branch.children
        return self.complete and not self.live and rules.take_all and no_source_below


def _excluded(rules: Rules, path: bytes, found: os.stat_result) -> bool:
    return rules.leaves_out(path, folder=stat.S_ISDIR(found.st_mode))


def _list(folder: bytes, rules: Rules) -> Listing:
    """Everything in a folder; raises OSError where it cannot be listed."""
    found: dict[bytes, os.stat_result | Unseen] = {}
    complete = True
    with os.scandir(folder) as entries:
        if stat.S_ISLNK(os.lstat(folder).st_mode):
            # It was a folder when its parent was listed. A link may lead anywhere.
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), folder)
        for entry in entries:
            try:
                found[entry.name] = entry.stat(follow_symlinks=False)
            except OSError as error:
                found[entry.name] = Unseen(entry.path, error, rules)
                complete = False
    if _TAG in found and rules.keeps_only_tag(folder):
        found = {_TAG: found[_TAG]}
    return Listing(found, _drop_companions(folder, found), complete)


def _drop_companions(
    folder: bytes, found: dict[bytes, os.stat_result | Unseen]
) -> frozenset[bytes]:
    """Leave out a live database's -wal, -shm and -journal: its copy holds what they hold.

    Returns the databases that have such companions: their own stat does not tell whether they
    changed (500 commits in WAL mode leave size, mtime, ctime and inode as they were; measured).
    """
    live = set()
    for name in found:
        base, _, suffix = name.rpartition(b"-")
        companion = suffix in (b"wal", b"journal", b"shm") and base in found and base not in live
        if companion and is_database(Path(os.fsdecode(os.path.join(folder, base)))):
            live.add(base)
    for base in live:
        for suffix in _COMPANIONS:
            status = found.get(base + suffix)
            if isinstance(status, Unseen) or (status and stat.S_ISREG(status.st_mode)):
                del found[base + suffix]
    return frozenset(live)


def _is_live(path: bytes, found: os.stat_result, below: Branch | None) -> bool:
    """Whether a source that is one file is a database with companions."""
    if below is None or below.rules is None or not stat.S_ISREG(found.st_mode):
        return False
    companions = any(os.path.lexists(path + suffix) for suffix in _COMPANIONS)
    return companions and is_database(Path(os.fsdecode(path)))


def _gone(unseen: Unseen, below: Branch | None) -> Iterator[Unseen]:
    """What cannot be looked at; on the way to sources, each of these."""
    if below is None or below.rules is not None:
        yield unseen
    if below is not None:
        for rules in _inner(below):
            yield Unseen(rules.root, unseen.error, rules, expected=True)


def _below_no_folder(path: bytes, below: Branch) -> Iterator[Unseen]:
    """The sources that should lie in what is no folder (any more)."""
    error = NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
    for rules in _inner(below):
        yield Unseen(rules.root, error, rules, expected=True)


def _inner(branch: Branch) -> Iterator[Rules]:
    """The rules of all sources strictly below a branch."""
    for child in branch.children.values():
        if child.rules is not None:
            yield child.rules
        yield from _inner(child)


def _look(path: bytes, below: Branch | None) -> os.stat_result | Unseen:
    """A component of a source's path: passed-through folders may be links, as for any program
    that opens the path."""
    try:
        passed = below is not None and below.rules is None
        return os.stat(path, follow_symlinks=passed)
    except OSError as error:
        return Unseen(path, error, below.rules if below else None, expected=True)


def is_cache(folder: bytes) -> bool:
    """Whether a folder is marked as a cache by its CACHEDIR.TAG."""
    try:
        with open(os.path.join(folder, _TAG), "rb") as file:
            return file.read(len(_SIGNATURE)) == _SIGNATURE
    except OSError:
        return False


def identities(paths: Iterable[Path]) -> frozenset[tuple[int, int]]:
    """(device, inode) of those folders that exist."""
    found = set()
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        found.add((status.st_dev, status.st_ino))
    return frozenset(found)
