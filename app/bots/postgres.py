"""A bot's PostgreSQL database as a file, by stock `pg_dump`: one snapshot of it while it is used.

Plain SQL rather than pg_dump's own formats: those are compressed, so that one changed row changes
everything behind it. Measured with 300,000 candles, 1 % of them new: 0.3 MB of 28.5 MB were new to
the repository in plain SQL, 14.2 MB of 14.2 MB in the custom format. Any `psql` reads it.

How the server is reached comes from the bot's `.env`; how it is asked is `pg_dump`'s affair.

Must not know: the repository, settings.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import msgspec

from app.bots.dotenv import read_env
from app.bots.pg_dump import Address, Refused, pg_dump_here, run
from app.errors import AppError, Param
from app.monitor import Monitor
from app.secret import Secret

_DEFAULT_PORT = "5432"


class DumpFailed(AppError):
    """A database that could not be dumped; what was written of it is gone."""


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


def restore_command(file: str, address: Address) -> str:
    """What a person types to bring a dump back into an empty database."""
    host, port, user, name, path = map(
        shlex.quote, (address.host, address.port, address.user, address.database, file)
    )
    login = f"-h {host} -p {port} -U {user}"
    made = f"createdb {login} {name}"
    return f"{made} && psql {login} -d {name} -1 -v ON_ERROR_STOP=1 -f {path}"


def dump(
    address: Address,
    target: Path,
    *,
    left_out: Sequence[str],
    bot: Path,
    monitor: Monitor,
    ways: Sequence[tuple[str, str]] = (),
) -> Dumped:
    """Dump a database into the file `target`, which must lie in a private folder; it is there
    only if all of it was written. Of the tables `left_out` (pg_dump's patterns) come no rows.
    `ways` are (host, port) to try where the host is known to nobody outside of containers.

    Raises `DumpFailed`, `Cancelled`.
    """
    program = pg_dump_here()
    if program is None:
        raise DumpFailed("bot-dump-no-program", path=str(bot))
    failure: DumpFailed | None = None
    waiting = [address]
    for tried in waiting:
        try:
            return _dump(program, tried, target, left_out, monitor)
        except Refused as refused:
            failure = _failure(refused.said, tried, bot)
            if tried is address and _is_container_name(refused.said, address.host):
                others = (*ways, ("localhost", address.port))
                waiting += [msgspec.structs.replace(address, host=h, port=p) for h, p in others]
        except OSError as error:
            reason = error.strerror or str(error)
            raise DumpFailed("bot-dump-unwritable", path=str(bot), reason=reason) from error
    assert failure is not None
    raise failure


def _dump(
    program: str, address: Address, target: Path, left_out: Sequence[str], monitor: Monitor
) -> Dumped:
    told = _told(address, target, left_out)
    arguments = [f"--exclude-table-data={table}" for table in left_out]
    run(program, address, target, head=_head(told), arguments=arguments, monitor=monitor)
    return told


def _told(address: Address, target: Path, left_out: Sequence[str]) -> Dumped:
    return Dumped(
        file=target.name,
        database=address.database,
        server=str(address),
        left_out=tuple(left_out),
        restore=restore_command(target.name, address),
    )


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


def _failure(said: str, address: Address, bot: Path) -> DumpFailed:
    about: dict[str, Param] = {
        "path": str(bot),
        "server": str(address),
        "database": address.database,
        "user": address.user,
    }
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    reason = re.sub(r"^pg_dump: (?:error: )?", "", lines[0]) if lines else "it said nothing"
    message_id = next((known for sign, known in _KNOWN if re.search(sign, said)), "bot-dump-failed")
    if message_id == "bot-dump-too-new":
        detail = next((line for line in lines if "server version:" in line), "")
        versions = re.findall(r"version: (\d[\w.]*)", detail)
        newer, older = versions if len(versions) == 2 else ("?", "?")
        return DumpFailed(message_id, **about, newer=newer, older=older)
    return DumpFailed(message_id, **about, reason=reason.rstrip("."))
