"""The painted icon: sharp at 16 pixels, a shape of its own for each state, readable in one
colour."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QImage

from app.ui.tokens import IN_ONE_COLOUR, ON_DARK_PANEL, ON_LIGHT_PANEL, Tray
from app.ui.tray import ink_for
from app.ui.tray_icon import paint, tray_icon
from app.ui.tray_rules import TrayState

pytestmark = pytest.mark.usefixtures("qapp")

TOWER = """\
................
..##...##...##..
..##...##...##..
..##...##...##..
..############..
..############..
..############..
...##########...
...##########...
...##########...
...##########...
...####..####...
...####..####...
...####..####...
...####..####...
................
"""


def image(state: TrayState, size: int = 16, fraction: float | None = None) -> QImage:
    return paint(state, fraction, IN_ONE_COLOUR, size).toImage()


def alpha(picture: QImage, x: int, y: int) -> int:
    return QColor(picture.pixelColor(x, y)).alpha()


def test_at_16_pixels_the_tower_is_exact() -> None:
    picture = image(TrayState.WELL)
    values = [[alpha(picture, x, y) for x in range(16)] for y in range(16)]
    assert {value for row in values for value in row} == {0, 255}
    assert ["".join("#" if value else "." for value in row) for row in values] == TOWER.splitlines()


@pytest.mark.parametrize("size", Tray.SIZES)
def test_the_tower_is_sharp_and_even_at_every_size(size: int) -> None:
    picture = image(TrayState.WELL, size)
    rows = [[alpha(picture, x, y) for x in range(size)] for y in range(size)]
    assert {value for row in rows for value in row} == {0, 255}
    assert all(row == row[::-1] for row in rows)


def test_every_state_differs_in_shape_alone() -> None:
    for size in (16, 22, 32):
        shapes = {bytes(image(state, size, 0.4).constBits()) for state in TrayState}
        assert len(shapes) == len(TrayState)


def test_a_paused_tower_is_faint_and_its_bars_are_not() -> None:
    picture = image(TrayState.PAUSED)
    assert alpha(picture, 3, 5) == round(255 * Tray.PAUSED)
    assert alpha(picture, 9, 10) == alpha(picture, 14, 10) == 255
    assert alpha(picture, 8, 10) == alpha(picture, 12, 10) == 0


@pytest.mark.parametrize(
    ("state", "edge"), [(TrayState.FAILED, (6, 10)), (TrayState.RUNNING, (4, 12))]
)
def test_a_badge_is_cut_free_by_one_pixel(state: TrayState, edge: tuple[int, int]) -> None:
    assert alpha(image(state), *edge) == 0


def test_the_bar_fills_from_the_left() -> None:
    def filled(fraction: float | None) -> int:
        picture = image(TrayState.RUNNING, 16, fraction)
        return sum(alpha(picture, x, 14) == 255 for x in range(16))

    assert [filled(part) for part in (None, 0.0, 0.25, 0.5, 1.0)] == [0, 0, 4, 8, 16]


def test_the_icon_has_the_sizes_that_panels_ask_for() -> None:
    icon = tray_icon(TrayState.WELL, None, ON_LIGHT_PANEL)
    assert sorted(size.width() for size in icon.availableSizes()) == list(Tray.SIZES)


def test_on_macos_the_system_colours_the_icon() -> None:
    assert ink_for({}, "darwin", dark=True) is IN_ONE_COLOUR
    assert tray_icon(TrayState.WELL, None, IN_ONE_COLOUR).isMask()
    assert not tray_icon(TrayState.WELL, None, ON_DARK_PANEL).isMask()


def test_gnomes_panel_is_dark_with_light_windows_too() -> None:
    gnome = {"XDG_CURRENT_DESKTOP": "ubuntu:GNOME"}
    assert ink_for(gnome, "linux", dark=False) is ON_DARK_PANEL
    assert ink_for({"XDG_CURRENT_DESKTOP": "KDE"}, "linux", dark=False) is ON_LIGHT_PANEL
    assert ink_for({}, "linux", dark=True) is ON_DARK_PANEL
