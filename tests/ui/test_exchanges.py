"""The Exchanges page: its rules, and the page over a reading child that is made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.ui import exchanges
from app.ui.exchange_chips import coverage_chip
from app.ui.exchange_tables import market, signed, tables
from app.ui.look import make_look
from app.ui.models.paged import PENDING
from app.ui.pages.exchanges.dialogs import Export
from app.ui.pages.exchanges.importing import ImportTable, guessed, headings
from app.ui.pages.exchanges.page import Exchanges
from app.ui.pages.page import PageName, Target
from app.ui.painted import CellState
from app.ui.reader import Answer
from app.ui.report import Exchange, Rights, Source, Status
from app.ui.shown import SourceShown
from app.ui.things import protected_rows
from app.ui.tokens import Size, Space, Tone
from app.ui.widgets.account_form import AccountForm
from app.ui.window import MainWindow
from tests.ui import made_up_exchanges as made_up
from tests.ui.pretend import PretendController, PretendReader
from tests.ui.situations import NOW, situation, well

LAST = NOW - timedelta(minutes=14)
ACCOUNT = exchanges.Account("main", "binanceusdm", fills=3, last_pull=LAST, fetched=LAST)


def coverage(*days: str, kind: str = "fills") -> exchanges.Coverage:
    return exchanges.Coverage("main", 20_000, (exchanges.KindRow(kind, days),))


# --- rules -----------------------------------------------------------------------------------


def chip(account: exchanges.Account, *stretches: exchanges.Stretch) -> str:
    known = exchanges.Coverage("main", 0, (), stretches)
    shown = exchanges.account_shown(account, known, NOW)
    return shown.chips[-1].text


def test_the_worst_of_an_account_is_its_chip() -> None:
    soon = exchanges.Stretch("funding", 1, 2, "expiring", NOW + timedelta(days=9, hours=1))
    gone = exchanges.Stretch("orders", 1, 2, "missing")
    unsure = exchanges.Stretch("fills", 1, 2, "unproven")
    assert chip(ACCOUNT) == "Complete"
    assert chip(ACCOUNT, unsure) == "Not proven complete"
    assert chip(ACCOUNT, gone, unsure) == "Days missing"
    assert chip(ACCOUNT, gone, soon) == "Expires in 9 days"
    assert chip(exchanges.Account("main")) == "Waiting"


def test_an_account_whose_key_may_not_read_all_is_not_complete() -> None:
    assert chip(ACCOUNT, exchanges.Stretch("ledger", 1, 2, "denied")) == "Not all may be read"


def overview(**fields: Any) -> SourceShown:
    account = Exchange("main", "bybit", last_pull=LAST, fetched=LAST, coverage="complete")
    status = Status(exchanges=(msgspec.structs.replace(account, **fields),))
    (row,) = protected_rows(status, NOW, "/home/a")
    return row


def test_accounts_stand_among_what_is_protected() -> None:
    assert overview().about == "Bybit · fetched today, 12:04"
    assert overview().chip.text == "Complete"
    assert overview(last_pull=None, coverage=None).chip.text == "Waiting"
    assert overview(coverage=None).chip.text == "Not known"
    soon = NOW + timedelta(days=9, hours=1)
    assert overview(coverage="expiring", expires=soon).chip.text == "Expires in 9 days"


def test_an_account_with_a_gap_at_the_exchange_is_not_called_complete() -> None:
    assert chip(ACCOUNT, exchanges.Stretch("fills", 1, 2, "gap")) == "Gap at the exchange"
    assert overview(coverage="gap").chip.text == "Gap at the exchange"


def test_a_failed_fetch_is_not_the_time_of_the_last_one_that_succeeded() -> None:
    row = overview(last_pull=NOW, outcome="stopped")
    assert (row.about, row.chip.text) == ("Bybit · fetched today, 12:04", "Last fetch failed")
    assert overview(outcome="failed", fetched=None).about == "Bybit · never fetched"
    failed = msgspec.structs.replace(ACCOUNT, last_pull=NOW, outcome="failed")
    assert exchanges.fetched(failed, NOW) == "Fetched today, 12:04"
    never = msgspec.structs.replace(failed, fetched=None)
    assert exchanges.fetched(never, NOW) == ""
    assert "never fetched" in exchanges.account_shown(never, None, NOW).about


def test_a_key_that_can_trade_is_said_before_a_gap() -> None:
    assert overview(rights=Rights(trade=True), coverage="missing").chip.text == "Key can trade"
    assert overview(rights=Rights()).chip.text == "Complete"


def test_an_account_that_needs_a_person_stands_above_bots_that_do_not() -> None:
    gap = Exchange("main", last_pull=NOW, coverage="missing")
    fine = Source("bot", "bot", last_captured=NOW)
    status = Status(exchanges=(Exchange("well", last_pull=NOW, coverage="complete"), gap),
                    sources=(fine,))  # fmt: skip
    assert [row.name for row in protected_rows(status, NOW, "")] == ["main", "well", "bot"]


def test_green_is_spent_on_what_was_checked_only() -> None:
    shown = exchanges.account_shown(ACCOUNT, None, NOW)
    assert shown.chips == ()
    assert shown.about == "Binance USD-M futures · 3 fills"
    assert exchanges.fetched(ACCOUNT, NOW) == "Fetched today, 12:04"


def test_the_calendar_has_a_state_for_each_day_and_a_note_where_that_is_not_all() -> None:
    days = ("before", "saved", "empty", "missing", "expiring", "gap", "expired", "unproven")
    shown = exchanges.calendar(coverage(*days), NOW)
    (row,) = shown.rows
    assert row.states == (
        CellState.UNKNOWN, CellState.SAVED, CellState.EMPTY, CellState.MISSING,
        CellState.EXPIRING, CellState.GAP, CellState.GAP, CellState.SAVED,
    )  # fmt: skip
    assert dict(row.notes).keys() == {6, 7}
    assert shown.days[0].isoformat() == "2024-10-04"


def test_what_expires_first_is_first_and_says_when() -> None:
    day = exchanges.day_number(NOW) - 20
    late = exchanges.Stretch("orders", day, day + 1, "missing")
    soon = exchanges.Stretch("funding", day, day + 2, "expiring", NOW + timedelta(days=9))
    known = exchanges.Coverage("main", 0, (), (late, soon))
    first, second = exchanges.needs(known, "binanceusdm", NOW)
    assert first.title == "Funding, 4 Nov to 5 Nov: not saved yet"
    assert first.hint.startswith("Binance USD-M futures deletes it from 3 Dec on, in 9 days.")
    assert second.title == "Orders, 4 Nov: missing"
    assert (first.tone, second.tone) == (Tone.WARN, Tone.BAD)


def test_gains_and_losses_have_their_sign() -> None:
    assert [signed(Decimal(x)) for x in ("12.40", "-12.40", "0")] == ["+12.40", "−12.40", "0"]


@pytest.mark.parametrize(
    ("symbol", "said"),
    [("BTC/USDT:USDT", "BTC/USDT perp"), ("BTC/USDT", "BTC/USDT"),
     ("BTC/USD:BTC-260327", "BTC/USD 260327"), (None, "OLDUSDT")],
)  # fmt: skip
def test_markets_as_traders_say_them(symbol: str | None, said: str) -> None:
    assert market({"symbol": symbol, "market_id": "OLDUSDT"}) == said


def test_rows_are_said_with_the_numbers_of_the_exchange() -> None:
    fills, orders, funding, ledger = tables(NOW)
    when = int(datetime(2026, 11, 24, 11, 58, tzinfo=UTC).timestamp() * 1000)
    row = {"symbol": "BTC/USDT:USDT", "timestamp": when, "side": "sell", "price": "96412.50",
           "amount": "0.0420", "fee_cost": "0.01", "fee_currency": "USDT"}  # fmt: skip
    said = [column.show(row) for column in fills.columns]
    assert said == ["BTC/USDT perp", "24 Nov 11:58", "Sell", "96,412.50", "0.0420", "0.01 USDT"]
    paid = {"type": "fee", "amount": "1.5", "direction": "out", "currency": "USDT"}
    assert [column.show(paid) for column in ledger.columns][2] == "−1.5"
    assert ledger.columns[2].tone(paid) is Tone.BAD  # type: ignore[misc]
    assert [column.show({"filled": "1", "amount": "2"}) for column in orders.columns][5] == "1 / 2"
    assert funding.columns[2].show({"amount": "0.00000001"}) == "+0.00000001"


def test_whether_it_adds_up_is_told_with_amounts() -> None:
    told, found = exchanges.reconciled({"compared": {"ledger": 3}, "mismatches": []})
    assert (told.text, told.tone, found) == ("3 comparisons agree", Tone.OK, [])
    mismatch = {"question": "ledger", "of": "USDT", "expected": "10.5", "found": "9"}
    told, found = exchanges.reconciled({"compared": {}, "mismatches": [mismatch]})
    assert found == ["Balance against the ledger, USDT: 9 instead of 10.5"]


@pytest.mark.parametrize(
    ("rights", "tone"),
    [(None, Tone.CALM), ({"trade": False, "withdraw": False}, Tone.OK),
     ({"trade": True}, Tone.BAD), ({"withdraw": True}, Tone.BAD)],
)  # fmt: skip
def test_what_a_key_may_do_is_said(rights: object, tone: Tone) -> None:
    assert exchanges.rights_words(rights)[1] is tone


def test_what_a_key_may_do_is_a_chip_only_where_the_exchange_told() -> None:
    def chips(rights: exchanges.Rights | None) -> list[tuple[str, Tone]]:
        account = msgspec.structs.replace(ACCOUNT, rights=rights)
        return [(c.text, c.tone) for c in exchanges.account_shown(account, None, NOW).chips]

    assert chips(None) == []
    assert chips(exchanges.Rights()) == [("Read-only", Tone.CALM)]
    assert chips(exchanges.Rights(trade=True)) == [("Key can trade", Tone.BAD)]
    assert chips(exchanges.Rights(trade=True, withdraw=True)) == [("Key can withdraw", Tone.BAD)]


# --- the page --------------------------------------------------------------------------------


@pytest.fixture
def controller() -> PretendController:
    return PretendController(situation(well()), made_up.answers)


@pytest.fixture
def page(controller: PretendController, qtbot: QtBot, qapp: QApplication) -> Exchanges:
    window = MainWindow(controller, qapp.font(), lambda: False)
    qtbot.addWidget(window)
    window.show()
    controller.begin()
    window.go(Target(PageName.EXCHANGES))
    made = window.page
    assert isinstance(made, Exchanges)
    qtbot.waitUntil(lambda: made._history.model.rowCount() > 0)
    return made


def asked(page: Exchanges, do: str) -> list[dict[str, object]]:
    reader = page.tools.archive
    assert isinstance(reader, PretendReader)
    return [dict(each) for each in reader.asked if each["do"] == do]


def test_the_first_account_is_shown_with_all_of_it(page: Exchanges) -> None:
    assert page._name == "Binance"
    assert {each["what"] for each in asked(page, "series")} == {"value", "funding"}
    assert page._history.model.rowCount() == 48_212
    assert page._cover._list.count() == 4  # two lines, two rows
    assert page._cover._told.accessibleName() == "Fetched today, 12:04"


def test_another_account_is_chosen_by_its_card(page: Exchanges, qtbot: QtBot) -> None:
    (card,) = (each for each in page._cards._group.buttons() if each.objectName() == "Bybit")
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert page._name == "Bybit"
    assert card.isChecked()
    qtbot.waitUntil(lambda: asked(page, "rows")[-1]["account"] == "Bybit")
    assert page._cover._list.count() == 0


def test_a_header_sorts_and_sorts_back(page: Exchanges, qtbot: QtBot) -> None:
    header = page._history.table.horizontalHeader()
    header.sectionClicked.emit(3)
    qtbot.waitUntil(lambda: asked(page, "rows")[-1]["order"] == "price")
    assert asked(page, "rows")[-1]["descending"] is True
    header.sectionClicked.emit(3)
    qtbot.waitUntil(lambda: asked(page, "rows")[-1]["descending"] is False)


def test_no_side_and_no_number_is_cut(page: Exchanges) -> None:
    page.window().resize(1180, 780)
    page._history._fit()
    shown = page._history._shown.columns
    for column in range(1, len(shown)):
        if page._history.table.isColumnHidden(column):
            continue
        room = page._history.table.columnWidth(column) - 2 * Space.MEDIUM
        if shown[column].icon is not None:
            room -= Size.ICON_BUTTON + Space.SMALL
        for said in ("Buy", "Sell") if shown[column].title == "Side" else ("96,412.50",):
            assert QFontMetrics(page._history.table.font()).horizontalAdvance(said) <= room, said


def test_a_filter_asks_anew(page: Exchanges, qtbot: QtBot) -> None:
    qtbot.keyClicks(page._history.filter, "eth")
    qtbot.waitUntil(lambda: asked(page, "rows")[-1]["text"] == "eth")


def test_a_row_far_down_is_fetched_when_it_is_looked_at(page: Exchanges, qtbot: QtBot) -> None:
    index = page._history.model.index(40_000, 0)
    assert index.data(PENDING)
    qtbot.waitUntil(lambda: not index.data(PENDING))
    assert asked(page, "rows")[-1]["start"] == 40_000


def test_fetch_now_pulls_that_account(page: Exchanges, controller: PretendController) -> None:
    page._fetch()
    assert controller.ran == [(("pull", "Binance"), "pull")]


def test_without_an_account_there_is_one_thing_to_do(qtbot: QtBot, qapp: QApplication) -> None:
    controller = PretendController(
        situation(well()), lambda _question: [Answer(last={"accounts": []})]
    )
    window = MainWindow(controller, qapp.font(), lambda: False)
    qtbot.addWidget(window)
    window.show()
    controller.begin()
    window.go(Target(PageName.EXCHANGES))
    made = window.page
    assert isinstance(made, Exchanges)
    qtbot.waitUntil(made._empty.isVisible)
    assert not made._inside.isVisible()


def test_an_export_says_everything_to_the_command_line(
    page: Exchanges, controller: PretendController, qtbot: QtBot
) -> None:
    dialog = Export(page.tools, page.window(), "Binance", "ledger")
    qtbot.addWidget(dialog)
    controller.reports["export"] = {"rows": 12}
    dialog.whole.click()
    dialog.export_to("/tmp/x.csv")
    (command, _secret) = controller.told[-1]
    assert command[:6] == ("export", "ledger", "--format", "csv", "--account", "Binance")
    assert {"--from", "--to", "--out"} <= set(command)
    qtbot.waitUntil(lambda: dialog.trouble.text() == "12 rows exported.")


# --- a table of the user's -------------------------------------------------------------------


def test_headings_are_found_and_guessed(tmp_path: Path) -> None:
    file = tmp_path / "fills.csv"
    file.write_text('\ufeffDate(UTC);Pair;Side;Price;Executed;"Fee";Fee Coin\n1;2;3;4;5;6;7\n')
    names = headings(file)
    assert names == ["Date(UTC)", "Pair", "Side", "Price", "Executed", "Fee", "Fee Coin"]
    assert guessed(names) == {
        "datetime": "Date(UTC)", "symbol": "Pair", "side": "Side", "price": "Price",
        "amount": "Executed", "fee_cost": "Fee", "fee_currency": "Fee Coin", "id": "",
    }  # fmt: skip
    assert headings(tmp_path / "nothing") == []


def test_an_import_names_the_columns_that_differ(
    page: Exchanges, controller: PretendController, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "fills.csv"
    file.write_text("datetime,Pair,side,price,amount\n")
    dialog = ImportTable(page.tools, page.window(), "Binance")
    qtbot.addWidget(dialog)
    dialog.file.setText(str(file))
    dialog._read()
    dialog._import()
    command = controller.told[-1][0]
    assert command == (
        "import", "csv", str(file), "--account", "Binance", "--column", "Pair=symbol",
    )  # fmt: skip
    dialog.since.setText("2024-01-01")
    dialog.until.setText(" 2025-01-01 ")
    dialog._import()
    assert controller.told[-1][0] == (*command, "--from", "2024-01-01", "--to", "2025-01-01")


# --- connecting an account -------------------------------------------------------------------


@pytest.fixture
def form(controller: PretendController, qtbot: QtBot, qapp: QApplication) -> AccountForm:
    controller.reports["exchange"] = {
        "needs": ["apiKey", "secret", "password"], "verified": True, "name": "main",
    }  # fmt: skip
    made = AccountForm(make_look(qapp.font(), 1.0, dark=False), controller, lambda _name: None)
    qtbot.addWidget(made)
    made.show()
    made.begin("okx")
    qtbot.waitUntil(lambda: len(made._secrets) == 3)
    return made


def test_a_form_asks_for_what_a_key_of_that_exchange_consists_of(form: AccountForm) -> None:
    assert [made.accessibleName() for made in form._secrets.values()] == [
        "API key", "Secret", "Passphrase of the key",
    ]  # fmt: skip
    assert all(made.echoMode() is QLineEdit.EchoMode.Password for made in form._secrets.values())


def test_a_key_goes_through_the_pipe_and_is_forgotten(
    form: AccountForm, controller: PretendController
) -> None:
    form.name.setText("main")
    for made in form._secrets.values():
        made.setText("hunter2")
    assert form.connect_account()
    command, secret = controller.told[-1]
    assert command == ("exchange", "add", "main", "--exchange", "okx", "--credentials-stdin")
    assert secret is not None
    assert "hunter2" in secret.reveal()
    assert "hunter2" not in repr(secret) + " ".join(command)
    assert [made.text() for made in form._secrets.values()] == ["", "", ""]


def test_what_is_missing_gets_the_focus_and_nothing_is_asked(
    form: AccountForm, controller: PretendController
) -> None:
    asked_before = len(controller.told)
    assert not form.connect_account()
    assert form.missing() is form.name
    assert len(controller.told) == asked_before


@pytest.mark.parametrize("outcome", ["failed", "stopped"])
def test_an_account_that_was_not_answered_is_not_called_complete(outcome: str) -> None:
    chip = coverage_chip(NOW, outcome, {"complete"}, None, NOW)
    assert chip is not None
    assert (chip.text, chip.tone) == ("Last fetch failed", Tone.BAD)
    well = coverage_chip(NOW, "done", {"complete"}, None, NOW)
    assert well is not None
    assert well.text == "Complete"
