"""The main job from beginning to end on sample data: set up, pull an exchange account and back up
while the bot trades, copy, verify, practise a restore, restore from the copy with the recovery key,
compare, and reconcile the restored history."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.demo.account import SampleAccount, connect_sample, prove, sample_account
from app.demo.compare import Comparison, compare, rows
from app.demo.sample_bot import Traded, Writer, make_bot, make_folder
from app.errors import AppError, WrongUsage
from app.messages import _
from app.messages.amounts import duration, size
from app.messages.numbers import count
from app.monitor import Problem, Progress, Step, nothing
from app.repository.checker import Scope
from app.repository.repository import Repository
from app.services.backup import BackupRequest, BackupResult, back_up_now, report_json
from app.services.copies import add_folder as add_copy
from app.services.drill import DrillRequest, drill
from app.services.history import Job, RunningRecord
from app.services.home import Access, Home, open_for
from app.services.restore import RestoreRequest, restore_snapshot
from app.services.run import Body, Finished, Run, StepResult, perform
from app.services.setup import initialise
from app.services.snapshots import Filter
from app.services.sources import add_bot, add_folder
from app.services.verify import verify_place

# The home goes last: it holds the mark, without which nothing is removed.
_MADE = ("bot", "notes", "repository", "copy", "restored", "recovery-key.txt", "home")
_MARK, _SAYS = "sample", "Sample data. Nothing here is yours.\n"
_RATE = 200
_SEED = 1  # of what the drill restores
Say = Callable[[str], None]


class DemoFailed(AppError):
    """Something did not come out as it must."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What lies where below the demo's folder."""

    top: Path

    @property
    def bot(self) -> Path:
        return self.top / "bot"

    @property
    def notes(self) -> Path:
        return self.top / "notes"

    @property
    def home(self) -> Path:
        return self.top / "home"

    @property
    def repository(self) -> Path:
        return self.top / "repository"

    @property
    def copy(self) -> Path:
        return self.top / "copy"

    @property
    def restored(self) -> Path:
        return self.top / "restored"

    @property
    def recovery_key(self) -> Path:
        return self.top / "recovery-key.txt"

    @property
    def device_key(self) -> Path:
        return self.home / "device-key"

    @property
    def environment(self) -> dict[str, str]:
        """What makes Tradekeep work on the demo, without any keyring."""
        return {
            "TRADEKEEP_HOME": str(self.home),
            "TRADEKEEP_PASSWORD_FILE": str(self.device_key),
        }


def run_demo(folder: Path, say: Say) -> dict[str, object]:
    """Do everything below `folder`, telling each step; returns what was measured.

    An earlier demo there is replaced. Raises `WrongUsage` for a folder that holds anything else,
    `DemoFailed` if a step does not come out as it must.
    """
    layout = Layout(folder.absolute())
    _clear(layout)
    begin = time.monotonic()
    database = make_bot(layout.bot)
    make_folder(layout.notes)
    say(_("A sample bot and a sample folder: {top}").format(top=layout.top))
    home = _set_up(layout, say)
    with sample_account() as account:
        home = _connect(home, account, say)
        with Writer(database, _RATE) as writer:
            first = _backup(home, say, _("First backup"))
            _backup(home, say, _("Second backup"))
            traded = writer.stop()
    _tell_traded(traded, say)
    _verify(home, say)
    _practise(home, say)
    _restore(layout, home, say)
    comparison = _compare(layout, database, say)
    _reconcile(layout, account, say)
    _tell_where(layout, say)
    return {
        "folder": str(layout.top),
        "seconds": round(time.monotonic() - begin, 3),
        "files": comparison.equal,
        "bytes": first.backup.summary.total_bytes_processed,
        "repository_bytes": _size(layout.repository),
        "fills": account.fills,
        "transactions": traded.written,
        "failed_transactions": traded.failed,
        "environment": layout.environment,
    }


def remove_demo(folder: Path) -> None:
    """Remove a demo without trace; `WrongUsage` for a folder that holds anything else. One that
    is not there is removed already."""
    layout = Layout(folder.absolute())
    if layout.top.exists():
        _clear(layout)
        layout.top.resolve().rmdir()  # what a link to the demo leads to; the link is a person's


def _clear(layout: Layout) -> None:
    """Make room for the demo; only what a demo made is ever removed."""
    held = {path.name for path in layout.top.iterdir()} if layout.top.exists() else set()
    if not held:
        layout.top.mkdir(parents=True, exist_ok=True)
        return
    if held - set(_MADE) or not _is_marked(layout):
        raise WrongUsage("folder-not-empty", path=str(layout.top))
    for name in _MADE:
        path = layout.top / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _is_marked(layout: Layout) -> bool:
    """Whether a demo made this home. The sample data of a person's own home is a folder of the
    mark's name, and a link may lead to anything."""
    mark = layout.home / _MARK
    if layout.home.is_symlink() or mark.is_symlink() or not mark.is_file():
        return False
    return mark.read_text("utf-8", "replace") == _SAYS


def _set_up(layout: Layout, say: Say) -> Home:
    layout.home.mkdir(mode=0o700)
    (layout.home / _MARK).write_text(_SAYS, "utf-8")
    home = Home.find(layout.environment)
    initialise(home, place=str(layout.repository), recovery_out=layout.recovery_key)
    home = home.fresh()
    add_bot(home, layout.bot, name="sample-bot")
    home = home.fresh()
    add_folder(home, layout.notes, name="notes")
    home = home.fresh()
    layout.copy.mkdir()
    add_copy(home, layout.copy, "KEEP-1")
    say(_("Set up: a repository, two keys, two sources, one copy"))
    return home.fresh()


def _connect(home: Home, account: SampleAccount, say: Say) -> Home:
    connect_sample(home, account, _Plain())
    words = _("Connected a sample exchange: {fills} fills in {orders} orders of 60 days")
    fills, orders = count(account.fills), count(len(account.world.orders))
    say(words.format(fills=fills, orders=orders))
    return home.fresh()


def _reconcile(layout: Layout, account: SampleAccount, say: Say) -> None:
    """The history as it came back: complete, unchanged, in agreement with itself."""
    own = Home.find(layout.environment).paths.archive_file
    proven = prove(layout.restored / own.relative_to(layout.top))
    if proven.fills != account.fills or not proven.chain.whole or not proven.reconciled.agrees:
        raise DemoFailed("demo-history", found=proven.fills, true=account.fills)
    words = _(
        "The restored history: all {fills} fills, {answers} answers of the exchange as they were "
        "received; balances, orders and funding agree."
    )
    say(words.format(fills=count(proven.fills), answers=count(proven.chain.rows)))


def _backup(home: Home, say: Say, name: str) -> BackupResult:
    results: list[BackupResult] = []

    def body(run: Run) -> dict[str, object]:
        repository = open_for(home, Access())
        results.append(back_up_now(home, repository, BackupRequest(), run))
        return report_json(results[0])

    finished = _performed(home, Job.BACKUP, [Step.EXCHANGES, Step.SOURCES, Step.COPIES], body)
    result = results[0]
    say(
        _("{name}: {files} files, {total}; {added} new in {time}, copied to KEEP-1").format(
            name=name,
            files=count(result.backup.summary.total_files_processed),
            total=size(result.backup.summary.total_bytes_processed),
            added=size(result.backup.summary.data_added_packed),
            time=duration(finished.seconds),
        )
    )
    return result


def _verify(home: Home, say: Say) -> None:
    for place, name in ((None, _("Repository")), ("KEEP-1", "KEEP-1")):
        repository = open_for(home, Access(place))

        def body(run: Run, repository: Repository = repository) -> dict[str, object]:
            return verify_place(repository, Scope(100), run)

        finished = _performed(home, Job.VERIFY, [Step.VERIFY], body, place or "")
        read = size(int(str(finished.report["bytes_read"])))
        words = _("{name} verified: all {read} were read and compared, {time}")
        say(words.format(name=name, read=read, time=duration(finished.seconds)))


def _practise(home: Home, say: Say) -> None:
    """A drill, without which the copy would not count."""
    access = Access("KEEP-1")

    def body(run: Run) -> dict[str, object]:
        return drill(home, access, DrillRequest(_SEED), run)

    finished = _performed(home, Job.DRILL, [Step.RESTORE, Step.VERIFY], body, "KEEP-1")
    words = _("Practised a restore from KEEP-1: {files} files, {bytes}, {time}")
    files, restored = (int(str(finished.report[name])) for name in ("files", "bytes"))
    say(words.format(files=count(files), bytes=size(restored), time=duration(finished.seconds)))


def _restore(layout: Layout, home: Home, say: Say) -> None:
    """From the copy, opened with the printed key alone, as on a new machine."""
    repository = open_for(home, Access(str(layout.copy), layout.recovery_key))
    request = RestoreRequest(snapshot="latest", wanted=Filter(), target=layout.restored)
    finished = _performed(
        home,
        Job.RESTORE,
        [Step.RESTORE],
        lambda run: restore_snapshot(repository, request, run),
        "KEEP-1",
    )
    words = _("Restored from KEEP-1 with the recovery key: {files} files, {bytes}, {time}")
    say(
        words.format(
            files=count(int(str(finished.report["files"]))),
            bytes=size(int(str(finished.report["bytes"]))),
            time=duration(finished.seconds),
        )
    )


def _performed(
    home: Home, job: Job, steps: Sequence[Step], body: Body, place: str = ""
) -> Finished:
    finished = perform(Run(job, steps, _Plain(), place), body, history=home.history)
    if finished.error is not None:
        raise finished.error
    if finished.problems:
        problem = finished.problems[0]
        raise DemoFailed(problem.message_id, **problem.params)
    return finished


def _compare(layout: Layout, database: Path, say: Say) -> Comparison:
    bot = compare(layout.bot, layout.restored / "bot")
    notes = compare(layout.notes, layout.restored / "notes")
    different = (*bot.different, *notes.different)
    if different:
        raise DemoFailed("demo-different", path=different[0], count=len(different))
    restored = layout.restored / "bot" / database.relative_to(layout.bot)
    kept, now = _rows(restored), _rows(database)
    if not 20_000 <= kept <= now:
        raise DemoFailed("demo-trades", kept=kept, now=now)
    say(
        _(
            "Compared: all {files} files beside the database are equal. That is whole: "
            "{kept} trades, as it was at the second backup ({now} now)."
        ).format(files=count(bot.equal + notes.equal), kept=count(kept), now=count(now))
    )
    return Comparison(bot.equal + notes.equal, ())


def _rows(database: Path) -> int:
    try:
        return rows(database)
    except ValueError as error:
        raise DemoFailed("demo-database", reason=str(error)) from error


def _tell_traded(traded: Traded, say: Say) -> None:
    if traded.failed:
        raise DemoFailed("demo-disturbed", failed=traded.failed)
    words = _("Meanwhile the bot wrote {trades} trades; none failed, the slowest took {slowest} ms")
    say(words.format(trades=count(traded.written), slowest=count(round(traded.slowest * 1000))))


def _tell_where(layout: Layout, say: Say) -> None:
    say(
        _("Repository  {path}  ({size})").format(
            path=layout.repository, size=size(_size(layout.repository))
        )
    )
    say(_("Copy        {path}").format(path=layout.copy))
    say(_("Restored    {path}").format(path=layout.restored))
    say(
        _("Recovery key, which stock restic takes as well  {path}").format(path=layout.recovery_key)
    )


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class _Plain:
    """The demo tells each step itself, when it is done."""

    def started(self, record: RunningRecord, steps: Sequence[Step]) -> None: ...
    def step_began(self, step: Step) -> None: ...
    def step_done(self, step: Step, result: StepResult) -> None: ...
    def progress(self, progress: Progress) -> None: ...
    def problem(self, problem: Problem) -> None: ...

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None: ...
