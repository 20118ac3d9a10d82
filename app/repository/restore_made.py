"""The folders of a restore: made as they are met, given their metadata last of all, deepest first,
for every write into a folder changes its time."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field

from app.monitor import Monitor, Problem
from app.repository.names import printable
from app.repository.restore_metadata import Facts, Misfits, apply, facts_of
from app.repository.restore_target import REPLACING, Overwrite, Target, is_full, reason_of
from app.repository.tree import Node


@dataclass(slots=True)
class MadeFolders:
    """A folder that cannot be made or finished is a Problem; a full disk an OSError."""

    target: Target
    overwrite: Overwrite
    monitor: Monitor
    misfits: Misfits
    _met: list[tuple[bytes, Facts, bool]] = field(default_factory=list)

    def make(self, path: bytes, node: Node) -> bool | None:
        """Make a folder; False if it was there, None if it cannot be."""
        try:
            made = self.target.make_folder(path)
        except OSError as error:
            self._failed(path, error)
            return None
        self._met.append((path, facts_of(node), made))
        return made

    def make_way_to(self, path: bytes) -> bool:
        """Make a folder and those above it, about which nothing is known; whether it is there."""
        try:
            self.target.make_folders(path)
        except OSError as error:
            self._failed(path, error)
            return False
        return True

    def finish(self) -> None:
        """Set the metadata. Under `never` and `keep-both` folders that were there keep theirs."""
        for path, facts, made in reversed(self._met):
            if made or self.overwrite in REPLACING:
                try:
                    apply(self.target.folder(path), facts, printable(path), self.misfits)
                except OSError as error:
                    self._failed(path, error)

    def _failed(self, path: bytes, error: OSError) -> None:
        if is_full(error):
            raise error
        if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.ELOOP):
            problem = Problem("restore-folder-in-the-way", {"path": printable(path)})
        else:
            params = {"path": printable(path), "reason": reason_of(error)}
            problem = Problem("restore-file-failed", params)
        self.monitor.problem(problem)
