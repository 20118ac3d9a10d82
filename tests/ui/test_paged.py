"""Rows that come in pages as they are looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from app.ui.models.paged import PENDING, Column, PagedModel, Row, Rows
from app.ui.protocol import Told

COLUMNS = (Column("N", lambda row: str(row["n"]), right=True), Column("Name", lambda _row: "x"))
Then = Callable[[Rows], None]


class Source:
    """Answers when it is told to."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.asked: list[tuple[int, int, Then]] = []

    def fetch(self, start: int, count: int, then: Then) -> None:
        self.asked.append((start, count, then))

    def answer(self) -> None:
        asked, self.asked = self.asked, []
        for start, count, then in asked:
            rows: list[Row] = [{"n": n} for n in range(start, min(start + count, self.total))]
            then(Rows(rows, self.total))


@pytest.fixture
def model(qapp: object) -> PagedModel:
    return PagedModel(COLUMNS, page=10)


def shown(model: PagedModel, source: Source, qtbot: QtBot) -> None:
    model.show(source.fetch)
    qtbot.waitUntil(lambda: bool(source.asked), timeout=5000)
    source.answer()


def test_the_first_page_tells_the_true_length(model: PagedModel, qtbot: QtBot) -> None:
    source = Source(1_000_000)
    with qtbot.waitSignal(model.counted, timeout=5000) as counted:
        shown(model, source, qtbot)
    assert counted.args == [1_000_000]
    assert model.rowCount() == 1_000_000
    assert model.data(model.index(3, 0)) == "3"


def test_a_row_far_away_is_pending_and_then_there(model: PagedModel, qtbot: QtBot) -> None:
    source = Source(1_000)
    shown(model, source, qtbot)
    index = model.index(765, 0)
    assert (model.data(index), model.data(index, PENDING)) == (None, True)
    qtbot.waitUntil(lambda: bool(source.asked), timeout=5000)
    assert [(start, count) for start, count, _then in source.asked] == [(760, 10)]
    with qtbot.waitSignal(model.dataChanged, timeout=5000):
        source.answer()
    assert (model.data(index), model.data(index, PENDING)) == ("765", None)


def test_a_page_is_asked_for_once_and_the_last_wanted_first(
    model: PagedModel, qtbot: QtBot
) -> None:
    source = Source(1_000)
    shown(model, source, qtbot)
    for row in (100, 101, 500, 109, 503):
        model.data(model.index(row, 0))
    qtbot.waitUntil(lambda: len(source.asked) == 2, timeout=5000)
    assert [start for start, _count, _then in source.asked] == [500, 100]


def test_an_answer_to_an_older_question_is_not_shown(model: PagedModel, qtbot: QtBot) -> None:
    old, new = Source(50), Source(7)
    model.show(old.fetch)
    qtbot.waitUntil(lambda: bool(old.asked), timeout=5000)
    shown(model, new, qtbot)
    old.answer()
    assert model.rowCount() == 7


def test_memory_stays_bounded_over_a_million_rows(model: PagedModel, qtbot: QtBot) -> None:
    source = Source(1_000_000)
    shown(model, source, qtbot)
    for row in range(0, 2_000, 10):
        model.data(model.index(row, 0))
        qtbot.waitUntil(lambda: bool(source.asked) or model.row_at(row) is not None)  # noqa: B023
        source.answer()
    assert sum(model.row_at(row) is not None for row in range(2_000)) == 500


def test_what_cannot_be_read_is_told_and_asked_again_when_looked_at(
    model: PagedModel, qtbot: QtBot
) -> None:
    source = Source(30)
    shown(model, source, qtbot)
    model.data(model.index(25, 0))
    qtbot.waitUntil(lambda: bool(source.asked), timeout=5000)
    with qtbot.waitSignal(model.failed, timeout=5000):
        source.asked.pop()[2](Rows(error=Told("window-reader-gone")))
    model.data(model.index(25, 0))
    qtbot.waitUntil(lambda: bool(source.asked), timeout=5000)
    source.answer()
    assert model.data(model.index(25, 0)) == "25"


def test_rows_that_went_meanwhile_go(model: PagedModel, qtbot: QtBot) -> None:
    source = Source(30)
    shown(model, source, qtbot)
    source.total = 12
    model.data(model.index(15, 0))
    qtbot.waitUntil(lambda: bool(source.asked), timeout=5000)
    source.answer()
    assert model.rowCount() == 12


def test_numbers_stand_right_like_their_header(model: PagedModel) -> None:
    role = Qt.ItemDataRole.TextAlignmentRole
    for column, side in ((0, Qt.AlignmentFlag.AlignRight), (1, Qt.AlignmentFlag.AlignLeft)):
        assert model.headerData(column, Qt.Orientation.Horizontal, role) & side


def test_qt_finds_the_model_sound(
    model: PagedModel, qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    shown(model, Source(25), qtbot)
    qtmodeltester.check(model, force_py=True)
