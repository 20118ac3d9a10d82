"""The parent: an earlier snapshot that a backup compares with. Only ever a hint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.errors import AppError
from app.monitor import Monitor, Problem
from app.repository.assembly import Known, parse_known
from app.repository.named import Damaged, Missing
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.snapshot import Snapshot


def find_parent(
    snapshots: Iterable[Snapshot], *, host: str, paths: Sequence[str], machine: str = ""
) -> Snapshot | None:
    """The newest snapshot of this host, rather of this very machine (two hosts may have one name),
    and rather one with the same paths: only a hint."""
    own = [snapshot for snapshot in snapshots if snapshot.host == host]
    if machine:
        own = [snapshot for snapshot in own if snapshot.file.machine == machine] or own
    same = [snapshot for snapshot in own if sorted(snapshot.paths) == sorted(paths)]
    return max(same or own, key=lambda snapshot: snapshot.time, default=None)


@dataclass(slots=True)
class ParentTrees:
    """Reads what the last backup knew. `damage_told`: damage was said in this run already."""

    repository: Repository
    monitor: Monitor
    damage_told: bool = False

    def nodes(self, tree: bytes) -> dict[bytes, Known]:
        """A parent tree's nodes by name; empty where it cannot be read: only a hint."""
        try:
            raw = self.repository.load_blob(BlobKind.TREE, tree)
            return parse_known(raw)
        except (Missing, Damaged) as error:
            self._tell_damage(tree, error)
            return {}
        except ValueError:
            return {}

    def _tell_damage(self, tree: bytes, error: AppError) -> None:
        """What the index lists is not stored again, also if it is damaged: then this snapshot may
        lack it as well. Told once a run; what the index does not list any more heals now."""
        if self.repository.index.has(BlobKind.TREE, tree) and not self.damage_told:
            self.damage_told = True
            reason = error.sentence.title
            self.monitor.problem(Problem("backup-parent-damaged", {"reason": reason}))
