"""Plots, the calendar and the timeline: what they say, keys, items for a screen reader, speed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.ui.look import Look, make_look
from app.ui.painted import CalendarShown, CellState, PlotShown, Point, SeriesShown, cell_in_words
from app.ui.widgets.calendar import Calendar
from app.ui.widgets.items import Painted
from app.ui.widgets.legend import Legend
from app.ui.widgets.plot import Plot
from app.ui.widgets.plot_panel import PlotPanel
from app.ui.widgets.timeline import Timeline
from tests.ui.painted_data import NOW, account_value, added, coverage, snapshots

# Eight milliseconds on a machine of its own; a busy one is not to fail a test.
_PAINTS_IN = 0.008 * 4
Shown = Callable[[Painted], Painted]


@pytest.fixture
def look(qapp: QApplication) -> Look:
    return make_look(qapp.font(), 1.0, dark=False)


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    def show(widget: Painted) -> Painted:
        qtbot.addWidget(widget)
        widget.resize(800, 300)
        widget.show()
        return widget

    return show


def press(qtbot: QtBot, widget: QWidget, *keys: Qt.Key) -> None:
    for key in keys:
        qtbot.keyClick(widget, key)


# --- plots ------------------------------------------------------------------------------------


def test_arrow_keys_say_the_values_of_a_plot(qtbot: QtBot, look: Look, shown: Shown) -> None:
    plot = shown(Plot(look, account_value(90, 2)))
    press(qtbot, plot, Qt.Key.Key_Left)
    assert plot.accessibleDescription() == "Binance, 24 Nov: 47,740.78"
    press(qtbot, plot, Qt.Key.Key_Left, Qt.Key.Key_Down)
    assert plot.accessibleDescription().startswith("Bybit, 23 Nov: ")
    press(qtbot, plot, Qt.Key.Key_Home)
    assert plot.accessibleDescription().startswith("Bybit, 27 Aug: ")


def test_the_pointer_finds_the_nearest_point(qtbot: QtBot, look: Look, shown: Shown) -> None:
    plot = shown(Plot(look, account_value()))
    there = plot.item_rect(40).center()
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=there)
    assert plot.chosen == 40


def test_a_gap_is_not_bridged(look: Look, shown: Shown) -> None:
    plot = shown(Plot(look, account_value(gap=True)))
    picture = plot.grab().toImage()
    before, after = plot.item_rect(44).center().x(), plot.item_rect(51).center().x()
    column = range(before + 4, after - 4)
    assert column
    assert not _ink(picture, look, QRect(column[0], 0, len(column), 280))


def test_a_line_without_gap_has_ink_everywhere(look: Look, shown: Shown) -> None:
    plot = shown(Plot(look, account_value()))
    picture = plot.grab().toImage()
    before, after = plot.item_rect(44).center().x(), plot.item_rect(51).center().x()
    assert _ink(picture, look, QRect(before + 4, 0, after - before - 8, 280))


def _ink(picture: QImage, look: Look, where: QRect) -> bool:
    """Whether the first series' colour is in a part of a picture."""
    colour = look.palette.series[0].lower()
    return any(
        picture.pixelColor(x, y).name() == colour
        for x in range(where.left(), where.right() + 1)
        for y in range(where.top(), where.bottom() + 1)
    )


def test_bars_stand_on_zero(look: Look, shown: Shown) -> None:
    plot = shown(Plot(look, added()))
    bottoms = {plot.item_rect(item).bottom() for item in range(plot.item_count())}
    assert max(bottoms) - min(bottoms) <= 1


def test_more_than_four_series_are_refused() -> None:
    series = SeriesShown("x", (Point(NOW, Decimal(1)),))
    with pytest.raises(ValueError, match="5 series"):
        PlotShown("x", (series,) * 5, NOW)


@pytest.mark.parametrize("values", [(), (None,), (None, None), ("5",), ("0", "0"), ("-3", "-3")])
def test_few_values_are_drawn_too(
    look: Look, shown: Shown, qtbot: QtBot, values: tuple[str | None, ...]
) -> None:
    points = tuple(
        Point(NOW - timedelta(days=n), None if value is None else Decimal(value))
        for n, value in reversed(tuple(enumerate(values)))
    )
    series = (SeriesShown("x", points),)
    for plot in (PlotShown("x", series, NOW), replace(added(), series=series)):
        widget = shown(Plot(look, plot))
        press(qtbot, widget, Qt.Key.Key_Left, Qt.Key.Key_Down)
        widget.grab()


def test_a_plot_is_a_table_too(qtbot: QtBot, look: Look) -> None:
    panel = PlotPanel(look, account_value(90, 2))
    qtbot.addWidget(panel)
    panel.resize(600, 300)
    panel.show()
    panel.plot.setFocus()
    qtbot.waitUntil(panel.plot.hasFocus)
    press_ctrl_t(qtbot, panel.plot)
    table = panel.table
    assert table is not None and panel.pages.currentWidget() is table
    model = table.model()
    heads = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]
    assert heads == ["When", "Binance", "Bybit"]
    assert model.rowCount() == 90
    assert model.index(0, 0).data() == "24 Nov"
    assert model.index(0, 1).data() == "47,740.78"
    qtbot.waitUntil(table.hasFocus)
    press_ctrl_t(qtbot, table)
    assert panel.pages.currentWidget() is panel.plot


def press_ctrl_t(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.keyClick(widget, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)


# --- the calendar -----------------------------------------------------------------------------


def test_a_cell_is_said_in_words() -> None:
    calendar = coverage()
    assert cell_in_words(calendar, 2, 8) == "Funding, 4 Sept: not saved yet, expires on 8 Dec"
    assert cell_in_words(calendar, 3, 37) == "Ledger, 3 Oct: a gap at the exchange"


def test_arrows_move_the_chosen_cell(qtbot: QtBot, look: Look, shown: Shown) -> None:
    calendar = Calendar(look, coverage())
    told: list[str] = []
    calendar.told.connect(told.append)
    shown(calendar)
    keys = (Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_Up)
    press(qtbot, calendar, *keys, Qt.Key.Key_Up)
    starts = [sentence.split(":")[0] for sentence in told]
    assert starts == [
        "Fills, 24 Nov", "Fills, 23 Nov", "Orders, 23 Nov", "Orders, 27 Aug", "Fills, 27 Aug",
        "Fills, 27 Aug",
    ]  # fmt: skip


def test_a_click_chooses_the_cell_below_it(qtbot: QtBot, look: Look, shown: Shown) -> None:
    calendar = shown(Calendar(look, coverage()))
    item = 3 * 90 + 37
    qtbot.mouseClick(calendar, Qt.MouseButton.LeftButton, pos=calendar.item_rect(item).center())
    assert calendar.chosen == item


def test_a_row_that_misses_a_day_is_refused() -> None:
    good = coverage()
    short = replace(good.rows[0], states=good.rows[0].states[1:])
    with pytest.raises(ValueError, match="each day"):
        CalendarShown((short,), good.days, NOW)


def test_states_differ_without_colour(look: Look, shown: Shown) -> None:
    """In shades of grey each state has a shape of its own."""
    calendar = coverage(6, 1)
    states = (
        CellState.SAVED, CellState.EMPTY, CellState.MISSING,
        CellState.EXPIRING, CellState.GAP, CellState.UNKNOWN,
    )  # fmt: skip
    row = replace(calendar.rows[0], states=states)
    widget = shown(Calendar(look, replace(calendar, rows=(row,))))
    picture = widget.grab().toImage()
    seen = set()
    for item in range(6):
        cell = picture.copy(widget.item_rect(item))
        every = [cell.pixelColor(x, y) for x in range(cell.width()) for y in range(cell.height())]
        dark = sum(colour.lightness() <= 128 for colour in every)
        colours = {colour.rgb() for colour in every}
        seen.add((dark, len(colours) > 1))
    assert len(seen) >= 5


def test_the_legend_names_what_occurs(qtbot: QtBot, look: Look) -> None:
    legend = Legend(look, coverage())
    qtbot.addWidget(legend)
    assert legend.accessibleName() == (
        "Saved, Checked, nothing there, Missing, Expires soon, not saved, Gap at the exchange"
    )
    assert legend.heightForWidth(200) > legend.heightForWidth(900)


# --- the timeline -----------------------------------------------------------------------------


def test_keys_choose_snapshots(qtbot: QtBot, look: Look, shown: Shown) -> None:
    timeline = Timeline(look, snapshots())
    told: list[str] = []
    timeline.chosen_id.connect(told.append)
    shown(timeline)
    assert timeline.accessibleDescription() == "desk, 22 Nov 18:18, +438 MB"
    press(qtbot, timeline, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Home)
    assert told == ["d31", "d32", "s15", "s0"]


def test_a_pinned_snapshot_says_so(look: Look, shown: Shown) -> None:
    timeline = shown(Timeline(look, snapshots()))
    assert timeline.item_name(6) == "desk, 12 Aug 12:18, pinned, +438 MB"


def test_a_click_chooses_a_snapshot(qtbot: QtBot, look: Look, shown: Shown) -> None:
    timeline = shown(Timeline(look, snapshots()))
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=timeline.item_rect(3).center())
    assert timeline.chosen == 3
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(2, 200))
    assert timeline.chosen == 3


# --- items for a screen reader ----------------------------------------------------------------

_NAME = QAccessible.Text.Name


def test_every_cell_has_a_name_for_a_screen_reader(look: Look, shown: Shown) -> None:
    calendar = shown(Calendar(look, coverage()))
    whole = QAccessible.queryAccessibleInterface(calendar)
    assert whole.text(_NAME) == "Coverage by day"
    assert whole.role() is QAccessible.Role.List
    assert whole.childCount() == 8 * 90
    item = whole.child(2 * 90 + 8)
    assert item.text(_NAME) == "Funding, 4 Sept: not saved yet, expires on 8 Dec"
    assert item.role() is QAccessible.Role.ListItem
    assert whole.indexOfChild(item) == 2 * 90 + 8
    middle = item.rect().center()
    assert whole.childAt(middle.x(), middle.y()).text(_NAME) == item.text(_NAME)


def test_every_point_and_snapshot_has_a_name_for_a_screen_reader(look: Look, shown: Shown) -> None:
    for widget in (Plot(look, account_value(20, 2)), Timeline(look, snapshots())):
        shown(widget)
        whole = QAccessible.queryAccessibleInterface(widget)
        count = whole.childCount()
        assert count == widget.item_count() > 20
        names = [whole.child(item).text(_NAME) for item in range(count)]
        assert all(names) and len(set(names)) == count


def test_items_end_with_their_widget(look: Look, qapp: QApplication) -> None:
    """Qt's cache of accessible objects and Python's must not both end them."""
    for _ in range(20):
        calendar = Calendar(look, coverage(60, 2))
        whole = QAccessible.queryAccessibleInterface(calendar)
        ids = [QAccessible.uniqueId(whole.child(item)) for item in range(120)]
        assert len(set(ids)) == 120
        calendar.deleteLater()
        qapp.sendPostedEvents(calendar, QEvent.Type.DeferredDelete)
        assert not isValid(calendar)
    qapp.processEvents()


# --- speed ------------------------------------------------------------------------------------


def _painting(widget: QWidget) -> float:
    """Seconds that a repaint takes, the median of several."""
    picture = QImage(widget.size(), QImage.Format.Format_ARGB32_Premultiplied)
    taken = []
    for _ in range(9):
        before = time.perf_counter()
        widget.render(picture)
        taken.append(time.perf_counter() - before)
    return statistics.median(taken)


def test_ten_thousand_points_paint_at_once(look: Look, shown: Shown) -> None:
    plot = shown(Plot(look, account_value(10_000)))
    assert _painting(plot) < _PAINTS_IN


@pytest.mark.parametrize("days", [90, 400])
def test_a_year_of_streams_paints_at_once(look: Look, shown: Shown, days: int) -> None:
    calendar = shown(Calendar(look, coverage(days, 12)))
    assert _painting(calendar) < _PAINTS_IN


def test_five_thousand_snapshots_paint_at_once(look: Look, shown: Shown) -> None:
    timeline = shown(Timeline(look, snapshots(per_day=200)))
    assert _painting(timeline) < _PAINTS_IN
