"""What is missing of a year: why, and what can be done about it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.errors import WrongUsage
from app.exchange.archive import Account, Archive
from app.exchange.looking.asked import has_history
from app.exchange.tables import table_for
from app.monitor import Problem, Recorder
from app.services.home import Home
from app.services.imports import import_file
from app.services.lock_year import Wanted, missing, refuse_incomplete
from tests.services.exchange_home import home_at

YEAR = 2024
START, STOP = (
    int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1000 for year in (YEAR, YEAR + 1)
)
FILLS = "timestamp,symbol,side,price,amount\n2024-05-06T07:08:09Z,BTC/USDT,buy,60000,0.1\n"


def known(folder: Path, exchange: str, **states: tuple[str, str]) -> Home:
    """A home with an account that was asked for everything; lists by their names (with _) whose
    state and reason is another one."""
    folder.mkdir(exist_ok=True)
    home = home_at(folder)
    with Archive(home.paths.archive_file) as archive:
        account = archive.account(Account("main", exchange))
        archive.end_pull(archive.begin_pull(account), "done")
        for stream in table_for(exchange).streams:
            if not has_history(stream):
                continue
            state, reason = states.get(stream.title.replace("-", "_"), ("complete", ""))
            series = archive.series(account, stream.title, stream.wallet, "")
            archive.database.execute(
                "INSERT INTO coverage VALUES (?, ?, ?, ?, ?, 1)",
                (series, START, STOP, state, reason),
            )
    return home


def found(home: Home) -> list[Problem]:
    return missing(home, Wanted.named(home, YEAR, None))


def bring_in(home: Home, folder: Path, *, since: str | None, until: str | None) -> None:
    file = folder / "fills.csv"
    file.write_text(FILLS)
    how = {"what": "trades", "account": "main", "exchange": None, "columns": {}}
    import_file(home, file, **how, since=since, until=until, monitor=Recorder())  # type: ignore[arg-type]


EXPIRED = ("expired", "")


def test_a_short_list_beside_one_that_reaches_further_keeps_no_year_open(tmp_path: Path) -> None:
    """Deribit's list of today's fills has forgotten every year before; its archive has not."""
    home = known(tmp_path, "deribit", recent_fills=EXPIRED)
    with Archive(home.paths.archive_file) as archive:
        for title in ("open-orders", "recent-orders"):  # lists of now
            series = archive.series(1, title, "", "")
            archive.database.execute(
                "INSERT INTO coverage VALUES (?, ?, ?, 'expired', '', 1)", (series, START, STOP)
            )
    assert found(home) == []


def test_a_gap_of_the_list_that_reaches_further_is_one(tmp_path: Path) -> None:
    home = known(tmp_path, "deribit", recent_fills=EXPIRED, fills=("partial", "page"))
    (problem,) = found(home)
    assert (problem.message_id, problem.params["stream"]) == ("year-gaps", "fills")


def test_a_ledger_is_not_covered_by_lists_of_parts_of_it(tmp_path: Path) -> None:
    """KuCoin's lists of interest reach back for ever; its margin ledger three days."""
    home = known(tmp_path, "kucoin", ledger=EXPIRED)
    streams = [stream for stream in table_for("kucoin").streams if stream.title == "ledger"]
    assert len(found(home)) == len(streams)


def test_what_the_exchange_tells_no_more_says_why_and_what_to_do(tmp_path: Path) -> None:
    home = known(tmp_path, "kucoin", hf_fills=EXPIRED)
    (problem,) = found(home)
    assert str(problem.sentence) == (
        "kucoin tells Fills (hf) of main for 7 days only: from 2024-01-01 to 2025-01-01 they are"
        " missing. If you have them in a file: tradekeep import csv FILE --account main --what"
        " trades --from 2024-01-01 --to 2025-01-01"
    )
    with pytest.raises(WrongUsage) as told:
        refuse_incomplete([problem])
    assert "tradekeep import csv" in str(told.value)


def test_what_nobody_asked_for_in_time_cannot_be_fetched_any_more(tmp_path: Path) -> None:
    home = known(tmp_path, "kucoin")
    with Archive(home.paths.archive_file) as archive:
        series = archive.series(1, "hf-fills", "trade_hf", "")
        middle = (START + STOP) // 2
        archive.database.execute("UPDATE coverage SET start = ? WHERE series = ?", (middle, series))
    (problem,) = found(home)
    assert (problem.message_id, problem.params["until"]) == ("year-gone-days", "2024-07-02")


@pytest.mark.parametrize(
    ("since", "until", "left"),
    [
        ("2024-01-01", "2025-01-01", []),
        ("2024-03-01", "2024-09-01", [("2024-01-01", "2025-01-01")]),
        (None, None, [("2024-01-01", "2025-01-01")]),
        ("2024-03-01", "2025-01-01", [("2024-01-01", "2024-03-01")]),
    ],
)
def test_what_a_file_has_brought_is_missing_no_more(
    tmp_path: Path, since: str | None, until: str | None, left: list[tuple[str, str]]
) -> None:
    """Whichever of the exchange's lists would have told it."""
    home = known(tmp_path, "kucoin", hf_fills=EXPIRED)
    bring_in(home, tmp_path, since=since, until=until)
    assert [(each.params["since"], each.params["until"]) for each in found(home)] == left


def test_cancelled_orders_and_files_of_the_exchange_have_their_own_words(tmp_path: Path) -> None:
    cancelled = known(tmp_path / "one", "kucoin", hf_orders=("expired", "short-lived"))
    (problem,) = found(cancelled)
    assert (problem.message_id, problem.params["days"]) == ("year-gone-cancelled", 2)
    (problem,) = found(known(tmp_path / "two", "okx", ledger_archive=EXPIRED))
    assert problem.message_id == "year-gone-file"
    (problem,) = found(known(tmp_path / "three", "kucoinfutures", position_history=EXPIRED))
    assert problem.message_id == "year-gone-for-good"


def test_an_account_that_is_known_by_files_alone_was_asked_for_nothing(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    with Archive(home.paths.archive_file) as archive:
        archive.account(Account("main", "kraken"))
    bring_in(home, tmp_path, since="2024-01-01", until="2025-01-01")
    assert found(home) == []
