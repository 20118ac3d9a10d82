"""The files that an exchange makes of what its endpoints tell no more: applied for, and where one
is. The user fetches it, because it lies at a host that only the exchange's answer names, and
imports it (`app.services.imports`)."""

from __future__ import annotations

import asyncio
import re

from app.errors import WrongUsage
from app.exchange.about import host_of
from app.exchange.client import Client
from app.exchange.failures import Action, CallFailed
from app.exchange.streams import OwnFile
from app.exchange.throttle import Throttle
from app.services.connections import Connection, connect, connection, tables
from app.services.exchanges import named, said
from app.services.home import Home
from app.services.opening import sealed_file

_QUARTER = re.compile(r"(20\d\d)-?(Q[1-4])", re.IGNORECASE)


def ask(home: Home, name: str, quarter: str) -> dict[str, object]:
    """account, exchange (its name), what (for the import), quarter; link and host, null while the
    file is being made. Raises `WrongUsage`, `AppError` for what the exchange answers."""
    settings = named(home, name)
    table, told = tables(settings.exchange)
    if not table.files:
        raise WrongUsage("exchange-no-files", exchange=told.name)
    wanted = _QUARTER.fullmatch(quarter)
    if wanted is None:
        raise WrongUsage("exchange-quarter-wrong", text=quarter)
    params: dict[str, object] = {"year": wanted[1], "quarter": wanted[2].upper()}
    each = connection(settings, sealed_file(home).accounts().get(settings.name))
    link = asyncio.run(_link(each, table.files[0], params))
    return {
        "account": settings.name,
        "exchange": told.name,
        "what": table.files[0].kind.value,
        "quarter": f"{wanted[1]}{params['quarter']}",
        "link": link or None,
        "host": host_of(link) or None,
    }


async def _link(each: Connection, file: OwnFile, params: dict[str, object]) -> str:
    client = connect(each, Throttle(each.interval))
    try:
        await client.measure_clock()
        link = await _made(client, file, params)
        if link is None:
            await client.call(file.apply, params, rows="data")
        return link or ""
    except CallFailed as failure:
        raise said(each, failure) from failure
    finally:
        await client.close()


async def _made(client: Client, file: OwnFile, params: dict[str, object]) -> str | None:
    """As `OwnFile.link` says. That nobody has applied for it is a code of the exchange's own."""
    try:
        answer = await client.call(file.made, params, rows="data")
    except CallFailed as failure:
        if failure.action is not Action.RETRY:
            raise
        return None
    return file.link(answer.body)
