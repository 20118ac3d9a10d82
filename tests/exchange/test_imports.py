"""Files for what an exchange forgot: evidence, marked as imported, never over what it told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.exchange.world import DAY
from app.errors import WrongUsage
from app.exchange.archive import Account, Archive
from app.exchange.chain import verify
from app.exchange.coverage import State
from app.exchange.imports import ImportReport, import_csv
from app.exchange.rebuild import rebuild
from app.exchange.streams import Kind
from tests.exchange.harness import Lab, case_of, lab

OWN = (
    "id,timestamp,datetime,symbol,side,price,amount,fee_cost,fee_currency,market_id,color\r\n"
    "77,1500000000000,,BTC/USDT:USDT,buy,4000.10,0.5,0.2,USDT,BTCUSDT,red\r\n"
    "78,,2017-07-14T03:00:00Z,BTC/USDT:USDT,sell,4001,0.5,0.2,USDT,BTCUSDT,\r\n"
)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive.db") as archive:
        archive.account(Account("main", "binanceusdm", "demo"))
        yield archive


def imported(archive: Archive, text: str, **columns: str) -> ImportReport:
    content = text.encode()
    return import_csv(archive, 1, Kind.FILLS, content, "old.csv", columns=columns)


def test_a_file_becomes_evidence_records_and_coverage(archive: Archive) -> None:
    report = imported(archive, OWN)
    assert (report.rows, report.records, report.ignored, report.wrong) == (2, 2, ["color"], [])
    verb, url = archive.database.execute("SELECT verb, url FROM evidence").fetchone()
    assert (verb, url) == ("FILE", "file:old.csv")
    assert verify(archive).whole
    series = archive.series(1, "fills", "", "")
    (known,) = archive.coverage(series)
    assert known.state is State.IMPORTED
    assert not known.known


def test_importing_twice_adds_nothing(archive: Archive) -> None:
    imported(archive, OWN)
    assert imported(archive, OWN).records == 0


def test_an_exchanges_own_headings_are_mapped(archive: Archive) -> None:
    text = "Date(UTC);Pair;Side;Price;Executed\n2019-01-02 03:04:05;BTCUSDT;BUY;4000;0.1\n"
    report = import_csv(
        archive, 1, Kind.FILLS, text.encode("utf-8-sig"), "x.csv",
        columns={"Date(UTC)": "datetime", "Pair": "symbol", "Side": "side", "Price": "price",
                 "Executed": "amount"},
    )  # fmt: skip
    assert report.records == 1
    time, data = archive.database.execute("SELECT time, data FROM record").fetchone()
    assert time == 1_546_398_245_000
    assert '"buy"' in data


def test_bad_lines_are_listed_and_the_others_imported(archive: Archive) -> None:
    text = OWN + "79,soon,,BTC,buy,1,1,,,,\r\n80,5,,BTC,buy,1.2.3,1,,,,\r\n81,5,,,buy,1,1,,,,\r\n"
    report = imported(archive, text)
    assert report.records == 2
    assert report.wrong == [(4, "timestamp: soon"), (5, "price: 1.2.3"), (6, "symbol: –")]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xfe\x00", "not a table"),
        (b"", "no column for"),
        (b"symbol,side,price,amount\n", "no column for: timestamp"),
        (b"timestamp,symbol,side,price\n", "no column for: amount"),
    ],
)
def test_a_file_that_is_no_such_table(archive: Archive, content: bytes, why: str) -> None:
    with pytest.raises(WrongUsage, match=why):
        import_csv(archive, 1, Kind.FILLS, content, "x.csv")
    assert archive.head()[0] == 0


def test_a_field_that_does_not_exist(archive: Archive) -> None:
    with pytest.raises(WrongUsage, match="no field colour"):
        imported(archive, OWN, color="colour")


def test_what_the_exchange_told_is_never_replaced(tmp_path: Path) -> None:
    place: Lab = lab(case_of("binanceusdm"), tmp_path)
    with place.server:
        place.pull()
        fill = place.world.fills[0]
        text = (
            "id,timestamp,symbol,side,price,amount,market_id\n"
            f"{fill.id},{fill.time},X,buy,1,1,{fill.market}\n"
            f"999999,{place.now - 400 * DAY},X,buy,1,1,{fill.market}\n"
        )
        with place.archive() as archive:
            number = archive.account(place.account)
            report = import_csv(archive, number, Kind.FILLS, text.encode(), "x.csv")
            assert report.records == 1
            assert rebuild(archive, keep=False).same
        place.pull(since_days=500)
    held = place.held(Kind.FILLS)
    assert held[(fill.market, str(fill.id))]["price"] != "1"
    assert len(held) == len(place.world.fills) + 1
