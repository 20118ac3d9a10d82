"""A time stamp is kept only when it is about this manifest, answers our question, and leads to a
root that is trusted."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import AppError, WrongUsage
from app.exchange.export.rows import What
from app.monitor import Recorder
from app.services import lock_year
from app.services.stamp import read, stamp
from app.services.years import Lock
from app.services.years_check import check
from app.services.years_known import note
from tests.services.tsa import Authority, serving
from tests.services.year_home import home_with, locked, pulled

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "good")


@pytest.fixture
def url(authority: Authority) -> Iterator[str]:
    authority.answers = None
    with serving(authority) as address:
        yield address


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Lock:
    home = home_with(pulled(), tmp_path_factory.mktemp("home"))
    return locked(home)


@pytest.fixture
def lock(original: Lock, tmp_path: Path) -> Lock:
    folder = tmp_path / "2026" / "1"
    shutil.copytree(original.folder, folder)
    return Lock(folder, original.manifest, original.sha256)


def nothing_kept(lock: Lock) -> bool:
    return not lock.stamped and not (lock.folder / "timestamp-root.pem").exists()


def test_a_stamp_is_kept_and_openssl_agrees(lock: Lock, authority: Authority, url: str) -> None:
    made = stamp(lock, url, authority.root)
    assert made.authority == "CN=Test root"
    assert lock.stamped
    assert read(lock) == made
    manifest = (lock.folder / "manifest.json").read_bytes()
    assert manifest not in authority.asked[-1]  # a hash of it, and nothing else
    command = ["openssl", "ts", "-verify", "-data", "manifest.json", "-in", "timestamp.tsr",
               "-CAfile", "timestamp-root.pem"]  # fmt: skip
    done = subprocess.run(command, cwd=lock.folder, capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr


def test_the_answer_to_another_question_is_refused(
    lock: Lock, authority: Authority, url: str
) -> None:
    stamp(lock, url, authority.root)
    authority.answers = (lock.folder / "timestamp.tsr").read_bytes()  # its nonce was of before
    for name in ("timestamp.tsr", "timestamp-root.pem"):
        (lock.folder / name).unlink()
    with pytest.raises(AppError, match="Nonce mismatch"):
        stamp(lock, url, authority.root)
    assert nothing_kept(lock)


def test_an_unknown_root_is_refused(lock: Lock, url: str, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    for root in (None, other.root):
        with pytest.raises(AppError) as told:
            stamp(lock, url, root)
        assert told.value.message_id == "stamp-wrong"
    assert nothing_kept(lock)


def test_a_certificate_that_is_not_for_stamps_is_refused(lock: Lock, tmp_path: Path) -> None:
    """openssl refuses to stamp with it, so its answer says no."""
    other = Authority(tmp_path / "other")
    with serving(other) as address:
        other.answers = b"0\x03\x02\x01\x02"
        with pytest.raises(AppError) as told:
            stamp(lock, address, other.root)
    assert told.value.message_id == "stamp-wrong"
    assert nothing_kept(lock)


@pytest.mark.parametrize("answer", [b"<html>", b"\x30\x80", bytes(1000)])
def test_what_is_no_answer_is_refused(
    lock: Lock, authority: Authority, url: str, answer: bytes
) -> None:
    authority.answers = answer
    with pytest.raises(AppError) as told:
        stamp(lock, url, authority.root)
    assert told.value.message_id == "stamp-wrong"
    assert nothing_kept(lock)


def test_a_service_that_is_away_and_what_is_no_address(lock: Lock, authority: Authority) -> None:
    with pytest.raises(AppError) as told:
        stamp(lock, "http://127.0.0.1:9", authority.root)
    assert told.value.message_id == "stamp-away"
    with pytest.raises(WrongUsage):
        stamp(lock, "file:///etc/passwd", authority.root)
    with pytest.raises(AppError) as told:
        stamp(lock, "http://127.0.0.1:9", lock.folder / "nothing")
    assert told.value.message_id == "stamp-root-unreadable"


def test_what_is_no_web_server_and_what_is_half_an_address_are_away(lock: Lock) -> None:
    """An answer that is not HTTP ended the command after the year was locked."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_greet, args=(server,), daemon=True)
        thread.start()
        for url in (f"http://127.0.0.1:{server.getsockname()[1]}", "http://a b/"):
            with pytest.raises(AppError) as told:
                stamp(lock, url, None)
            assert told.value.message_id == "stamp-away"
        thread.join()
    assert nothing_kept(lock)


def _greet(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(1 << 16)
        connection.sendall(b"220 mail.example ESMTP\r\n")


def test_a_stamp_of_another_manifest_does_not_fit(
    lock: Lock, authority: Authority, url: str
) -> None:
    stamp(lock, url, authority.root)
    manifest = lock.folder / "manifest.json"
    manifest.write_bytes(manifest.read_bytes() + b"\n")
    with pytest.raises(AppError) as told:
        read(lock)
    assert told.value.message_id == "year-stamp-wrong"


def test_a_stamp_that_is_not_the_one_of_when_the_year_was_locked_is_told(
    tmp_path: Path, authority: Authority, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each alone is a stamp that fits: which one it was is sealed."""
    monkeypatch.setattr(lock_year, "_all_exports", lambda: [(What.TRADES, "csv")])
    home = home_with(pulled(), tmp_path)
    made = locked(home)

    def looked() -> tuple[object, str]:
        (year,) = check(home, [made], Recorder())["years"]  # type: ignore[misc]
        return year["authority"], " ".join(year["faults"])

    stamp(made, url, authority.root)
    assert "the file timestamp.tsr was added" in looked()[1]
    note(home, [made])
    assert looked() == ("CN=Test root", "")
    other = Authority(tmp_path / "other", name="Somebody else")
    with serving(other) as elsewhere:
        stamp(made, elsewhere, other.root)
    whose, told = looked()
    assert whose == "CN=Somebody else"
    assert "is by CN=Somebody else; it was by CN=Test root" in told
    (made.folder / "timestamp.tsr").unlink()
    whose, told = looked()
    assert (whose, "the file timestamp.tsr is missing" in told) == ("", True)
