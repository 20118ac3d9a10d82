"""Stock `pg_dump` as a child: what it is given, what it writes, and when it is given up.

The password goes to the child in a PGPASSFILE in a private folder, which is gone with it; it is in
no argument list and no environment. pg_dump writes into a pipe of ours, so that it ends when this
process does, however that ends.
"""

from __future__ import annotations

import errno
import os
import queue
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec

from app.monitor import Monitor, Progress, Step
from app.secret import Secret

_CONNECT = "10"  # seconds
_LOCKS = "30s"  # how long a table may be locked by somebody who changes it
_TICK = 0.3  # seconds between two looks at the monitor
_PATIENCE = 300.0  # seconds without a byte: the server hangs
_AT_ONCE = 1 << 20
_RESERVE = 64 << 20  # bytes that stay free where the dump lies
_SAID = 8 << 10  # of what pg_dump says
_COMPLETE = b"PostgreSQL database dump complete"
_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/libpq/bin",
           "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/libpq/bin",
           "/Applications/Postgres.app/Contents/Versions/*/bin")  # fmt: skip


class Address(msgspec.Struct, frozen=True):
    """Where a database is and who opens it."""

    host: str
    port: str
    user: str
    database: str
    password: Secret

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Refused(Exception):
    """pg_dump ended without a dump; `said` is what it said."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


def pg_dump_here() -> str | None:
    """The newest pg_dump of this computer: it dumps older servers, but no newer ones."""
    found = [path / "pg_dump" for pattern in _PLACES for path in Path("/").glob(pattern[1:])]
    there = [path for path in found if os.access(path, os.X_OK)]
    newest = max(there, key=_version_in, default=None)
    return str(newest) if newest else shutil.which("pg_dump")


def _version_in(path: Path) -> int:
    numbers = re.findall(r"\d+", str(path.parent))
    return int(numbers[0]) if numbers else 0


def run(
    program: str,
    address: Address,
    target: Path,
    *,
    head: bytes,
    arguments: Sequence[str],
    monitor: Monitor,
) -> None:
    """Dump a database into a new file `target`, behind `head`: all of it, or there is no file.
    Raises `Refused`, `Cancelled`, OSError where it cannot be written."""
    try:
        said, code, end = _run(program, address, target, head, arguments, monitor)
        if code != 0 or _COMPLETE not in end:
            raise Refused(said)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _run(
    program: str,
    address: Address,
    target: Path,
    head: bytes,
    arguments: Sequence[str],
    monitor: Monitor,
) -> tuple[str, int, bytes]:
    """What pg_dump said, its exit code, and the last bytes of its output."""
    with _environment(address, target.parent) as environment, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            [program, "--no-password", "--format=plain", "--no-owner", "--no-privileges",
             "--encoding=UTF8", f"--lock-wait-timeout={_LOCKS}", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        )  # fmt: skip
        with child:
            try:
                assert child.stdout is not None
                end = _write(child.stdout, target, head, monitor)
            except BaseException:
                child.kill()
                raise
        errors.seek(0)
        said = errors.read(_SAID).decode("utf-8", "replace")
    return said, child.returncode, end


def _write(source: IO[bytes], target: Path, head: bytes, monitor: Monitor) -> bytes:
    """Copy what comes; returns the last of it."""
    end, done, last = b"", 0, time.monotonic()
    with os.fdopen(_private(target), "wb") as file:
        file.write(head)
        for block in _blocks(source):
            monitor.checkpoint()
            now = time.monotonic()
            last = now if block else last
            if now - last > _PATIENCE:
                raise Refused(f"nothing came for {_PATIENCE:.0f} seconds")
            if shutil.disk_usage(target.parent).free < _RESERVE:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            file.write(block)
            end, done = (end + block)[-1024:], done + len(block)
            progress = Progress(Step.SOURCES, "dump database", done, None, item=target.name)
            monitor.progress(progress)
    return end


def _private(path: Path) -> int:
    """A new file that only its owner reads."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _blocks(source: IO[bytes]) -> Iterator[bytes]:
    """What comes, and b"" where nothing does for a while: pg_dump may wait for a lock. The thread
    ends with the pipe."""
    arrived: queue.Queue[bytes | None] = queue.Queue(4)
    given_up = threading.Event()

    def read() -> None:
        block: bytes | None = b""
        while block is not None and not given_up.is_set():
            with suppress(ValueError):  # closed meanwhile: given up
                block = source.read(_AT_ONCE) or None
            while not given_up.is_set():
                with suppress(queue.Full):
                    arrived.put(block, timeout=_TICK)
                    break

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        while True:
            try:
                block = arrived.get(timeout=_TICK)
            except queue.Empty:
                block = b""
            if block is None:
                break
            yield block
    finally:
        given_up.set()


@contextmanager
def _environment(address: Address, private: Path) -> Iterator[Mapping[str, str]]:
    """libpq's variables for a child; the file with the password is gone after the block."""
    file = private / "pgpass"
    try:
        with os.fdopen(_private(file), "w", encoding="utf-8") as stream:
            escaped = re.sub(r"([\\:])", r"\\\1", address.password.reveal())
            stream.write(f"*:*:*:*:{escaped}\n")
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        yield {
            **kept,
            "LC_ALL": "C",
            "PGHOST": address.host,
            "PGPORT": address.port,
            "PGUSER": address.user,
            "PGDATABASE": address.database,
            "PGPASSFILE": str(file),
            "PGCONNECT_TIMEOUT": _CONNECT,
            "PGAPPNAME": "tradekeep",
            "PGSERVICEFILE": os.devnull,
        }
    finally:
        with suppress(OSError):
            file.unlink()
