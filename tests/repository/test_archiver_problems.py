"""What cannot be read is listed, and everything else is saved."""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.backends.contract import FileName, Kind
from app.backends.memory import MemoryBackend
from app.monitor import Recorder
from app.repository.backup_model import NothingToBackUp
from app.repository.scan import Source
from tests.chaos.support import Rig, after_listing, local, problems_of, state_of

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody else")


# --- unreadable ------------------------------------------------------------------------------

_AS_NOBODY = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from app.backends.local import LocalBackend
from app.repository.backup_model import NothingToBackUp
from tests.chaos.support import Rig, local
warm = Path(sys.argv[3])  # imports what is imported late: the interpreter may lie in /root
Rig(warm, local(warm / "repository")).save()
os.setgroups([])
os.setgid(int(sys.argv[4]))
os.setuid(int(sys.argv[4]))
os.chdir("/")
rig = Rig(Path(sys.argv[2]), LocalBackend(Path(sys.argv[2]) / "repository"))
try:
    rig.save(*map(Path, sys.argv[5:]))
except NothingToBackUp as error:
    print("nothing:", error.message_id)
for problem in rig.recorder.problems:
    print(problem.message_id, problem.params["path"], problem.params.get("reason", ""), sep="|")
"""


def _as(user: int, folder: Path, *sources: Path, environment: dict[str, str]) -> list[str]:
    """Back up as another user; the lines that it prints, one for each problem."""
    here = Path(__file__).parents[2]
    with tempfile.TemporaryDirectory() as warm:
        command = [sys.executable, "-c", _AS_NOBODY, here, folder, warm, str(user), *sources]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def others():
    """A folder that anybody can reach and that belongs to nobody, with a repository in it."""
    folder = Path(tempfile.mkdtemp(prefix="tradekeep-test-"))
    local(folder / "repository")
    (folder / "home").mkdir()
    yield folder
    shutil.rmtree(folder)


def _give_away(folder: Path) -> None:
    folder.chmod(0o755)
    for path in [folder, *folder.rglob("*")]:
        os.lchown(path, NOBODY, NOBODY)


@as_root
def test_unreadable_files_and_folders_are_listed_and_the_rest_is_saved(others):
    home = others / "home"
    (home / "closed").mkdir()
    (home / "closed" / "inside").write_text("unseen")
    (home / "listed only").mkdir()
    (home / "listed only" / "inside").write_text("seen by name, not looked at")
    for name in ("secret", "open"):
        (home / name).write_text(name)
    _give_away(others)
    (home / "secret").chmod(0)
    (home / "closed").chmod(0)
    (home / "listed only").chmod(0o400)
    lines = _as(NOBODY, others, environment={})
    reason = os.strerror(errno.EACCES)
    assert sorted(lines) == [
        f"file-unreadable|{home}/closed|{reason}",
        f"file-unreadable|{home}/listed only/inside|{reason}",
        f"file-unreadable|{home}/secret|{reason}",
    ]
    rig = Rig(others, local_again(others))
    assert rig.below_home() == {"closed", "listed only", "open"}
    rig.sound()


@as_root
@pytest.mark.parametrize("what", ["folder", "file"])
def test_no_snapshot_when_nothing_could_be_read(others, what):
    """USERS.md 17: an unreadable source must not end as an empty success."""
    home = others / "home"
    source = home if what == "folder" else home / "file"
    (home / "file").write_text("content")
    _give_away(others)
    source.chmod(0)
    lines = _as(NOBODY, others, source, environment={})
    assert lines[0] == "nothing: backup-nothing"
    assert lines[1:] == [f"file-unreadable|{source}|{os.strerror(errno.EACCES)}"]
    assert Rig(others, local_again(others)).snapshots() == []


@as_root
def test_a_user_without_a_name(others):
    """Bots run in containers as a bare number: no USER, no entry in /etc/passwd."""
    (others / "home" / "file").write_text("content")
    _give_away(others)
    for path in [others, *others.rglob("*")]:
        os.lchown(path, 54321, 54321)
    assert _as(54321, others, environment={"PATH": "/usr/bin"}) == []
    (snapshot,) = Rig(others, local_again(others)).snapshots()
    assert snapshot.file.username == "54321"
    assert snapshot.file.uid == 54321


def local_again(folder: Path):
    from app.backends.local import LocalBackend

    return LocalBackend(folder / "repository")


# --- changed between listing and reading -----------------------------------------------------


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "inside").write_text("not asked for")


def _link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def _device(path: Path) -> None:
    path.unlink()
    os.mknod(path, 0o20666, os.makedev(1, 5))  # /dev/zero never ends


@pytest.mark.parametrize(
    ("replace", "message"),
    [
        (_remove, "file-vanished"),
        (_fifo, "file-changed-kind"),
        (_folder, "file-changed-kind"),
        (_link, "file-changed-kind"),
        pytest.param(_device, "file-changed-kind", marks=as_root),
    ],
)
@pytest.mark.timeout(30)
def test_replaced_between_listing_and_reading(
    tmp_path, replace: Callable[[Path], None], message: str
):
    rig = Rig(tmp_path)
    victim = rig.write("m victim")
    for name in ("a before", "z after", "sub/below"):
        rig.write(name)
    monitor = after_listing(rig.home, lambda: replace(victim))
    report = rig.save(monitor=monitor)
    assert problems_of(monitor) == [(message, str(victim))]
    assert report.sources[0].problems == 1
    assert rig.below_home() == {"a before", "z after", "sub", "sub/below"}
    rig.sound()
    rig.save()
    assert rig.problems == []
    assert "m victim" in rig.below_home() or replace is _remove


def test_a_folder_that_vanished_after_it_was_listed(tmp_path):
    rig = Rig(tmp_path)
    rig.write("file")
    rig.write("sub/below")
    monitor = after_listing(rig.home, lambda: _remove(rig.home / "sub"))
    rig.save(monitor=monitor)
    assert problems_of(monitor) == [("file-vanished", str(rig.home / "sub"))]
    assert "file" in rig.below_home()
    rig.sound()


def test_a_folder_replaced_by_a_link_is_not_followed(tmp_path):
    """Else a backup could be led anywhere, into the repository for one."""
    rig = Rig(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "not asked for").write_text("content")
    rig.write("file")
    rig.write("sub/below")

    def replace() -> None:
        _remove(rig.home / "sub")
        (rig.home / "sub").symlink_to(outside)

    monitor = after_listing(rig.home, replace)
    rig.save(monitor=monitor)
    assert [message for message, _ in problems_of(monitor)] == ["file-changed-kind"]
    assert not any("asked" in name for name in rig.below_home())
    assert "file" in rig.below_home()
    rig.sound()


def test_a_link_that_vanished_after_it_was_listed(tmp_path):
    rig = Rig(tmp_path)
    rig.write("a")
    (rig.home / "z link").symlink_to("a")
    monitor = after_listing(rig.home, lambda: _remove(rig.home / "z link"))
    report = rig.save(monitor=monitor)
    assert problems_of(monitor) == [("file-vanished", str(rig.home / "z link"))]
    assert report.sources[0].problems == 1
    assert rig.below_home() == {"a"}


# --- changed while it is read ----------------------------------------------------------------


class _ActingBackend(MemoryBackend):
    """Does something each time a pack is saved: in the middle of a large file, that is."""

    def save(self, file: FileName, data) -> None:
        super().save(file, data)
        if file.kind is Kind.PACK:
            self.action()

    def action(self) -> None:
        pass


def test_a_file_that_changed_while_it_was_read_is_read_again(tmp_path):
    backend = _ActingBackend()
    rig = Rig(tmp_path, backend)
    path = rig.write("log", random.Random(1).randbytes(20 << 20))

    def append() -> None:
        backend.action = lambda: None
        with path.open("ab") as file:
            file.write(b"one more line")

    backend.action = append
    report = rig.save()
    assert rig.problems == []
    assert report.bytes_read == 40 * (1 << 20) + len(b"one more line") * 2
    assert state_of(rig.restored()) == state_of(rig.home)


def test_a_file_that_never_stands_still_is_saved_and_reported(tmp_path):
    backend = _ActingBackend()
    rig = Rig(tmp_path, backend)
    rig.write("quiet")
    rng = random.Random(1)
    size = 20 << 20  # a pack and more: it is written anew in the middle of each try
    path = rig.write("log", rng.randbytes(size))
    written = []

    def write_anew() -> None:
        written.append(rng.randbytes(size))
        path.write_bytes(written[-1])

    backend.action = write_anew
    report = rig.save()
    assert rig.problems == [("file-changed-while-read", str(path))]
    assert (report.sources[0].problems, report.sources[0].files) == (1, 2)
    assert report.bytes_read == 3 * size + len(b"content")
    saved = (rig.restored() / "log").read_bytes()
    assert len(saved) == size
    assert saved[: 4 << 20] == written[1][: 4 << 20]  # as it was read last
    rig.sound()
    backend.action = lambda: None
    rig.save()
    assert rig.problems == []
    assert state_of(rig.restored()) == state_of(rig.home)


def test_a_file_that_shrinks_while_it_is_read(tmp_path):
    """No mmap: reading past the end must not end the process."""
    backend = _ActingBackend()
    rig = Rig(tmp_path, backend)
    path = rig.write("log", random.Random(1).randbytes(40 << 20))
    backend.action = lambda: os.truncate(path, 5)
    rig.save()
    assert rig.problems == []
    assert (rig.restored() / "log").stat().st_size == 5


# --- sources ---------------------------------------------------------------------------------


def test_a_source_that_is_gone_is_a_problem_and_the_others_are_saved(tmp_path):
    rig = Rig(tmp_path)
    rig.write("file")
    gone = Source("gone", tmp_path / "not" / "there")
    report = rig.save(gone, Source("home", rig.home))
    assert rig.problems == [("source-gone", str(gone.path))]
    assert [count.problems for count in report.sources] == [1, 0]
    assert rig.below_home() == {"file"}


def test_no_snapshot_when_all_sources_are_gone(tmp_path):
    rig = Rig(tmp_path)
    with pytest.raises(NothingToBackUp) as caught:
        rig.save(tmp_path / "gone", tmp_path / "gone" / "as" / "well")
    assert caught.value.sentence.title
    assert len(rig.problems) == 2
    assert rig.snapshots() == []


def test_an_empty_source_is_something(tmp_path):
    rig = Rig(tmp_path)
    rig.save()
    assert rig.problems == []
    assert rig.below_home() == set()
    assert os.fsencode(rig.home) in rig.nodes()


def test_problems_of_one_run_do_not_stop_the_next(tmp_path):
    rig = Rig(tmp_path)
    rig.save(rig.home, tmp_path / "gone")
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "file").write_text("back")
    rig.save(rig.home, tmp_path / "gone")
    assert rig.problems == []
    assert (rig.restored(folder=tmp_path / "gone") / "file").read_text() == "back"
    assert Recorder().problems == []
