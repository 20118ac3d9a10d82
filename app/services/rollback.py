"""Taking a bot back to how a snapshot has it: looked at first, undone by the same way.

In this order: what a killed rollback has left is brought to an end; the bot must not be at work;
what it is now becomes a snapshot of its own, kept for a month, as a whole or nothing goes on; the
folder is made anew beside the old one and checked; what the source leaves out is linked into it;
the bot must still not be at work, and nothing may have changed meanwhile; then both change places
in one step (`rollback_swap`). So a kill at any point leaves the old bot or the new one, whole.
Afterwards what the bot believes to be open is compared with the exchange (`rollback_trades`).
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from app.bots import paper
from app.bots.at_work import AtWork, at_work
from app.copies.where import folder_of, is_local
from app.errors import WrongUsage
from app.files import write_atomic
from app.messages import render
from app.messages.joined import sentences
from app.monitor import Monitor, Problem, Progress, Step, nothing
from app.repository.keys import host_name
from app.repository.lock import guard, locked_for_reading
from app.repository.policy import keep_until
from app.repository.reader import Reader
from app.repository.repository import Repository
from app.repository.restore_plan import Piece, measure
from app.repository.restore_target import Overwrite
from app.repository.restorer import mark_of, restore_pieces
from app.repository.scan import Source
from app.repository.snapshot import Snapshot
from app.repository.walk import lookup
from app.services.backup import BackupRequest, back_up_now
from app.services.history import now
from app.services.home import Home
from app.services.only_one import only_one
from app.services.rollback_plan import Place, plan
from app.services.rollback_swap import Left, RollbackFailed, Swap, carry_over
from app.services.rollback_trades import trades_report
from app.services.run import Run
from app.services.snapshots import Filter, as_json_object, choose, rather_ours, select
from app.services.sources import kind_of_source, user_folder
from app.services.taking import source_named
from app.settings.model import SourceKind, SourceSettings

UNDO_FOR = timedelta(days=30)
_UNDO = "before-rollback:"
# What a restore says of owners and permissions that this user cannot give: files are whole.
_HARMLESS = frozenset({"restore-no-owner", "restore-no-attributes"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackRequest:
    """`snapshot` is an id's beginning or `latest`, or None to undo the last rollback. `on_paper`
    switches the bot to trading on paper. `pull`: the exchange is asked anew for the comparison."""

    bot: str
    snapshot: str | None
    on_paper: bool = False
    pull: bool = True


def undo_tag(bot: str) -> str:
    """What marks the snapshot that a rollback of a bot made first."""
    return f"{_UNDO}{bot}"


def look(
    home: Home, repository: Repository, request: RollbackRequest, monitor: Monitor
) -> dict[str, object]:
    """What `roll_back` would do; nothing is written but what a killed one left to be ended.

    The report: bot, kind, path, snapshot, done (False), healed (sentences or null), at_work
    (sentences), counts, files, configurations, paper: see `rollback_plan.plan`. Raises
    `WrongUsage`, `RollbackFailed`, `RepositoryLocked`.
    """
    with only_one(home, "rollback.lock", "rollback-busy"):
        source = bot_named(home, request.bot)
        swap = Swap(home, Path(os.path.realpath(source.path)))
        healed = _heal(swap, source.name, repository, monitor)
        place = _place(home, repository, source, request, monitor)
        return {
            **_head(place, source), "done": False, "healed": healed,
            "at_work": [_sign(each) for each in _at_work(home, place)],
            **plan(place, Reader(repository, monitor), monitor),
        }  # fmt: skip


def roll_back(
    home: Home, repository: Repository, request: RollbackRequest, run: Run
) -> dict[str, object]:
    """Do it. The report: bot, kind, path, snapshot, healed, counts as `look`'s; done (True), undo
    (the snapshot that was made first), kept (files that the source leaves out), on_paper, trades
    (see `rollback_trades`). No configuration is in it: the history keeps it."""
    with only_one(home, "rollback.lock", "rollback-busy"):
        source = bot_named(home, request.bot)
        swap = Swap(home, Path(os.path.realpath(source.path)))
        healed = _heal(swap, source.name, repository, run)
        place = _place(home, repository, source, request, run)
        _refuse(home, repository, place)
        _refuse_at_work(home, place)
        counts = plan(place, Reader(repository, run), run)["counts"]
        before = _seen(place.path)
        undo = _save(home, repository, source, run)
        with run.step(Step.RESTORE) as step:
            kept, on_paper = _replace(home, repository, place, swap, undo, before, request, run)
            assert isinstance(counts, dict)
            step.items = sum(counts.values())
    trades = trades_report(home, place.path, place.kind.id, run, pull=request.pull)
    return {
        **_head(place, source), "done": True, "healed": healed, "undo": as_json_object(undo),
        "kept": kept, "on_paper": on_paper, "counts": counts, "trades": trades,
    }  # fmt: skip


def _head(place: Place, source: SourceSettings) -> dict[str, object]:
    return {
        "bot": source.name,
        "kind": place.kind.id,
        "path": str(place.path),
        "snapshot": as_json_object(place.snapshot),
    }


# --- which bot, which snapshot ---------------------------------------------------------------


def bot_named(home: Home, name: str) -> SourceSettings:
    """A bot among the sources; `WrongUsage` for a folder, or no source at all."""
    source = source_named(home, name)
    if source.kind is not SourceKind.BOT:
        raise WrongUsage("rollback-no-bot", name=source.name)
    return source


def _place(
    home: Home,
    repository: Repository,
    source: SourceSettings,
    request: RollbackRequest,
    monitor: Monitor,
) -> Place:
    path = Path(os.path.realpath(source.path))
    if not path.is_dir():
        raise WrongUsage("rollback-folder-gone", path=str(path))
    snapshot = _snapshot(repository, source, request.snapshot, monitor)
    repository.load_index(monitor, home.index_cache(repository.config.id))
    try:
        node = lookup(repository, snapshot, os.fsencode(path))
    except WrongUsage as error:
        raise _not_in(snapshot, source) from error
    if node.subtree is None:
        raise _not_in(snapshot, source)
    exclude = (*source.leave_out, *source.exclude)
    rules = Source(source.name, path, exclude, source.exclude_caches)
    return Place(rules, kind_of_source(home, source), snapshot, node)


def _not_in(snapshot: Snapshot, source: SourceSettings) -> WrongUsage:
    path = str(source.path)
    params = {"snapshot": snapshot.id[:8], "name": source.name, "path": path}
    return WrongUsage("rollback-not-in-snapshot", **params)


def _snapshot(
    repository: Repository, source: SourceSettings, name: str | None, monitor: Monitor
) -> Snapshot:
    tag = undo_tag(source.name)
    if name is None:
        made = select(repository, Filter(host_name(), (tag,)), monitor)
        if not made:
            raise WrongUsage("rollback-no-undo", name=source.name)
        return made[-1]
    found = select(repository, Filter(), monitor)
    if name == "latest":  # what a rollback saved first is for --undo
        found = [each for each in rather_ours(found) if tag not in each.tags]
    return choose(found, name, repository.backend.place)


# --- what is refused ---------------------------------------------------------------------------


def _refuse(home: Home, repository: Repository, place: Place) -> None:
    """Places of our own in the folder, and file systems that cannot be renamed."""
    copies = [folder_of(copy) for copy in home.settings.copies if is_local(copy)]
    own = [home.paths.data, home.paths.config, home.paths.cache]
    if repository.backend.is_local:
        own.append(Path(repository.backend.place))
    for each in (Path(os.path.realpath(path)) for path in (*own, *copies)):
        if each == place.path or place.path in each.parents:
            raise RollbackFailed("rollback-holds-place", path=str(place.path), place=str(each))
    device = place.path.stat().st_dev
    if place.path.parent.stat().st_dev != device or any(
        status.st_dev != device for _, status in _folders(place.path)
    ):
        raise RollbackFailed("rollback-mounted", path=str(place.path))


def _folders(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for at, below, _files in os.walk(folder):
        for name in below:
            path = Path(at, name)
            yield path, path.lstat()


def _at_work(home: Home, place: Place) -> list[AtWork]:
    return at_work(place.path, place.databases(), user=user_folder(home))


def _refuse_at_work(home: Home, place: Place) -> None:
    found = _at_work(home, place)
    if found:
        signs = sentences(map(_sign, found[:5]))
        raise RollbackFailed("rollback-at-work", name=place.source.name, signs=signs)


def _sign(found: AtWork) -> str:
    params = {"name": found.name, "pid": found.pid}
    return render(f"rollback-sign-{found.sign.value}", params).title


def _seen(folder: Path) -> dict[str, tuple[int, ...]]:
    """What tells whether anything in a folder has changed. Reading a database may touch its -shm,
    which holds nothing."""
    found: dict[str, tuple[int, ...]] = {}
    for at, _below, files in os.walk(folder):
        for name in files:
            if name.endswith("-shm"):
                continue
            path = Path(at, name)
            status = path.lstat()
            found[str(path)] = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_mode)
    return found


# --- doing it --------------------------------------------------------------------------------


def _heal(swap: Swap, name: str, repository: Repository, monitor: Monitor) -> list[str] | None:
    healed = swap.heal()
    if healed is None:
        return None
    left, note = healed
    known = {each.id for each in repository.snapshots(monitor)}
    snapshot = note.snapshot if note.snapshot in known else ""
    message = "rollback-healed-new" if left is Left.NEW else "rollback-healed-old"
    said = render(message, {"snapshot": (snapshot or note.snapshot)[:8], "name": name})
    return [said.title, said.hint]


def _save(home: Home, repository: Repository, source: SourceSettings, run: Run) -> Snapshot:
    """What the bot is now, as a snapshot of its own. Nothing goes on with less than all of it."""
    problems = len(run.problems)
    request = BackupRequest(
        paths=(source.path,),
        tags=(undo_tag(source.name), keep_until((now() + UNDO_FOR).date())),
        exclude=(*source.leave_out, *source.exclude),
        exclude_caches=source.exclude_caches,
        copies=False,
        pull=False,
    )
    made = back_up_now(home, repository, request, run).backup.snapshot
    if len(run.problems) > problems:
        raise RollbackFailed("rollback-undo-incomplete", name=source.name)
    return made


def _replace(
    home: Home,
    repository: Repository,
    place: Place,
    swap: Swap,
    undo: Snapshot,
    before: dict[str, tuple[int, ...]],
    request: RollbackRequest,
    run: Run,
) -> tuple[int, bool]:
    """Make the new folder and let it take the old one's place; how many files stayed, and whether
    the bot was put on paper."""
    note = swap.begin(place.snapshot.id, undo.id)
    with _cleared(swap):
        _make(repository, place, swap, run)
        kept = _carry(place, swap)
        on_paper = request.on_paper and _put_on_paper(place, swap, run)
        _refuse_at_work(home, place)
        if _seen(place.path) != before:
            raise RollbackFailed("rollback-changed", name=place.source.name)
        swap.swap(note)
    swap.clear()
    return kept, on_paper


@contextmanager
def _cleared(swap: Swap) -> Iterator[None]:
    """What went wrong before the step leaves nothing behind."""
    try:
        yield
    except BaseException:
        swap.heal()
        raise


def _make(repository: Repository, place: Place, swap: Swap, run: Run) -> None:
    """The folder as the snapshot has it, each file verified, or `RollbackFailed`."""
    watch = _Watch(run)
    with locked_for_reading(repository) as lock:
        repository.load_index(run)
        pieces = [Piece(b"", place.node)]
        amount = measure(repository, pieces, run)
        how = (Overwrite.IF_CHANGED, mark_of(place.snapshot))
        made = restore_pieces(repository, pieces, amount, swap.made_in, how, guard(lock, watch))
    if watch.wrong or made.failed or made.files != amount.files:
        params = {"snapshot": place.snapshot.id[:8], "name": place.source.name}
        raise RollbackFailed("rollback-not-whole", **params)


@dataclass(slots=True)
class _Watch:
    """Passes on what a restore reports, and knows whether anything of it is missing."""

    run: Run
    wrong: bool = False

    def progress(self, progress: Progress) -> None:
        self.run.progress(progress)

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
        self.run.checkpoint(while_paused)

    def problem(self, problem: Problem) -> None:
        self.wrong = self.wrong or problem.message_id not in _HARMLESS
        self.run.problem(problem)


def _carry(place: Place, swap: Swap) -> int:
    try:
        return carry_over(place.path, swap.made, place.is_left_out)
    except (OSError, shutil.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RollbackFailed("rollback-in-the-way", path=str(place.path), reason=reason) from error


def _put_on_paper(place: Place, swap: Swap, monitor: Monitor) -> bool:
    """Where it cannot be done, or no file says how the bot trades, the bot is back all the same,
    and that is said. Whether it trades on paper now."""
    said: list[bool] = []
    for path in sorted((*swap.made.glob("*.json"), *swap.made.glob("*/*.json"))):
        name = path.relative_to(swap.made).as_posix()
        if not paper.may_say(place.kind.id, name) or path.is_symlink():
            continue
        try:
            text = path.read_text("utf-8")
            found = paper.on_paper(place.kind.id, text)
            if found is False:
                status = path.stat()
                changed = paper.put_on_paper(place.kind.id, text).encode()
                write_atomic(path, changed, mode=stat.S_IMODE(status.st_mode))
                path.chmod(stat.S_IMODE(status.st_mode))
                if os.geteuid() == 0:
                    os.chown(path, status.st_uid, status.st_gid)
            said += [] if found is None else [True]
        except (OSError, UnicodeDecodeError):
            said.append(False)
            monitor.problem(Problem("rollback-paper-failed", {"path": name}))
    if not said:
        monitor.problem(Problem("rollback-paper-failed", {"path": str(place.path)}))
    return bool(said) and all(said)
