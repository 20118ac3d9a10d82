"""Stock restic and we on the same repository, both ways, and each other's locks.

The judge of what we write is restic itself: it must check, list, restore and diff it, with either
of our keys. What it writes (compressed or not, several keys, odd names) we must verify, list and
restore.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.backends.local import LocalBackend
from app.errors import RepositoryLocked
from app.monitor import Recorder
from app.repository import recovery_key
from app.repository.archiver import back_up
from app.repository.backup_model import BackupOptions, BackupReport
from app.repository.checker import Scope, check
from app.repository.keys import KdfCost
from app.repository.lock import LockMode, locked
from app.repository.mirror import mirror
from app.repository.repository import NewKey, Repository, create_repository, open_repository
from app.repository.restorer import restore
from app.repository.scan import Source
from app.repository.snapshot import Snapshot
from app.repository.walk import walk
from app.secret import Secret

pytestmark = pytest.mark.interop
CHEAP = KdfCost(n=1024)
DEVICE = Secret("device key of the interop tests")


@dataclass(frozen=True)
class Restic:
    """Stock restic on one repository, with one password."""

    program: str
    repository: Path
    password: Secret

    def run(self, *arguments: str | Path, code: int = 0) -> str:
        command = [self.program, "-r", str(self.repository), "--no-cache", *map(str, arguments)]
        environment = {**os.environ, "RESTIC_PASSWORD": self.password.reveal()}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str | Path) -> list[dict[str, object]]:
        lines = self.run("--json", *arguments).splitlines()
        found = [json.loads(line) for line in lines if line.strip()]
        return found[0] if len(found) == 1 and isinstance(found[0], list) else found

    def with_key(self, password: Secret) -> Restic:
        return Restic(self.program, self.repository, password)


@pytest.fixture(scope="session")
def program() -> str:
    found = shutil.which("restic")
    assert found, "stock restic is the judge of these tests: apt-get install restic"
    return found


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "repository"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with everything that is hard to keep."""
    folder = tmp_path / "source"
    (folder / "deep/er").mkdir(parents=True)
    (folder / "empty folder").mkdir()
    for number in range(350):
        (folder / "deep" / f"{number:04}.json").write_text(json.dumps({"n": number}) * number)
    (folder / "deep/er/random").write_bytes(os.urandom(5 << 20))
    (folder / "deep/er/zeros").write_bytes(bytes(9 << 20))
    (folder / "empty").touch()
    for name in (b"\xff\xfe", b'q"\\\n\x01', "\u2028 \u00a0 \u00ad \U0001f680".encode(), b"<&>"):
        with open(os.fsencode(folder) + b"/odd " + name, "wb") as file:
            file.write(name)
    (folder / "link").symlink_to("not/there")  # restic 0.14 spoils targets that are not UTF-8
    os.link(folder / "deep/0003.json", folder / "hard link")
    os.mkfifo(folder / "fifo")
    os.setxattr(folder / "empty", "user.note", b"\x00\xff")
    (folder / "empty").chmod(0o4711)
    os.utime(folder / "deep/0004.json", ns=(1, 1_111_111_111_111_111_111))
    return folder


def our_backup(repository: Repository, source: Path, temporary: Path) -> BackupReport:
    temporary.mkdir(exist_ok=True)
    monitor = Recorder()
    with locked(repository) as lock:
        repository.load_index(monitor)
        report = back_up(
            repository,
            [Source(str(source), source)],
            temporary=temporary,
            monitor=monitor,
            lock=lock,
            options=BackupOptions(),
        )
    assert monitor.problems == []
    return report


def our_restore(repository: Repository, snapshot: Snapshot, target: Path) -> None:
    monitor = Recorder()
    repository.load_index(monitor)
    restore(repository, snapshot, target, monitor=monitor)
    assert monitor.problems == []


def our_check(repository: Repository) -> None:
    monitor = Recorder()
    report = check(repository, Scope(100), monitor=monitor)
    assert [str(problem.sentence) for problem in monitor.problems] == []
    assert report.packs_read == report.packs > 0


def same(one: Path, two: Path) -> None:
    """Names, contents, links, modes, owners, times, attributes: `rsync` finds no difference."""
    facts = [_facts(one), _facts(two)]
    assert facts[0] == facts[1]


def _facts(folder: Path) -> dict[bytes, tuple[object, ...]]:
    found: dict[bytes, tuple[object, ...]] = {}
    for top, folders, files in os.walk(os.fsencode(folder)):
        for name in (*folders, *files):
            path = os.path.join(top, name)
            status = os.lstat(path)
            facts: tuple[object, ...] = (
                status.st_mode,
                status.st_uid,
                status.st_gid,
                status.st_mtime_ns,
                status.st_nlink if not os.path.isdir(path) else 0,
            )
            if os.path.islink(path):
                facts += (os.readlink(path),)
            elif os.path.isfile(path):
                with open(path, "rb") as file:
                    facts += (file.read(), tuple(os.listxattr(path)))
            found[os.path.relpath(path, os.fsencode(folder))] = facts
    assert len(found) > 300
    return found


# --- what we write, restic reads -------------------------------------------------------------


@pytest.fixture
def recovery() -> Secret:
    return recovery_key.generate()


@pytest.fixture
def ours(place: Path, recovery: Secret) -> Repository:
    keys = [NewKey(DEVICE, CHEAP), NewKey(recovery, CHEAP)]
    return create_repository(LocalBackend(place), keys)[0]


@pytest.mark.parametrize("which", ["device", "recovery"])
def test_restic_checks_lists_and_restores_what_we_wrote_with_either_key(
    program: str, ours: Repository, place: Path, recovery: Secret, source: Path, tmp_path: Path,
    which: str,
) -> None:  # fmt: skip
    report = our_backup(ours, source, tmp_path / "temporary")
    restic = Restic(program, place, DEVICE if which == "device" else recovery)
    assert "no errors were found" in restic.run("check", "--read-data")
    (listed,) = restic.json("snapshots")
    assert listed["id"] == report.snapshot.id
    assert listed["paths"] == [str(source)]
    restic.run("restore", "latest", "--target", tmp_path / "back")
    same(source, tmp_path / "back" / source.relative_to("/"))


def test_restic_takes_the_recovery_key_as_it_is_written_to_its_file(
    program: str, ours: Repository, place: Path, recovery: Secret, tmp_path: Path
) -> None:
    from app.services.setup import write_key_file

    file = tmp_path / "recovery-key.txt"
    write_key_file(file, recovery)
    environment = {key: value for key, value in os.environ.items() if key != "RESTIC_PASSWORD"}
    done = subprocess.run(
        [program, "-r", place, "--password-file", file, "--no-cache", "cat", "config"],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["id"] == ours.config.id
    assert file.stat().st_mode & 0o777 == 0o600


def test_restic_diffs_our_snapshots(
    program: str, ours: Repository, place: Path, source: Path, tmp_path: Path
) -> None:
    first = our_backup(ours, source, tmp_path / "t").snapshot
    (source / "deep/0007.json").write_text("changed")
    (source / "new").write_text("new")
    (source / "empty").unlink()
    second = our_backup(ours, source, tmp_path / "t").snapshot
    out = Restic(program, place, DEVICE).run("diff", first.id, second.id)
    changed = {
        line.split(maxsplit=1)[1]: line[0] for line in out.splitlines() if "/source/" in line
    }
    assert changed == {
        f"{source}/deep/0007.json": "M",
        f"{source}/new": "+",
        f"{source}/empty": "-",
    }


def test_restic_goes_on_from_our_backup_without_new_data(
    program: str, ours: Repository, place: Path, source: Path, tmp_path: Path
) -> None:
    our_backup(ours, source, tmp_path / "t")
    restic = Restic(program, place, DEVICE)
    (*_, summary) = restic.json("backup", source)
    assert summary["files_new"] == 0
    assert summary["files_changed"] == 0
    our_check(open_repository(LocalBackend(place), [DEVICE]))


def test_restic_checks_a_copy_that_we_made(
    program: str, ours: Repository, recovery: Secret, source: Path, tmp_path: Path
) -> None:
    our_backup(ours, source, tmp_path / "t")
    copy = tmp_path / "copy"
    copy.mkdir()
    mirror(ours, LocalBackend(copy), monitor=Recorder())
    restic = Restic(program, copy, recovery)
    assert "no errors were found" in restic.run("check", "--read-data")
    restic.run("restore", "latest", "--target", tmp_path / "back")
    same(source, tmp_path / "back" / source.relative_to("/"))


def test_restic_prunes_our_repository_and_it_stays_sound(
    program: str, ours: Repository, place: Path, source: Path, tmp_path: Path
) -> None:
    our_backup(ours, source, tmp_path / "t")
    shutil.rmtree(source / "deep/er")
    our_backup(ours, source, tmp_path / "t")
    restic = Restic(program, place, DEVICE)
    restic.run("forget", "--keep-last", "1", "--prune", "--max-unused", "0")
    repository = open_repository(LocalBackend(place), [DEVICE])
    our_check(repository)
    (snapshot,) = repository.snapshots(Recorder())
    our_restore(repository, snapshot, tmp_path / "back")
    same(source, tmp_path / "back/source")


# --- what restic writes, we read -------------------------------------------------------------


@pytest.fixture(params=["auto", "off", "max"])
def theirs(request: pytest.FixtureRequest, program: str, place: Path, source: Path) -> Restic:
    restic = Restic(program, place, Secret("their password"))
    if request.param == "auto":
        restic.run("init")
    else:  # opened in no time
        create_repository(LocalBackend(place), [NewKey(restic.password, CHEAP)])
    restic.run("backup", "--compression", request.param, source)
    return restic


def test_we_verify_list_and_restore_what_restic_wrote(
    theirs: Restic, source: Path, tmp_path: Path
) -> None:
    repository = open_repository(LocalBackend(theirs.repository), [theirs.password])
    our_check(repository)
    (snapshot,) = repository.snapshots(Recorder())
    ours = {path for path, _ in walk(repository, snapshot.tree, Recorder())}
    nodes = theirs.json("ls", "latest")[1:]
    assert len(ours) == len(nodes)
    readable = {str(node["path"]).encode() for node in nodes}
    assert len(readable & ours) >= len(nodes) - 4  # restic's JSON cannot show odd names
    our_restore(repository, snapshot, tmp_path / "back")
    same(source, tmp_path / "back/source")


def test_we_go_on_from_a_backup_of_restic_and_read_nothing_anew(
    program: str, place: Path, source: Path, tmp_path: Path
) -> None:
    theirs = Restic(program, place, Secret("their password"))
    create_repository(LocalBackend(place), [NewKey(theirs.password, CHEAP)])
    time.sleep(2.1)  # files that are younger than this at the start of a backup are read again
    theirs.run("backup", source)
    repository = open_repository(LocalBackend(theirs.repository), [theirs.password])
    report = our_backup(repository, source, tmp_path / "t")
    assert report.summary.files_new == report.summary.files_changed == 0
    assert report.bytes_read == 0
    assert "no errors were found" in theirs.run("check", "--read-data")
    theirs.run("restore", "latest", "--target", tmp_path / "back")
    same(source, tmp_path / "back" / source.relative_to("/"))


def test_we_open_with_any_of_several_keys(program: str, place: Path, tmp_path: Path) -> None:
    theirs = Restic(program, place, Secret("their password"))
    theirs.run("init")
    theirs.run("backup", "/etc/hostname")
    passwords = [Secret(f"password {number} äöü €") for number in range(3)]
    for number, password in enumerate(passwords):
        file = tmp_path / f"{number}"
        file.write_text(password.reveal())
        theirs.run("key", "add", "--new-password-file", file)
    for password in (theirs.password, *passwords):
        repository = open_repository(LocalBackend(theirs.repository), [password])
        assert len(repository.snapshots(Recorder())) == 1


def test_we_read_a_repository_of_version_1(program: str, source: Path, tmp_path: Path) -> None:
    restic = Restic(program, tmp_path / "v1", Secret("x"))
    restic.run("init", "--repository-version", "1")
    restic.run("backup", source)
    repository = open_repository(LocalBackend(restic.repository), [restic.password])
    our_check(repository)
    (snapshot,) = repository.snapshots(Recorder())
    our_restore(repository, snapshot, tmp_path / "back")
    same(source, tmp_path / "back/source")
    our_backup(repository, source, tmp_path / "t")
    assert "no errors were found" in restic.run("check", "--read-data")


def test_a_snapshot_of_a_relative_path_restores(
    program: str, place: Path, source: Path, tmp_path: Path
) -> None:
    restic = Restic(program, place, Secret("x"))
    restic.run("init")
    command = [program, "-r", str(place), "--no-cache", "backup", "."]
    environment = {**os.environ, "RESTIC_PASSWORD": "x"}
    subprocess.run(command, cwd=source, env=environment, check=True, capture_output=True)
    repository = open_repository(LocalBackend(place), [restic.password])
    (snapshot,) = repository.snapshots(Recorder())
    our_restore(repository, snapshot, tmp_path / "back")
    same(source, tmp_path / "back")


# --- locks -----------------------------------------------------------------------------------


def test_restic_respects_our_locks(program: str, ours: Repository, place: Path) -> None:
    restic = Restic(program, place, DEVICE)
    with locked(ours, LockMode.EXCLUSIVE):
        restic.run("backup", "/etc/hostname", code=1)
    with locked(ours):
        restic.run("check", code=1)  # exclusive
        restic.run("backup", "/etc/hostname")  # shared, beside ours
    restic.run("check")


@pytest.fixture
def busy(program: str, ours: Repository, place: Path) -> Iterator[Callable[[bool], None]]:
    """Starts a restic that holds its lock until the test ends."""
    started: list[subprocess.Popen[bytes]] = []

    def start(exclusive: bool) -> None:
        # A backup from standard input waits for us; `check` would be over at once.
        assert not exclusive
        command = [program, "-r", str(place), "--no-cache", "backup", "--stdin"]
        environment = {**os.environ, "RESTIC_PASSWORD": DEVICE.reveal()}
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, env=environment, stdout=subprocess.DEVNULL
        )
        started.append(process)
        end = time.monotonic() + 30
        while not os.listdir(place / "locks"):
            assert time.monotonic() < end
            time.sleep(0.02)

    yield start
    for process in started:
        process.communicate(b"x", timeout=30)


def test_we_respect_locks_of_restic(
    ours: Repository, busy: Callable[[bool], None], source: Path, tmp_path: Path
) -> None:
    busy(False)
    with pytest.raises(RepositoryLocked, match="in use by"), locked(ours, LockMode.EXCLUSIVE):
        pass
    our_backup(ours, source, tmp_path / "t")  # shared, beside theirs
    assert len(os.listdir(ours.backend.place + "/locks")) == 1


def test_restic_does_not_take_the_lock_of_a_process_at_work_for_stale(
    program: str, ours: Repository, place: Path
) -> None:
    """restic probes the owner with SIGHUP: a Python process must outlive that."""
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from app.backends.local import LocalBackend\n"
        "from app.repository.lock import locked\n"
        "from app.repository.repository import open_repository\n"
        "from app.secret import Secret\n"
        f"repository = open_repository(LocalBackend(Path({str(place)!r})), "
        f"[Secret({DEVICE.reveal()!r})])\n"
        "with locked(repository) as lock:\n"
        "    print('locked', flush=True)\n"
        "    sys.stdin.read()\n"
        "    lock.verify()\n"
        "print('still ours', flush=True)\n"
    )
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=root,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        Restic(program, place, DEVICE).run("check", code=1)
        Restic(program, place, DEVICE).run("backup", "/etc/hostname")
        out, _ = process.communicate("", timeout=30)
    assert out == "still ours\n"


def test_restic_takes_over_the_lock_of_a_process_that_was_killed(
    program: str, ours: Repository, place: Path
) -> None:
    pid = os.fork()
    if pid == 0:
        with locked(ours, LockMode.EXCLUSIVE):
            os._exit(0)
    os.waitpid(pid, 0)
    assert os.listdir(place / "locks")
    Restic(program, place, DEVICE).run("unlock")
    Restic(program, place, DEVICE).run("check")
