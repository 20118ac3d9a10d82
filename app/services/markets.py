"""Which markets the archive has seen at an exchange, without asking it."""

from __future__ import annotations

from contextlib import closing

from app.errors import WrongUsage
from app.exchange.looking.open import connect, readable
from app.exchange.records import stored_fields
from app.exchange.schema import ArchiveError
from app.exchange.streams import Kind
from app.services.home import Home


def symbols(home: Home, exchange: str) -> list[str]:
    """ccxt's symbols, sorted; none where no account at that exchange was ever pulled, or the
    archive cannot be read just now."""
    path = home.paths.archive_file
    if not path.exists():
        return []
    place = f"$[{stored_fields(Kind.MARKETS).index('symbol')}]"
    try:
        with closing(connect(path)) as database, readable(database, path):
            rows = database.execute(
                "SELECT DISTINCT json_extract(data, ?) FROM account"
                " JOIN series ON series.account = account.id"
                " JOIN record ON record.series = series.id AND superseded = 0"
                " WHERE exchange = ? AND stream = ? ORDER BY 1",
                (place, exchange, Kind.MARKETS.value),
            ).fetchall()
    except (ArchiveError, WrongUsage):  # a market is then not checked, as before the first pull
        return []
    return [symbol for (symbol,) in rows if symbol]
