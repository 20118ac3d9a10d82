"""A machine to back up, a repository, and what proves that both say the same.

`Rig` makes backups with a clock that is an hour later each time, so that files made just now are
not taken for racy ones. `state_of` says all that a restore must bring back, for comparing.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.backends.contract import Backend, Kind
from app.backends.local import LocalBackend
from app.backends.memory import MemoryBackend
from app.monitor import Monitor, Recorder, nothing
from app.repository.archiver import back_up
from app.repository.backup_model import BackupOptions, BackupReport, ContextFile
from app.repository.checker import CheckReport, Scope, check
from app.repository.lock import locked
from app.repository.named import Damaged, Missing
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.restore_plan import Selection
from app.repository.restorer import restore
from app.repository.scan import Source
from app.repository.snapshot import Snapshot
from app.repository.tree import Node
from app.repository.walk import walk
from tests.repository.support import PASSWORD, cheap_repository, open_cheap

FIRST = datetime(2030, 1, 1, tzinfo=UTC)  # later than anything that a test makes
State = dict[bytes, tuple[object, ...]]


class Hooked(Recorder):
    """A recorder that does something at its n-th checkpoint."""

    def __init__(self, at: int, action: Callable[[], object]) -> None:
        super().__init__()
        self.count = 0
        self._at = at
        self._action = action

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
        self.count += 1
        if self.count == self._at:
            self._action()


def after_listing(source: Path, action: Callable[[], object]) -> Hooked:
    """Acts once `source` has been listed and before anything in it is opened: there is one
    checkpoint for each component of its path, and the next one is for its first entry."""
    return Hooked(len(source.parts), action)


@dataclass
class Rig:
    """A folder `home` to back up, and a repository: in memory, or in a folder if one is given."""

    root: Path
    backend: Backend = field(default_factory=MemoryBackend)
    host: str = "rig"
    workers: int | None = 0
    backups: int = 0
    home: Path = field(init=False)

    def __post_init__(self) -> None:
        self.home = self.root / "home"
        self.home.mkdir(exist_ok=True)
        self.recorder = Recorder()
        if not list(self.backend.list(Kind.KEY)):
            cheap_repository(self.backend)

    def write(self, name: str, content: bytes | str = b"content") -> Path:
        """A file below `home`."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def open(self) -> Repository:
        repository = open_cheap(self.backend)
        repository.load_index(Recorder())
        return repository

    def save(
        self,
        *sources: Source | Path,
        monitor: Monitor | None = None,
        tags: tuple[str, ...] = (),
        context: tuple[ContextFile, ...] = (),
        never: frozenset[tuple[int, int]] = frozenset(),
        now: datetime | None = None,
    ) -> BackupReport:
        """One backup, of `home` if nothing else is said; problems go to `recorder` (a new one)
        unless there is a monitor."""
        self.backups += 1
        self.recorder = Recorder()
        time = now or FIRST + timedelta(hours=self.backups)
        options = BackupOptions(
            host=self.host,
            tags=tags,
            context=context,
            never=never,
            workers=self.workers,
            now=lambda: time,
        )
        repository = self.open()
        with locked(repository) as lock:
            return back_up(
                repository,
                [_source(each) for each in sources or (self.home,)],
                temporary=self.root / "temporary",
                monitor=monitor or self.recorder,
                lock=lock,
                options=options,
            )

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(message id, path) of the last backup's problems, sorted; each can be shown."""
        return problems_of(self.recorder)

    def snapshots(self) -> list[Snapshot]:
        return self.open().snapshots(Recorder())

    def nodes(self, snapshot: Snapshot | None = None) -> dict[bytes, Node]:
        """Every node of a snapshot (the newest) by its absolute path."""
        repository = self.open()
        chosen = snapshot or self.snapshots()[-1]
        return dict(walk(repository, chosen.tree, Recorder()))

    def below_home(self, snapshot: Snapshot | None = None) -> set[str]:
        """The paths below `home` in a snapshot, without `home` itself."""
        prefix = os.fsencode(self.home) + b"/"
        nodes = self.nodes(snapshot)
        return {os.fsdecode(path[len(prefix) :]) for path in nodes if path.startswith(prefix)}

    def restored(self, snapshot: Snapshot | None = None, folder: Path | None = None) -> Path:
        """Where a folder of a snapshot has been restored to, completely."""
        target = self.root / f"restored-{len(os.listdir(self.root))}"
        chosen = snapshot or self.snapshots()[-1]
        restore_all(self.open(), chosen, target, folder or self.home)
        return target

    def sound(self) -> CheckReport:
        """Read everything; nothing is damaged."""
        return assert_sound(self.backend)


def _source(each: Source | Path) -> Source:
    return each if isinstance(each, Source) else Source("home", each)


def problems_of(recorder: Recorder) -> list[tuple[str, str]]:
    assert all(problem.sentence.title for problem in recorder.problems)
    return sorted(
        (problem.message_id, str(problem.params["path"])) for problem in recorder.problems
    )


def restore_all(repository: Repository, snapshot: Snapshot, target: Path, folder: Path) -> None:
    """Restore a folder's contents; any problem at all is a failure."""
    recorder = Recorder()
    selection = Selection(folder=os.fsencode(folder))
    report = restore(repository, snapshot, target, selection=selection, monitor=recorder, workers=0)
    assert [str(problem.sentence) for problem in recorder.problems] == []
    assert report.failed == 0


def assert_sound(backend: Backend) -> CheckReport:
    """Everything in a repository is read and nothing is wrong."""
    recorder = Recorder()
    report = check(open_cheap(backend), Scope(100), monitor=recorder, workers=0)
    assert [str(problem.sentence) for problem in recorder.problems] == []
    assert not report.damaged_packs and not report.damaged_blobs and not report.affected
    return report


# --- comparing -------------------------------------------------------------------------------

Content = tuple[bytes, str, bytes]
"""A file in a tree that has no folders: the tree, the file's path, its content."""


def readable(repository: Repository) -> frozenset[tuple[str, Content]]:
    """(snapshot id, content) of all that can be restored from a repository that may be damaged,
    for snapshots as `save_backup` makes them."""
    repository.load_index(Recorder())
    return frozenset(
        (snapshot.id, (snapshot.tree, path, content))
        for snapshot in repository.snapshots(Recorder())
        for path, content in _files(repository, snapshot.tree)
    )


def _files(repository: Repository, tree: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        nodes = repository.load_tree(tree)
    except (Damaged, Missing):
        return
    for node in nodes:
        try:
            contents = [repository.load_blob(BlobKind.DATA, blob) for blob in node.content]
        except (Damaged, Missing):
            continue
        yield "/" + os.fsdecode(node.name), b"".join(contents)


def state_of(folder: Path, *, times: bool = True) -> State:
    """Everything below a folder: kind, permissions, owner, time, content, attributes, and which
    names are hard links of each other."""
    found: State = {}
    first_names: dict[tuple[int, int], bytes] = {}
    top = os.fsencode(folder)
    stack = [top]
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                status = entry.stat(follow_symlinks=False)
                name = entry.path[len(top) + 1 :]
                found[name] = (
                    *_facts(entry.path, status),
                    status.st_mtime_ns if times else 0,
                )
                if stat.S_ISDIR(status.st_mode):
                    stack.append(entry.path)
    for name in sorted(found):
        status = os.lstat(top + b"/" + name)
        if status.st_nlink > 1 and not stat.S_ISDIR(status.st_mode):
            first = first_names.setdefault((status.st_dev, status.st_ino), name)
            found[name] = (*found[name], first)
    return found


def _facts(path: bytes, status: os.stat_result) -> tuple[object, ...]:
    mode = status.st_mode
    content: object = None
    if stat.S_ISREG(mode):
        with open(path, "rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
    elif stat.S_ISLNK(mode):
        content = os.readlink(path)
    elif stat.S_ISBLK(mode) or stat.S_ISCHR(mode):
        content = status.st_rdev
    names = os.listxattr(path, follow_symlinks=False)
    attributes = {name: os.getxattr(path, name, follow_symlinks=False) for name in names}
    permissions = 0 if stat.S_ISLNK(mode) else stat.S_IMODE(mode)
    owner = status.st_uid, status.st_gid
    return stat.S_IFMT(mode), permissions, owner, content, tuple(sorted(attributes.items()))


# --- corpora ---------------------------------------------------------------------------------


def small_corpus(home: Path, seed: int = 1) -> None:
    """A few folders and files, some of several chunks."""
    rng = random.Random(seed)
    for number in range(6):
        path = home / f"folder {number % 3}" / f"file {seed} {number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rng.randbytes(rng.choice((0, 10, 3_000, 200_000))))


# --- stock restic ----------------------------------------------------------------------------


def restic(repository: Path, *arguments: str | Path) -> str:
    """What stock restic prints; a failure of it is one of the test."""
    environment: Mapping[str, str] = os.environ | {"RESTIC_PASSWORD": PASSWORD.reveal()}
    command: Sequence[str | Path] = ("restic", "--no-cache", "-r", repository, *arguments)
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def restic_lines(repository: Path, *arguments: str | Path) -> list[dict[str, object]]:
    """Its answer as JSON lines."""
    return [json.loads(line) for line in restic(repository, *arguments).splitlines()]


def local(path: Path) -> LocalBackend:
    """A folder with a new, empty repository."""
    backend = LocalBackend(path)
    cheap_repository(backend)
    return backend
