"""A bot's PostgreSQL database as a file, by stock `pg_dump`: one snapshot of it while it is used.

Plain SQL rather than pg_dump's own formats: those are compressed, so that one changed row changes
everything behind it. Measured with 300,000 candles, 1 % of them new: 0.3 MB of 28.5 MB were new to
the repository in plain SQL, 14.2 MB of 14.2 MB in the custom format. Any `psql` reads it.

How the server is reached comes from the bot's `.env`. The password goes to the child in a
PGPASSFILE in a private folder, which is gone with it; it is in no argument list and no environment.
pg_dump writes into a pipe of ours, so that it ends when this process does, however that ends.

Must not know: the repository, settings.
"""

from __future__ import annotations

import errno
import os
import queue
import re
import shlex
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec

from app.bots.dotenv import read_env
from app.errors import AppError, Param
from app.monitor import Monitor, Progress, Step
from app.secret import Secret

_CONNECT = "10"  # seconds
_LOCKS = "30s"  # how long a table may be locked by somebody who changes it
_TICK = 0.3  # seconds between two looks at the monitor
_AT_ONCE = 1 << 20
_RESERVE = 64 << 20  # bytes that stay free where the dump lies
_SAID = 8 << 10  # of what pg_dump says
_COMPLETE = b"PostgreSQL database dump complete"
_DEFAULT_PORT = "5432"
_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/libpq/bin",
           "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/libpq/bin",
           "/Applications/Postgres.app/Contents/Versions/*/bin")  # fmt: skip


class DumpFailed(AppError):
    """A database that could not be dumped; what was written of it is gone."""


class Address(msgspec.Struct, frozen=True):
    """Where a database is and who opens it."""

    host: str
    port: str
    user: str
    database: str
    password: Secret

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Dumped(msgspec.Struct, frozen=True, kw_only=True):
    """What a capsule says of a dump: its file in `/.tradekeep/`, the database, the tables whose
    rows were left out, and the command that brings it back. Plain data."""

    file: str
    database: str
    server: str
    left_out: tuple[str, ...] = ()
    restore: str


def address_in(bot: Path, prefix: str) -> Address | None:
    """Where a bot's `.env` says that its database is, by variables that begin with `prefix`
    (HOST, PORT, NAME, USERNAME, PASSWORD); None where it does not say."""
    said = read_env(bot / ".env")
    name, user = said.get(f"{prefix}NAME"), said.get(f"{prefix}USERNAME")
    if not name or not user:
        return None
    return Address(
        host=said.get(f"{prefix}HOST") or "localhost",
        port=said.get(f"{prefix}PORT") or _DEFAULT_PORT,
        user=user,
        database=name,
        password=Secret(said.get(f"{prefix}PASSWORD", "")),
    )


def pg_dump_here() -> str | None:
    """The newest pg_dump of this computer: it dumps older servers, but no newer ones."""
    found = [path / "pg_dump" for pattern in _PLACES for path in Path("/").glob(pattern[1:])]
    there = [path for path in found if os.access(path, os.X_OK)]
    newest = max(there, key=_version_in, default=None)
    return str(newest) if newest else shutil.which("pg_dump")


def _version_in(path: Path) -> int:
    numbers = re.findall(r"\d+", str(path.parent))
    return int(numbers[0]) if numbers else 0


def restore_command(file: str, address: Address) -> str:
    """What a person types to bring a dump back into an empty database."""
    host, port, user, name, path = map(
        shlex.quote, (address.host, address.port, address.user, address.database, file)
    )
    login = f"-h {host} -p {port} -U {user}"
    made = f"createdb {login} {name}"
    return f"{made} && psql {login} -d {name} -1 -v ON_ERROR_STOP=1 -f {path}"


def dump(
    address: Address, target: Path, *, left_out: Sequence[str], bot: Path, monitor: Monitor
) -> Dumped:
    """Dump a database into the file `target`, which must lie in a private folder; it is there
    only if all of it was written. Of the tables `left_out` (pg_dump's patterns) come no rows.

    Raises `DumpFailed`, `Cancelled`.
    """
    program = pg_dump_here()
    about: dict[str, Param] = {"path": str(bot), "server": str(address)}
    if program is None:
        raise DumpFailed("bot-dump-no-program", **about)
    about |= {"database": address.database, "user": address.user}
    result = Dumped(
        file=target.name,
        database=address.database,
        server=str(address),
        left_out=tuple(left_out),
        restore=restore_command(target.name, address),
    )
    try:
        _run(program, address, target, result, monitor)
    except _Refused as refused:
        target.unlink(missing_ok=True)
        if _is_container_name(refused.said, address.host):
            here = msgspec.structs.replace(address, host="localhost")
            return dump(here, target, left_out=left_out, bot=bot, monitor=monitor)
        raise _failure(refused.said, about) from None
    except OSError as error:
        target.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise DumpFailed("bot-dump-unwritable", path=str(bot), reason=reason) from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return result


class _Refused(Exception):
    """pg_dump ended without a dump; `said` is what it said."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


def _run(program: str, address: Address, target: Path, told: Dumped, monitor: Monitor) -> None:
    with _environment(address, target.parent) as environment, tempfile.TemporaryFile() as errors:
        arguments = [f"--exclude-table-data={table}" for table in told.left_out]
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
                end = _write(child.stdout, target, told, monitor)
            except BaseException:
                child.kill()
                raise
        errors.seek(0)
        said = errors.read(_SAID).decode("utf-8", "replace")
    if child.returncode != 0 or _COMPLETE not in end:
        raise _Refused(said)


def _write(source: IO[bytes], target: Path, told: Dumped, monitor: Monitor) -> bytes:
    """Copy what comes; returns the last of it."""
    end, done = b"", 0
    with os.fdopen(_private(target), "wb") as file:
        file.write(_head(told))
        for block in _blocks(source):
            monitor.checkpoint()
            if shutil.disk_usage(target.parent).free < _RESERVE:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            file.write(block)
            end, done = (end + block)[-1024:], done + len(block)
            progress = Progress(Step.SOURCES, "dump database", done, None, item=told.database)
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


def _head(told: Dumped) -> bytes:
    """Comments of SQL: what it is, and how it is brought back."""
    lines = [
        f"The database {told.database} of {told.server}, saved by Tradekeep.",
        "To bring it back into an empty database:",
        f"  {told.restore}",
    ]
    if told.left_out:
        lines.append(f"Without the rows of: {', '.join(told.left_out)}")
    return "".join(f"-- {' '.join(line.split())}\n" for line in lines).encode()


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


# --- what went wrong -------------------------------------------------------------------------


def _is_container_name(said: str, host: str) -> bool:
    """Whether the host is the name of a service in a compose file (`postgres`), which nobody
    outside of its containers knows; its port may be published on this computer."""
    unknown = "could not translate host name" in said
    return unknown and re.fullmatch(r"[A-Za-z0-9_-]+", host) is not None and host != "localhost"


_KNOWN = (
    (r"server version mismatch", "bot-dump-too-new"),
    (r"password authentication failed|no password supplied", "bot-dump-wrong-password"),
    (r'role ".*" does not exist', "bot-dump-wrong-password"),
    (r'database ".*" does not exist', "bot-dump-no-database"),
    (r"connection to server|could not connect|translate host name", "bot-dump-no-server"),
)


def _failure(said: str, about: Mapping[str, Param]) -> DumpFailed:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    reason = re.sub(r"^pg_dump: (?:error: )?", "", lines[0]) if lines else "it said nothing"
    message_id = next((known for sign, known in _KNOWN if re.search(sign, said)), "bot-dump-failed")
    if message_id == "bot-dump-too-new":
        detail = next((line for line in lines if "server version:" in line), "")
        versions = re.findall(r"version: (\d[\w.]*)", detail)
        newer, older = versions if len(versions) == 2 else ("?", "?")
        return DumpFailed(message_id, **about, newer=newer, older=older)
    return DumpFailed(message_id, **about, reason=reason.rstrip("."))
