"""`python -m tests.ui.painted_pictures`: what is painted, light and dark, into
build/screenshots. QT_SCALE_FACTOR=2 (or 1.5) draws them at that scale."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from app.ui.look import make_look
from app.ui.style import qt_palette, style_sheet
from app.ui.widgets.basic import Card, column_of, text
from app.ui.widgets.calendar import Calendar
from app.ui.widgets.legend import Legend
from app.ui.widgets.plot_panel import PlotPanel
from app.ui.widgets.timeline import Timeline
from tests.ui.painted_data import account_value, added, coverage, snapshots
from tests.ui.screenshots import FOLDER, _font, settle


def _sheet(application: QApplication, *, dark: bool) -> QWidget:
    look = make_look(_font(application), application.devicePixelRatio(), dark=dark)
    sheet = QWidget()
    sheet.setObjectName("page")
    sheet.setStyleSheet(style_sheet(look.palette))
    sheet.setPalette(qt_palette(look.palette))
    sheet.setAutoFillBackground(True)
    column = column_of(spacing=16)
    sheet.setLayout(column)
    chosen = text(look, "", caption=True)
    calendar = Calendar(look, coverage())
    calendar.told.connect(chosen.setText)
    calendar.choose_cell(2, 11)
    card = Card()
    for widget in (chosen, calendar, Legend(look, coverage())):
        card.body.addWidget(widget)
    column.addWidget(card)
    card = Card()
    card.body.addWidget(Timeline(look, snapshots()))
    column.addWidget(card)
    for plots in ((account_value(), account_value(90, 3, gap=True)), (added(), account_value())):
        row = QHBoxLayout()
        for number, shown in enumerate(plots):
            card, panel = Card(), PlotPanel(look, shown)
            if number or shown.series[0].name == "Added":
                panel.plot.choose(9)
            if number and plots[0].series[0].name == "Added":
                panel.switch()
            card.body.addWidget(panel)
            row.addWidget(card)
        column.addLayout(row, 1)
    sheet.resize(932, 980)
    return sheet


def main(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    for dark in (False, True):
        sheet = _sheet(application, dark=dark)
        sheet.show()
        settle()
        scale = application.devicePixelRatio()
        name = f"painted-{'dark' if dark else 'light'}{f'@{scale:g}x' if scale > 1 else ''}.png"
        sheet.grab().save(str(folder / name))
        sheet.close()


if __name__ == "__main__":
    main()
