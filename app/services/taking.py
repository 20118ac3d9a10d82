"""What a source takes and what it leaves out, with sizes, before anything is backed up.

The same rules as a backup's (`app.repository.scan`). A folder that is left out is walked for its
size, too: what is not saved should not be a surprise. Nothing is opened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.monitor import Monitor
from app.repository.names import printable
from app.repository.scan import Rules, Source
from app.services.home import Home
from app.settings.model import SourceSettings
from app.settings.unknown import no_source

_MOST = 200  # rows of what is left out
_EXAMPLES = 20
_EVERY = 500  # entries between two looks at the monitor
CACHE = "CACHEDIR.TAG"


@dataclass(slots=True)
class Amount:
    """Files and their bytes."""

    files: int = 0
    bytes: int = 0

    def add(self, other: Amount) -> None:
        self.files += other.files
        self.bytes += other.bytes

    def as_json(self) -> dict[str, int]:
        return {"files": self.files, "bytes": self.bytes}


@dataclass(slots=True)
class Row:
    """An entry of the folder that is looked at. `taken` is "all", "part" or "none"."""

    name: str
    folder: bool
    inside: Amount = field(default_factory=Amount)
    out: Amount = field(default_factory=Amount)

    @property
    def taken(self) -> str:
        if not self.out.files:
            return "all" if self.inside.files or not self.out.bytes else "none"
        return "part" if self.inside.files else "none"

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name, "folder": self.folder, "taken": self.taken,
            **self.inside.as_json(), "out": self.out.as_json(),
        }  # fmt: skip


@dataclass(slots=True)
class LeftOut:
    """Something that is left out; `why` is the pattern, or CACHEDIR.TAG for a marked cache."""

    path: str
    folder: bool
    amount: Amount
    why: str

    def as_json(self) -> dict[str, object]:
        return {
            "path": self.path, "folder": self.folder, **self.amount.as_json(), "why": self.why,
        }  # fmt: skip


def source_named(home: Home, name: str) -> SourceSettings:
    """A configured source, by its name in upper or lower case; `WrongUsage` if there is none."""
    wanted = name.casefold()
    for source in home.settings.sources:
        if source.name.casefold() == wanted:
            return source
    raise no_source(name, [each.name for each in home.settings.sources])


def examine(
    source: SourceSettings, monitor: Monitor, *, more: Sequence[str] = (), below: str = ""
) -> dict[str, object]:
    """Walk a source. `more` are patterns whose effect is asked for; `below` is a folder of it.

    Returns {"taken": {files, bytes}, "left_out": {files, bytes}, "items": [the largest of what is
    left out: path, folder, files, bytes, why], "rows": [of the folder: name, folder, taken, files,
    bytes, out], "effect": {files, bytes, "paths": […]}}: what `more` would leave out beyond.
    """
    walk = _Walk(source, tuple(more), below.strip("/"), monitor)
    walk.everything()
    walk.items.sort(key=lambda item: item.amount.bytes, reverse=True)
    return {
        "taken": walk.taken.as_json(),
        "left_out": walk.left.as_json(),
        "items": [item.as_json() for item in walk.items[:_MOST]],
        "rows": [row.as_json() for row in walk.sorted_rows()],
        "effect": {**walk.effect.as_json(), "paths": walk.examples},
    }


class _Walk:
    """One walk over a source: its rules as they are, and with `more`."""

    def __init__(
        self, source: SourceSettings, more: tuple[str, ...], below: str, monitor: Monitor
    ) -> None:
        exclude = (*source.leave_out, *source.exclude)
        self._root = os.fsencode(os.path.realpath(source.path))
        self._rules = _rules(source, exclude)
        self._with_more = _rules(source, (*exclude, *more)) if more else self._rules
        self._below = os.path.join(self._root, os.fsencode(below)) if below else self._root
        self._monitor = monitor
        self._seen = 0
        self._rows: dict[bytes, Row] = {}
        self.taken, self.left, self.effect = Amount(), Amount(), Amount()
        self.items: list[LeftOut] = []
        self.examples: list[str] = []

    def sorted_rows(self) -> list[Row]:
        return sorted(self._rows.values(), key=lambda row: (not row.folder, row.name.casefold()))

    def everything(self) -> None:
        if os.path.isdir(self._root):
            self._folder(self._root, more=False)

    def _folder(self, folder: bytes, *, more: bool) -> None:
        """What is taken of a folder; `more` says that the new patterns leave it out."""
        cache = self._rules.keeps_only_tag(folder)
        for entry in self._entries(folder):
            if cache and entry.name != CACHE.encode():
                self._out(entry, CACHE)
                continue
            is_folder = entry.is_dir(follow_symlinks=False)
            pattern = self._rules.pattern_of(entry.path, folder=is_folder)
            if pattern is not None:
                self._out(entry, pattern)
                continue
            beyond = more or self._with_more.leaves_out(entry.path, folder=is_folder)
            if beyond and not more and len(self.examples) < _EXAMPLES:
                self.examples.append(self._name(entry.path))
            if is_folder:
                self._row_of(entry.path, folder=True)
                self._folder(entry.path, more=beyond)
            else:
                self._take(entry, beyond=beyond)

    def _take(self, entry: os.DirEntry[bytes], *, beyond: bool) -> None:
        amount = Amount(1, _size(entry))
        self.taken.add(amount)
        if beyond:
            self.effect.add(amount)
        row = self._row_of(entry.path, folder=False)
        if row is not None:
            row.inside.add(amount)

    def _out(self, entry: os.DirEntry[bytes], why: str) -> None:
        is_folder = entry.is_dir(follow_symlinks=False)
        amount = self._whole(entry.path) if is_folder else Amount(1, _size(entry))
        self.left.add(amount)
        self.items.append(LeftOut(self._name(entry.path), is_folder, amount, why))
        row = self._row_of(entry.path, folder=is_folder)
        if row is not None:
            row.out.add(amount)

    def _whole(self, folder: bytes) -> Amount:
        amount = Amount()
        for entry in self._entries(folder):
            if entry.is_dir(follow_symlinks=False):
                amount.add(self._whole(entry.path))
            else:
                amount.add(Amount(1, _size(entry)))
        return amount

    def _entries(self, folder: bytes) -> Iterator[os.DirEntry[bytes]]:
        """A folder that cannot be listed counts as empty: the backup will say so."""
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    self._seen += 1
                    if self._seen % _EVERY == 0:
                        self._monitor.checkpoint()
                    yield entry
        except OSError:
            return

    def _row_of(self, path: bytes, *, folder: bool) -> Row | None:
        """The row of the folder that is looked at, which a path lies in."""
        if not path.startswith(self._below + b"/"):
            return None
        name = path[len(self._below) + 1 :].split(b"/", 1)[0]
        inner = path != os.path.join(self._below, name)
        return self._rows.setdefault(name, Row(printable(name), folder or inner))

    def _name(self, path: bytes) -> str:
        return printable(path[len(self._root) + 1 :])


def _rules(source: SourceSettings, exclude: tuple[str, ...]) -> Rules:
    path = Path(os.path.realpath(source.path))
    return Rules(Source(source.name, path, exclude, source.exclude_caches), 0)


def _size(entry: os.DirEntry[bytes]) -> int:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0
