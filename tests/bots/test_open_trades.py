"""What a bot's database says is open."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.bots.open_trades import (
    _KINDS,
    OpenTrade,
    TradesUnreadable,
    What,
    in_copy_of,
    open_trades,
    trade_databases,
)
from tests.bots.support import KINDS, freqtrade, freqtrade_trades, hummingbot_orders


def test_freqtrade_tells_open_trades_and_orders(tmp_path: Path) -> None:
    database = freqtrade_trades(tmp_path / "tradesv3.sqlite")
    assert open_trades(database, "freqtrade") == [
        OpenTrade(
            what=What.TRADE, id="2", pair="ETH/USDT:USDT", side="short", amount="0.1",
            opened="2026-03-01T12:00:00Z", exchange="binance",
        ),
        OpenTrade(
            what=What.ORDER, id="7", pair="ETH/USDT:USDT", side="buy", amount="0.00000001",
            opened="2026-03-02T00:00:01Z", exchange_id="886",
        ),
    ]  # fmt: skip


def test_a_database_of_years_ago_has_fewer_columns(tmp_path: Path) -> None:
    database = tmp_path / "tradesv2.sqlite"
    with closing(sqlite3.connect(database)) as old:
        old.execute("CREATE TABLE trades(id INTEGER, pair TEXT, is_open BOOLEAN, amount FLOAT)")
        old.execute("INSERT INTO trades VALUES(1, 'BTC/USDT', 1, 1e-07), (2, 'X/Y', 0, 1)")
        old.commit()
    (found,) = open_trades(database, "freqtrade")
    assert (found.id, found.side, found.amount, found.opened) == ("1", "long", "0.0000001", "")


@pytest.mark.parametrize(
    ("kind", "amount", "said"),
    [("BIGINT", 1_500_000, "1.5"), ("FLOAT", 1.5, "1.5"), ("BIGINT", 1, "0.000001")],
)
def test_hummingbot_writes_amounts_in_two_ways(
    tmp_path: Path, kind: str, amount: float, said: str
) -> None:
    database = hummingbot_orders(tmp_path / "conf.sqlite", kind, amount)
    found = open_trades(database, "hummingbot")
    assert [(each.id, each.side, each.exchange_id) for each in found] == [
        ("buy-BTC-USDT-1", "buy", "x1"), ("HBOT-2", "sell", "x2"), ("sell-BTC-USDT-3", "sell", "x3")
    ]  # fmt: skip
    assert {each.amount for each in found} == {said}
    assert found[0].opened == "2026-01-01T00:00:01Z"


def test_what_a_live_writer_has_committed_is_counted_without_touching_its_folder(
    tmp_path: Path,
) -> None:
    database = freqtrade_trades(tmp_path / "bot" / "tradesv3.sqlite")
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("INSERT INTO trades(id, pair, is_open, amount) VALUES(9, 'A/B', 1, 2.0)")
        writer.commit()
        before = {each.name for each in database.parent.iterdir()}
        found = in_copy_of(database, "freqtrade", tmp_path / "private")
        assert found is not None
        assert "9" in [each.id for each in found if each.what is What.TRADE]
        assert {each.name for each in database.parent.iterdir()} == before
    alone = [each.name for each in database.parent.iterdir()]
    assert alone == [database.name], "the writer has gone, and left a database in WAL mode"
    again = in_copy_of(database, "freqtrade", tmp_path / "private")
    assert again == found
    assert [each.name for each in database.parent.iterdir()] == alone
    assert list((tmp_path / "private").iterdir()) == []


@pytest.mark.parametrize("content", [b"SQLite format 3\0" + bytes(200), b"no database at all"])
def test_a_database_that_cannot_be_read_is_not_a_bot_without_trades(
    tmp_path: Path, content: bytes
) -> None:
    broken = tmp_path / "tradesv3.sqlite"
    broken.write_bytes(content)
    with pytest.raises(TradesUnreadable) as caught:
        open_trades(broken, "freqtrade")
    assert str(broken) in caught.value.sentence.title
    with pytest.raises(TradesUnreadable):
        in_copy_of(tmp_path / "gone.sqlite", "freqtrade", tmp_path / "private")


@pytest.mark.parametrize("amount", ["NaN", 9e999])
def test_an_amount_that_is_no_number_ends_no_comparison(
    tmp_path: Path, amount: float | str
) -> None:
    """It came through as NaN, and ended a rollback that was done already."""
    database = tmp_path / "tradesv3.sqlite"
    freqtrade_trades(database)
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("UPDATE trades SET is_open = 1, amount = ?", (amount,))
        writer.commit()
    with pytest.raises(TradesUnreadable):
        open_trades(database, "freqtrade")


def test_which_databases_of_a_bot_are_asked(tmp_path: Path) -> None:
    bot = freqtrade(tmp_path / "ft")
    (bot / "user_data" / "notes.sqlite").write_text("not one")
    assert trade_databases(bot, "freqtrade") == [bot / "user_data" / "tradesv3.sqlite"]
    other = in_copy_of(bot / "user_data" / "tradesv3.sqlite", "freqtrade", tmp_path / "private")
    assert other is None, "a table of that name, and no column that says what is open"
    assert trade_databases(bot / "user_data", "freqtrade") == trade_databases(bot, "freqtrade")
    assert trade_databases(bot, "octobot") == []
    assert open_trades(bot / "user_data" / "tradesv3.sqlite", "octobot") == []


def test_only_kinds_that_exist_are_told_about() -> None:
    assert set(_KINDS) <= set(KINDS)
