"""Stock restic and we on one repository in an S3 bucket and in a WebDAV folder, also at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from app.backends.contract import AccessDenied, Backend, FileName, Kind
from app.backends.local import LocalBackend
from app.monitor import Recorder
from app.repository.lock import LockMode, locked
from app.repository.mirror import mirror
from app.repository.prune_plan import Allowance, plan_prune
from app.repository.pruner import execute
from app.repository.repository import NewKey, create_repository, open_repository
from tests.backends.interceptor import Answer, intercepting
from tests.backends.object_servers import BUCKET, PASSWORD, s3_server, webdav_server
from tests.interop.test_restic import CHEAP, DEVICE, our_backup, our_check, our_restore

pytestmark = pytest.mark.interop
KEYS = [NewKey(DEVICE, CHEAP)]


class Place(NamedTuple):
    """One repository, as we open it and as stock restic does."""

    open: Callable[[], Backend]
    address: str
    environment: dict[str, str]

    def restic(self, *arguments: str | Path, code: int = 0) -> str:
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True,
                              env=self.variables)  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def command(self, *arguments: str | Path) -> list[str]:
        program = shutil.which("restic")
        assert program, "stock restic is the judge of these tests: apt-get install restic"
        return [program, "-r", self.address, "--no-cache", *map(str, arguments)]

    @property
    def variables(self) -> dict[str, str]:
        return {**os.environ, **self.environment, "RESTIC_PASSWORD": DEVICE.reveal()}


def in_s3(name: str) -> Place:
    server = s3_server()
    return Place(
        lambda: server.open(name),
        f"s3:{server.endpoint}/{BUCKET}/{name}",
        {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": PASSWORD.reveal()},
    )


def in_webdav(name: str) -> Place:
    server = webdav_server()
    obscured = subprocess.run(
        ["rclone", "obscure", PASSWORD.reveal()], capture_output=True, text=True, check=True
    )
    return Place(
        lambda: server.open(name),
        f"rclone::webdav:{name}",
        {
            "RCLONE_CONFIG": "/dev/null",
            "RCLONE_WEBDAV_URL": server.address,
            "RCLONE_WEBDAV_USER": "somebody",
            "RCLONE_WEBDAV_PASS": obscured.stdout.strip(),
        },
    )


@pytest.fixture(params=[in_s3, in_webdav], ids=["s3", "webdav"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return request.param(f"interop {tmp_path.name}".replace(" ", "-"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Enough that workers would be started, were the place a folder."""
    folder = tmp_path / "source"
    folder.mkdir()
    for number in range(320):
        (folder / f"{number:04}.json").write_text(json.dumps({"n": number}) * (number % 9))
    (folder / "random").write_bytes(os.urandom(9 << 20))
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_restic_checks_and_restores_what_we_wrote_there(
    place: Place, source: Path, tmp_path: Path
) -> None:
    backend = place.open()
    repository = create_repository(backend, KEYS)[0]
    snapshot = our_backup(repository, source, tmp_path / "t").snapshot.id
    assert list(backend.list(Kind.LOCK)) == []
    assert "no errors were found" in place.restic("check", "--read-data")
    (listed,) = json.loads(place.restic("snapshots", "--json"))
    assert listed["id"] == snapshot
    place.restic("restore", "latest", "--target", tmp_path / "back")
    assert contents(tmp_path / "back") == contents(source)


def test_we_check_and_restore_what_restic_wrote_there(
    place: Place, source: Path, tmp_path: Path
) -> None:
    create_repository(place.open(), KEYS)  # restic's own key takes a second to make and to open
    place.restic("backup", source)
    repository = open_repository(place.open(), [DEVICE])
    our_check(repository)
    (snapshot,) = repository.snapshots(Recorder())
    our_restore(repository, snapshot, tmp_path / "back")
    assert contents(tmp_path / "back") == contents(source)


def test_restic_takes_what_we_have_pruned_there(place: Place, source: Path, tmp_path: Path) -> None:
    repository = create_repository(place.open(), KEYS)[0]
    old = our_backup(repository, source, tmp_path / "t").snapshot
    (source / "random").unlink()
    our_backup(open_repository(place.open(), [DEVICE]), source, tmp_path / "t")
    repository = open_repository(place.open(), [DEVICE])
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        repository.backend.remove(FileName(Kind.SNAPSHOT, old.id))
        plan = plan_prune(repository, allowance=Allowance(), monitor=Recorder())
        execute(plan, repository, lock, monitor=Recorder())
    assert sum(info.size for info in place.open().list(Kind.PACK)) < 9 << 20
    assert "no errors were found" in place.restic("check", "--read-data")


def test_a_copy_there_is_whole_and_goes_on_after_restic_has_pruned_it(
    place: Place, source: Path, tmp_path: Path
) -> None:
    ours = create_repository(LocalBackend(tmp_path / "ours"), KEYS)[0]
    our_backup(ours, source, tmp_path / "t")
    copy = place.open()
    copy.create()
    assert mirror(ours, copy, monitor=Recorder()).problems == 0
    assert "no errors were found" in place.restic("check", "--read-data")
    (source / "random").write_bytes(os.urandom(5 << 20))
    our_backup(ours, source, tmp_path / "t")
    mirror(ours, copy, monitor=Recorder())
    place.restic("forget", "--keep-last", "1", "--prune", "--max-unused", "0")
    repository = open_repository(place.open(), [DEVICE])
    our_check(repository)
    assert len(repository.snapshots(Recorder())) == 1


def test_each_keeps_the_other_out_there(tmp_path: Path) -> None:
    place = in_s3(f"kept-{tmp_path.name}")
    repository = create_repository(place.open(), KEYS)[0]
    with locked(repository):
        assert "locked" not in place.restic("list", "snapshots")
        place.restic("prune", code=1)
    with locked(repository, LockMode.EXCLUSIVE):
        place.restic("backup", "/etc/hostname", code=1)
    place.restic("backup", "/etc/hostname")


def test_backups_go_on_where_a_policy_lets_nothing_be_removed(source: Path, tmp_path: Path) -> None:
    """Not even locks, which stay until they are stale; whoever removes is told why it failed."""
    name = f"append-{tmp_path.name}"
    denied = Answer(403, "AccessDenied", "Access Denied")
    with intercepting(s3_server().port) as between:
        between.rule = lambda request: denied if request.method == "DELETE" else None
        place = s3_server().open(name, endpoint=f"http://127.0.0.1:{between.port}")
        repository = create_repository(place, KEYS)[0]
        first = our_backup(repository, source, tmp_path / "t").snapshot
        (source / "0001.json").write_text("changed")
        our_backup(repository, source, tmp_path / "t")
        assert len(list(place.list(Kind.LOCK))) == 2
        with pytest.raises(AccessDenied) as caught:
            place.remove(FileName(Kind.SNAPSHOT, first.id))
        assert caught.value.message_id == "place-keeps"
    assert "no errors were found" in in_s3(name).restic("check", "--no-lock")
    assert len(json.loads(in_s3(name).restic("snapshots", "--json"))) == 2


_ANOTHER_MACHINE = """
import os, sys
root, endpoint, prefix, source, host = sys.argv[1:]
sys.path.insert(0, root)
here = os.uname()
os.uname = lambda: os.uname_result((here[0], host, *here[2:]))
from pathlib import Path
from app.backends.object_store import open_s3
from app.repository.repository import open_repository
from tests.interop import test_network_places as tests
place = open_s3("bucket", prefix, endpoint=endpoint, region="",
                access_key="AKIDEXAMPLE", secret_key=tests.PASSWORD)
for turn in range(2):
    repository = open_repository(place, [tests.DEVICE])
    tests.our_backup(repository, Path(source), Path(source + "-t"))
"""


def test_two_machines_and_restic_back_up_into_one_bucket_at_once(tmp_path: Path) -> None:
    place = in_s3(f"shared-{tmp_path.name}")
    create_repository(place.open(), KEYS)
    sources = {}
    for machine in ("alpha", "beta", "gamma"):
        folder = tmp_path / machine
        folder.mkdir()
        (folder / "own").write_bytes(machine.encode() * 100_000)
        (folder / "random").write_bytes(os.urandom(3 << 20))
        for number in range(60):
            (folder / f"{number}").write_text(f"common {number}\n" * 50)
        sources[machine] = folder
    root = str(Path(__file__).parents[2])
    endpoint = s3_server().endpoint
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _ANOTHER_MACHINE, root, endpoint, f"shared-{tmp_path.name}",
             str(sources[machine]), machine],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for machine in ("alpha", "beta")
    ]  # fmt: skip
    running.append(
        subprocess.Popen(
            place.command("backup", "--host", "gamma", sources["gamma"]),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=place.variables,
        )
    )  # fmt: skip
    for process in running:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    assert list(place.open().list(Kind.LOCK)) == []
    assert "no errors were found" in place.restic("check", "--read-data")
    listed = json.loads(place.restic("snapshots", "--json"))
    assert sorted(each["hostname"] for each in listed) == ["alpha"] * 2 + ["beta"] * 2 + ["gamma"]
    repository = open_repository(place.open(), [DEVICE])
    our_check(repository)
    (tmp_path / "back").mkdir()
    for snapshot in repository.snapshots(Recorder()):
        target = tmp_path / "back" / snapshot.id
        our_restore(repository, snapshot, target)
        assert contents(target) == contents(sources[snapshot.host])
