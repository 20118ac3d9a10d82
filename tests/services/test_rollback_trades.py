"""What a bot believes to be open beside what the archive knows of the exchange."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.bots.open_trades import OpenTrade, What
from app.demo.exchange.server import Refused, Request
from app.exchange.archive import Account, Archive
from app.exchange.records import stored_fields
from app.exchange.streams import Kind, Nature, Stream
from app.exchange.tables import table_for
from app.monitor import Recorder
from app.repository.times import parse
from app.services.history import now
from app.services.home import Home
from app.services.rollback_trades import AtExchange, compared, trades_report
from app.settings.model import ExchangeSettings
from app.settings.settings import add_exchange
from tests.bots.support import freqtrade_trades
from tests.cli.exchange_support import sample_exchange
from tests.services.exchange_home import add, home_at


def trade(pair: str, amount: str, side: str = "long") -> OpenTrade:
    return OpenTrade(what=What.TRADE, id="1", pair=pair, side=side, amount=amount, opened="")


def order(name: str, amount: str = "0.5") -> OpenTrade:
    return OpenTrade(
        what=What.ORDER, id="9", pair="BTC/USDT", side="buy", amount=amount, opened="",
        exchange_id=name,
    )  # fmt: skip


ALL = frozenset({Kind.POSITIONS, Kind.ORDERS, Kind.BALANCES})


def said(found: list[OpenTrade], there: AtExchange) -> list[str]:
    return [each.text for each in compared(found, there)]


def test_what_agrees_is_not_told() -> None:
    there = AtExchange(
        kinds=set(ALL),
        positions={"ETH/USDT:USDT": Decimal("-0.30")},
        orders={"77": ("BTC/USDT", "buy", Decimal("0.5"))},
        balances={"BTC": Decimal("2")},
    )
    bot = [
        trade("ETH/USDT:USDT", "0.1", "short"), trade("ETH/USDT:USDT", "0.2", "short"),
        trade("BTC/USDT", "1.5"), order("77"),
    ]  # fmt: skip
    assert said(bot, there) == []


def test_each_difference_is_named_with_its_amounts() -> None:
    there = AtExchange(
        kinds=set(ALL),
        positions={"ETH/USDT:USDT": Decimal("-0.25"), "SOL/USDT:USDT": Decimal("10")},
        orders={"88": ("BTC/USDT", "sell", Decimal("0.00000001"))},
        balances={"BTC": Decimal("0.4")},
    )
    bot = [
        trade("ETH/USDT:USDT", "0.3", "short"), trade("XRP/USDT:USDT", "5"),
        trade("BTC/USDT", "0.50"), order("77"),
    ]  # fmt: skip
    assert said(bot, there) == [
        "The bot believes in a position of −0.3 ETH/USDT:USDT; at the exchange it is −0.25.",
        "The bot believes in a position of 5 XRP/USDT:USDT; the exchange has none.",
        "The exchange has a position of 10 SOL/USDT:USDT; the bot knows nothing of it.",
        "The bot's open trades are 0.5 BTC; the exchange holds 0.4.",
        "The bot waits for order 77 (buy 0.5 BTC/USDT); at the exchange it is not open.",
        "Order 88 (sell 0.00000001 BTC/USDT) is open at the exchange; the bot does not know it.",
    ]


def _keep(archive: Archive, account: int, kind: Kind, native: str, **values: object) -> None:
    data = json.dumps([values.get(name) for name in stored_fields(kind)])
    series = archive.series(account, kind.value, "", "")
    archive.database.execute(
        "INSERT INTO record (series, native, version, time, evidence, place, data)"
        " VALUES (?, ?, 1, 0, 1, 0, ?)",
        (series, native, data),
    )


def _told(archive: Archive, account: int, exchange: str, ago: timedelta = timedelta(0)) -> None:
    """All lists were told to the end; of histories, up to then."""
    stop = int((now() - ago).timestamp() * 1000)
    for stream in table_for(exchange).streams:
        if stream.kind in ALL and not stream.named:
            start = 0 if stream.nature is Nature.EVENTS else stop - 1
            _cover(archive, account, stream, start, stop)


def _cover(
    archive: Archive, account: int, stream: Stream, start: int, stop: int, state: str = "complete"
) -> None:
    series = archive.series(account, stream.title, stream.wallet, "")
    archive.database.execute(
        "INSERT INTO coverage VALUES (?, ?, ?, ?, '', 1)", (series, start, stop, state)
    )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An archive with an account at Binance's futures, and another elsewhere."""
    home = Home.find({"TRADEKEEP_HOME": str(tmp_path / "home")})
    with Archive(home.paths.archive_file) as archive:
        for name, exchange in (("main", "binanceusdm"), ("else", "kraken")):
            number = archive.account(Account(name, exchange))
            archive.end_pull(archive.begin_pull(number), "done")
            _told(archive, number, exchange)
            position = {"symbol": "ETH/USDT:USDT", "side": "short", "contractSize": "0.01"}
            _keep(archive, number, Kind.POSITIONS, "e", contracts="10", **position)
            opened = {"id": "886", "symbol": "ETH/USDT:USDT", "side": "buy", "amount": "1"}
            _keep(archive, number, Kind.ORDERS, "886", status="open", remaining="0", **opened)
            _keep(archive, number, Kind.ORDERS, "1", id="1", status="closed", amount="1")
    return home


def test_the_archive_s_accounts_at_the_bot_s_exchange_are_its_other_side(
    home: Home, tmp_path: Path
) -> None:
    freqtrade_trades(tmp_path / "bot" / "tradesv3.sqlite")
    report = trades_report(home, tmp_path / "bot", "freqtrade", Recorder(), pull=True)
    assert report is not None
    assert (report["trades"], report["orders"], report["accounts"]) == (1, 1, ["main"])
    assert report["asked"]
    assert report["differences"] == []  # 10 contracts of 0.01 are the bot's 0.1
    assert report["doubts"] == []


@pytest.mark.parametrize(
    ("mode", "exchange", "wanted"),
    [
        ("futures", "binance", ["rollback-position-unknown", "rollback-order-unknown"]),
        ("spot", "binance", ["rollback-order-unknown"]),
        ("futures", "okx", []),
    ],
)
def test_a_bot_with_nothing_open_is_compared_with_the_exchange_of_its_configuration(
    home: Home, tmp_path: Path, mode: str, exchange: str, wanted: list[str]
) -> None:
    """Restored to before its first trade, it knows of nothing; that is when one has to be told."""
    bot = tmp_path / "bot"
    with closing(sqlite3.connect(freqtrade_trades(bot / "tradesv3.sqlite"))) as database:
        database.execute("UPDATE trades SET is_open = 0")
        database.execute("UPDATE orders SET ft_is_open = 0")
        database.commit()
    told = {"trading_mode": mode, "exchange": {"name": exchange}}
    (bot / "config.json").write_text("// mine\n" + json.dumps(told))
    report = trades_report(home, bot, "freqtrade", Recorder(), pull=False)
    assert report is not None
    found = report["differences"]
    assert isinstance(found, list)
    assert [each["id"] for each in found] == wanted


def test_a_bot_that_says_nothing_and_an_exchange_that_nobody_asked_are_not_called_empty(
    home: Home, tmp_path: Path
) -> None:
    assert trades_report(home, tmp_path, "octobot", Recorder(), pull=False) is None
    freqtrade_trades(tmp_path / "bot" / "tradesv3.sqlite")
    fresh = Home.find({"TRADEKEEP_HOME": str(tmp_path / "other")})
    report = trades_report(fresh, tmp_path / "bot", "freqtrade", Recorder(), pull=False)
    assert report is not None
    assert (report["accounts"], report["asked"], report["differences"]) == ([], None, [])


def test_a_connected_exchange_is_asked_anew(tmp_path: Path) -> None:
    """The bot was taken back to before its last trades; the exchange has gone on."""
    with sample_exchange(fills=40) as place:
        home = add(home_at(tmp_path), place)
        database = freqtrade_trades(tmp_path / "bot" / "tradesv3.sqlite")
        held = {
            f"{name.removesuffix('USDT')}/USDT:USDT": each.amount
            for name, each in place.world.positions.items()
            if each.amount
        }
        first, *others = held
        assert others
        with closing(sqlite3.connect(database)) as bot:
            bot.execute("DELETE FROM trades")
            bot.execute("DELETE FROM orders")
            row = ("binance", first, held[first] < 0, str(abs(held[first])))
            bot.execute(
                "INSERT INTO trades(exchange, pair, is_open, is_short, amount)"
                " VALUES (?, ?, 1, ?, ?)",
                row,
            )
            bot.commit()
        watch = Recorder()
        report = trades_report(home, tmp_path / "bot", "freqtrade", watch, pull=True)
    assert report is not None
    assert [each.message_id for each in watch.problems] == []
    assert (report["accounts"], report["doubts"]) == (["main"], [])
    found = report["differences"]
    assert isinstance(found, list)
    positions = [each["params"] for each in found if each["id"] == "rollback-position-unknown"]
    wanted = {pair: str(held[pair].normalize()).replace("-", "−") for pair in others}
    assert {each["pair"]: each["exchange"] for each in positions} == wanted
    assert not [each for each in found if each["params"].get("pair") == first]


def _doubts(home: Home, bot: Path, *, pull: bool = False) -> list[object]:
    report = trades_report(home, bot, "freqtrade", Recorder(), pull=pull)
    assert report is not None
    found = report["doubts"]
    assert isinstance(found, list)
    return [each["id"] for each in found]


def test_positions_that_the_exchange_did_not_tell_are_no_agreement(tmp_path: Path) -> None:
    """The pull ends well but for one list; what it told an hour ago was taken for now."""
    with sample_exchange(fills=5) as place:
        home = add(home_at(tmp_path), place)
        bot = tmp_path / "bot"
        freqtrade_trades(bot / "tradesv3.sqlite")
        assert _doubts(home, bot, pull=True) == []
        with Archive(home.paths.archive_file) as archive:
            archive.database.execute(
                "UPDATE coverage SET start = start - 3600000, stop = stop - 3600000 WHERE series IN"
                " (SELECT id FROM series WHERE stream = 'positions')"
            )
        inner = place.wire.answer

        def answer(request: Request) -> object:
            if request.path == "/fapi/v3/positionRisk":
                raise Refused(401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions"})
            return inner(request)

        place.wire.answer = answer  # type: ignore[method-assign]
        report = trades_report(home, bot, "freqtrade", Recorder(), pull=True)
    assert report is not None
    (doubt,) = report["doubts"]  # type: ignore[misc]
    assert doubt["id"] == "rollback-old-positions"
    asked = parse(str(report["asked"]))
    assert timedelta(minutes=55) < now() - asked < timedelta(minutes=65)


@pytest.mark.parametrize("state", ["partial", "denied"])
def test_a_list_of_orders_that_broke_off_is_a_doubt(home: Home, tmp_path: Path, state: str) -> None:
    """An order of which nobody was told how it ended is still called open."""
    bot = tmp_path / "bot"
    freqtrade_trades(bot / "tradesv3.sqlite")
    assert _doubts(home, bot) == []
    stop = int(now().timestamp() * 1000)
    with Archive(home.paths.archive_file) as archive:
        archive.database.execute("UPDATE coverage SET stop = stop - 172800000 WHERE start = 0")
        for stream in table_for("binanceusdm").streams:
            if stream.kind is Kind.ORDERS and stream.nature is Nature.EVENTS:
                _cover(archive, 1, stream, stop - 172_800_000, stop, state)
    assert _doubts(home, bot) == ["rollback-old-orders"]


def test_a_list_that_was_never_told_is_not_compared_and_is_said(home: Home, tmp_path: Path) -> None:
    """The key may not see positions: that there are none is not known."""
    bot = tmp_path / "bot"
    freqtrade_trades(bot / "tradesv3.sqlite")
    with Archive(home.paths.archive_file) as archive:
        mine = "(SELECT id FROM series WHERE stream = 'positions')"
        archive.database.execute(f"DELETE FROM coverage WHERE series IN {mine}")
        archive.database.execute(f"DELETE FROM record WHERE series IN {mine}")
    report = trades_report(home, bot, "freqtrade", Recorder(), pull=False)
    assert report is not None
    assert report["differences"] == []
    assert _doubts(home, bot) == ["rollback-never-positions"]


def test_an_archive_of_last_week_is_no_agreement_of_today(home: Home, tmp_path: Path) -> None:
    bot = tmp_path / "bot"
    freqtrade_trades(bot / "tradesv3.sqlite")
    with Archive(home.paths.archive_file) as archive:
        archive.database.execute("DELETE FROM coverage")
        _told(archive, 1, "binanceusdm", timedelta(days=7))
    assert sorted(map(str, _doubts(home, bot))) == [
        "rollback-old-orders",
        "rollback-old-positions",
    ]


def test_an_account_that_was_removed_is_no_doubt_about_the_one_that_is_connected(
    home: Home, tmp_path: Path
) -> None:
    """Nobody asks for it any more: its positions of last year were called the exchange's."""
    bot = tmp_path / "bot"
    freqtrade_trades(bot / "tradesv3.sqlite")
    with Archive(home.paths.archive_file) as archive:
        number = archive.account(Account("old", "binanceusdm"))
        _told(archive, number, "binanceusdm", timedelta(days=300))
        position = {"symbol": "SOL/USDT:USDT", "side": "long", "contracts": "9"}
        _keep(archive, number, Kind.POSITIONS, "s", **position)
    assert len(_doubts(home, bot)) == 2  # nobody is connected here
    add_exchange(home.paths.settings_file, ExchangeSettings("main", "binanceusdm", options={}))
    report = trades_report(home.fresh(), bot, "freqtrade", Recorder(), pull=False)
    assert report is not None
    assert (report["accounts"], report["doubts"], report["differences"]) == (["main"], [], [])
