"""A real PostgreSQL server, on a port of localhost, with a database like Jesse's.

It does not run as root: where the tests do, it belongs to nobody.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "pass:word\\ 'with' everything"
USER, DATABASE = "jesse_user", "jesse_db"
SCHEMA = """
CREATE TABLE candle(id uuid PRIMARY KEY DEFAULT gen_random_uuid(), "timestamp" bigint,
    open double precision, close double precision, symbol varchar);
CREATE TABLE "order"(id serial PRIMARY KEY, trade_id int, symbol varchar, qty numeric);
CREATE TABLE closedtrade(id serial PRIMARY KEY, symbol varchar, qty numeric);
INSERT INTO candle("timestamp", open, close, symbol)
    SELECT g::bigint * 60000, 100 + g, 101 + g, 'BTC-USDT' FROM generate_series(1, 2000) g;
INSERT INTO closedtrade(symbol, qty) SELECT 'BTC-USDT', g FROM generate_series(1, 50) g;
"""


def programs() -> Path | None:
    """The folder of the newest server's programs; None where there is no server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    program = shutil.which("initdb")
    return Path(program).resolve().parent if program else None


class Server:
    """One that runs. `port` is on 127.0.0.1."""

    def __init__(self, folder: Path, programs: Path, port: int) -> None:
        self.folder, self.programs, self.port = folder, programs, port
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        arguments = ["-D", self.folder / "data", "-p", str(self.port), "-k", self.folder]
        quick = ["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=8MB"]
        log = (self.folder / "log").open("ab")
        with log:
            self._child = subprocess.Popen(
                [self.programs / "postgres", *arguments, *quick],
                stdout=log, stderr=log, cwd=self.folder, **_as_nobody(),
            )  # fmt: skip
        end = time.monotonic() + 30
        while self._psql("postgres", "SELECT 1").returncode:
            assert time.monotonic() < end, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        if self._child is not None:
            self._child.send_signal(signal.SIGQUIT)  # at once: its files are gone next
            self._child.wait(30)
            self._child = None

    def sql(self, text: str, database: str = DATABASE) -> str:
        done = self._psql(database, text)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _psql(self, database: str, text: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.psql(database), input=text, env=self.environment, capture_output=True, text=True
        )

    def psql(self, database: str = DATABASE) -> list[str | Path]:
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", database]
        return [self.programs / "psql", *where, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PGPASSWORD": PASSWORD, "LC_ALL": "C"}

    def env_file(self, **other: str) -> str:
        """A bot's .env that leads here."""
        said = {
            "HOST": "127.0.0.1", "NAME": DATABASE, "PORT": str(self.port), "USERNAME": USER,
            "PASSWORD": '"' + PASSWORD.replace("\\", "\\\\") + '"', **other,
        }  # fmt: skip
        return "".join(f"POSTGRES_{name}={value}\n" for name, value in said.items())


def _as_nobody() -> dict[str, object]:
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextmanager
def server(found: Path) -> Iterator[Server]:
    """A new server with the database, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="tradekeep-pg-"))
    try:
        (folder / "password").write_text(PASSWORD + "\n")
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            for path in (folder, folder / "password"):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
        made = subprocess.run(
            [found / "initdb", "-D", folder / "data", "-U", USER, "-A", "scram-sha-256", "-E",
             "UTF8", "--locale=C", "--no-sync", f"--pwfile={folder / 'password'}"],
            capture_output=True, text=True, cwd=folder, **_as_nobody(),  # type: ignore[call-overload]
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        running = Server(folder, found, port)
        running.start()
        try:
            running.sql(f"CREATE DATABASE {DATABASE}", "postgres")
            running.sql(SCHEMA)
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
