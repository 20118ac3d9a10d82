"""The Snapshots page: its rules, and the page over a reading child that is made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.models.paged import PENDING, Rows
from app.ui.pages.page import PageName, Target
from app.ui.pages.snapshots.folder import Changes, with_changes
from app.ui.pages.snapshots.page import Snapshots
from app.ui.protocol import Told
from app.ui.reader import Answer
from app.ui.shown import Heading, RestoreAsked, RowShown
from app.ui.snapshots import (
    SnapshotRow,
    Totals,
    before,
    change_text,
    crumbs,
    line_shown,
    listed,
    top_folder,
)
from app.ui.tokens import Tone
from app.ui.window import MainWindow
from tests.ui import made_up
from tests.ui.pretend import PretendController, PretendReader
from tests.ui.situations import HOME, NOW, repository, situation, well

BOT = f"{HOME}/bots/trend-btc/user_data"


def row(number: int, when: datetime, host: str = "desk", *tags: str) -> SnapshotRow:
    return SnapshotRow(f"{number:064x}", when, host, tags, ("/home/me",), 5, 1, 1_000_000)


# --- rules -----------------------------------------------------------------------------------


def test_the_list_is_cut_by_day_week_and_month() -> None:
    spans = (0, 1, 3, 20, 400)
    rows = [row(n, NOW - timedelta(days=days)) for n, days in enumerate(spans)]
    shown = listed(rows, NOW, zone=UTC)
    said = [each.text for each in shown if isinstance(each, Heading)]
    assert said == ["Today", "Yesterday", "The last seven days", "November", "October 2025"]
    titles = [each.title for each in shown if isinstance(each, RowShown)]
    assert titles[0] == "12:18"
    assert titles[2] == "Sat 21 Nov, 12:18"


def test_a_snapshot_says_its_machine_what_it_added_and_its_own_tags() -> None:
    (_heading, shown) = listed([row(1, NOW, "desk", "pinned", "suspect", "before update")], NOW)
    assert isinstance(shown, RowShown)
    assert shown.about == "desk · +1.0 MB · before update"
    assert shown.pinned
    assert shown.chip is not None
    assert (shown.chip.text, shown.chip.tone) == ("Suspect", Tone.BAD)
    assert shown.spoken == "12:18, desk · +1.0 MB · before update, Suspect, pinned"


def test_a_snapshot_is_set_beside_the_one_before_it_of_the_same_machine() -> None:
    rows = [row(n, NOW - timedelta(hours=n), "desk" if n != 1 else "server") for n in range(4)]
    found = before(rows, rows[0])
    assert found is not None
    assert found.id == rows[2].id
    assert before(rows, rows[3]) is None


@pytest.mark.parametrize(
    ("paths", "top"),
    [
        (["/home/me/bots", "/home/me/charts"], "/home/me"), (["/home/me"], "/home/me"),
        (["/a/b", "/c"], "/"), ([], "/"), (["/a/bc", "/a/bd"], "/a"), (["C:/x"], "/"),
    ],
)  # fmt: skip
def test_browsing_begins_where_all_sources_are(paths: list[str], top: str) -> None:
    assert top_folder(paths) == top


def test_crumbs_lead_back_to_the_top() -> None:
    assert crumbs("/home/me") == [("home", "/home"), ("me", "/home/me")]
    assert crumbs("/") == []


def test_changes_have_a_sign_and_a_word() -> None:
    said = [change_text({"change": change}) for change in ("new", "changed", "gone", "same", "?")]
    assert said == ["+ new", "~ changed", "− gone", "same", ""]


def test_a_hidden_value_is_dots_and_says_whether_it_changed() -> None:
    line = {"mark": "~", "before": 3, "after": 4, "text": '"secret": "***",', "secret": True}
    shown = line_shown(line)
    assert (shown.number, shown.mark, shown.tone) == ("4", "~", Tone.WARN)
    assert shown.text == '"secret": "••••••••",'
    assert shown.note == "hidden, changed"
    assert line_shown({**line, "mark": " "}).note == "hidden, unchanged"


def test_totals_count_lines_and_secrets() -> None:
    total = Totals()
    for mark, secret in (("+", False), ("+", True), ("-", False), ("~", True), (" ", True)):
        total = total.and_row({"mark": mark, "secret": secret})
    assert (total.added, total.removed, total.secrets) == (2, 1, 2)
    assert [chip.spoken for chip in total.chips] == [
        "2 lines added", "1 line removed", "2 secrets changed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "count", "names"),
    [(0, 10, "abcxy"), (0, 4, "abcx"), (4, 4, "y"), (0, 3, "abc"), (3, 3, "xy")],
)
def test_what_is_gone_follows_the_last_page(start: int, count: int, names: str) -> None:
    there = [{"name": name} for name in "abc"[start : start + count]]
    changes = Changes("=+~", ({"name": "x"}, {"name": "y"}))
    came = with_changes(Rows(there, 3), start, count, changes)
    assert "".join(str(each["name"]) for each in came.rows) == names
    became = {"a": "same", "b": "new", "c": "changed", "x": "gone", "y": "gone"}
    assert all(each["change"] == became[str(each["name"])] for each in came.rows)
    assert came.total == 5


# --- the page --------------------------------------------------------------------------------


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication) -> MainWindow:
    return make(qtbot, qapp, made_up.answers)


def make(
    qtbot: QtBot, qapp: QApplication, answers: Callable[[Mapping[str, Any]], Sequence[Answer]]
) -> MainWindow:
    controller = PretendController(situation(well()), answers)
    window = MainWindow(controller, qapp.font(), lambda: False)
    qtbot.addWidget(window)
    window.show()
    controller.begin()
    window.go(Target(PageName.SNAPSHOTS))
    return window


def page_of(window: MainWindow) -> Snapshots:
    page = window.page
    assert isinstance(page, Snapshots)
    return page


def reader_of(window: MainWindow) -> PretendReader:
    reader = page_of(window).tools.reader
    assert isinstance(reader, PretendReader)
    return reader


def open_bot(window: MainWindow, qtbot: QtBot) -> Snapshots:
    page = page_of(window)
    qtbot.waitUntil(lambda: page._files.model.rowCount() > 0)
    page._open(BOT)
    qtbot.waitUntil(lambda: page._files.model.rowCount() == 7)
    return page


def choose(page: Snapshots, at: int, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: page._files.model.index(at, 0).data(PENDING) is None)
    page._files.table.selectRow(at)


def test_the_newest_snapshot_is_open_where_all_sources_are(
    window: MainWindow, qtbot: QtBot
) -> None:
    reader = reader_of(window)
    qtbot.waitUntil(lambda: any(each["do"] == "folder" for each in reader.asked))
    (asked,) = (each for each in reader.asked if each["do"] == "folder")
    assert asked["path"] == HOME
    assert asked["snapshot"] == f"{1:064x}"
    (asked,) = (each for each in reader.asked if each["do"] == "changes")
    assert asked["against"] == f"{3:064x}"  # the one between is the server's


def test_a_chosen_file_is_shown_beside_the_snapshot_before(
    window: MainWindow, qtbot: QtBot
) -> None:
    page = open_bot(window, qtbot)
    choose(page, 3, qtbot)
    qtbot.waitUntil(page._detail.lines.isVisible)
    asked = reader_of(window).asked[-1]
    assert asked["do"] == "compare"
    assert asked["path"] == f"{BOT}/config.json"
    assert asked["against"] == f"{3:064x}"
    assert page._detail._totals == Totals(2, 2, 1)


def test_what_is_gone_can_be_seen_but_not_restored(window: MainWindow, qtbot: QtBot) -> None:
    page = open_bot(window, qtbot)
    choose(page, 6, qtbot)
    assert page._files.model.row_at(6)["change"] == "gone"  # type: ignore[index]
    assert page._files.restore.accessibleName() == "Restore this folder…"


def test_restore_names_what_is_selected(window: MainWindow, qtbot: QtBot) -> None:
    page = open_bot(window, qtbot)
    choose(page, 3, qtbot)
    assert page._files.restore.accessibleName() == "Restore 1 file…"
    with qtbot.waitSignal(window.wanted) as wanted:
        qtbot.mouseClick(page._files.restore, Qt.MouseButton.LeftButton)
    assert wanted.args == [RestoreAsked(f"{1:064x}", (f"{BOT}/config.json",))]


def test_enter_opens_backspace_goes_up_and_alt_left_back(window: MainWindow, qtbot: QtBot) -> None:
    page = open_bot(window, qtbot)
    choose(page, 2, qtbot)
    qtbot.keyClick(page._files.table, Qt.Key.Key_Return)
    assert page._path == f"{BOT}/strategies"
    qtbot.keyClick(page._files.table, Qt.Key.Key_Backspace)
    assert page._path == BOT
    page.keys()["Alt+Left"]()
    assert page._path == f"{BOT}/strategies"
    page.keys()["Alt+Right"]()
    assert page._path == BOT


def test_one_machine_alone(window: MainWindow, qtbot: QtBot) -> None:
    page = open_bot(window, qtbot)
    page._choose_machine("vps-fra")
    assert {each.host for each in page._seen} == {"vps-fra"}
    assert page._snapshot == f"{2:064x}"


def test_the_arrows_pass_over_the_days(window: MainWindow, qtbot: QtBot) -> None:
    page = open_bot(window, qtbot)
    for _ in range(3):
        qtbot.keyClick(page._list.view, Qt.Key.Key_Down)
    assert page._snapshot == f"{4:064x}"  # yesterday's first, below its heading


def test_pin_asks_the_command_line(window: MainWindow, qtbot: QtBot) -> None:
    page = open_bot(window, qtbot)
    controller = page.tools.controller
    assert isinstance(controller, PretendController)
    controller.reports["pin"] = {"snapshot": {"id": f"{1:064x}"}}
    page.keys()["Ctrl+P"]()
    assert controller.told[-1] == (("pin", f"{1:064x}"), None)


def test_a_search_that_finds_nothing_says_so(window: MainWindow, qtbot: QtBot) -> None:
    page = open_bot(window, qtbot)
    reader = reader_of(window)
    page._find("trend")
    assert reader.asked[-1]["pattern"] == "*trend*"
    page._found._take(Answer(last={"found": 0}))
    assert page._found._empty.sentence.text() == "Nothing named “trend” in any snapshot."
    page._end_search()
    assert page._files.isVisible()


def test_what_was_found_opens_in_its_snapshot(window: MainWindow, qtbot: QtBot) -> None:
    page = open_bot(window, qtbot)
    page._find("config")
    found = {"path": f"{BOT}/config.json", "type": "file", "size": 3,
             "last": {"id": f"{4:064x}", "time": NOW.isoformat()}}  # fmt: skip
    page._found._take(Answer(rows=[found], more=True))
    page._found._take(Answer(last={"found": 1}))
    qtbot.waitUntil(lambda: page._found.model.row_at(0) is not None)
    page._found._open(page._found.model.index(0, 0))
    assert (page._snapshot, page._path) == (f"{4:064x}", BOT)
    assert page._detail._path == f"{BOT}/config.json"


def test_a_locked_keyring_is_said_where_the_list_would_be(qtbot: QtBot, qapp: QApplication) -> None:
    locked = Told("keyring-locked")
    window = make(qtbot, qapp, lambda _question: [Answer(error=locked)])
    page = page_of(window)
    said = page._detail._say.sentence
    qtbot.waitUntil(lambda: locked.sentence.title in said.text())


def test_no_snapshot_yet_offers_the_first_backup(qtbot: QtBot, qapp: QApplication) -> None:
    nothing = Answer(last={"rows": [], "total": 0, "next": None})
    window = make(qtbot, qapp, lambda _question: [nothing])
    page = page_of(window)
    qtbot.waitUntil(page._list._empty.isVisible)
    assert page._list._empty.button is not None


def test_a_new_snapshot_is_listed_when_the_status_tells_of_it(
    window: MainWindow, qtbot: QtBot
) -> None:
    page = open_bot(window, qtbot)
    reader = reader_of(window)
    asked = len(reader.asked)
    controller = page.tools.controller
    assert isinstance(controller, PretendController)
    controller.show(situation(well(repository=repository(snapshots=215))))
    assert [each["do"] for each in reader.asked[asked:]] == ["snapshots"]


def test_what_was_chosen_stays_when_the_appearance_changes(
    window: MainWindow, qtbot: QtBot
) -> None:
    page = open_bot(window, qtbot)
    page._choose(f"{4:064x}")
    window.dress()
    again = page_of(window)
    assert again is not page
    qtbot.waitUntil(lambda: again._files.model.rowCount() == 7)
    assert (again._snapshot, again._path) == (f"{4:064x}", BOT)
