"""Contrast of every pair that is used, by WCAG 2's formula."""

from __future__ import annotations

import pytest

from app.ui.tokens import DARK, LIGHT, Palette, Tone


def luminance(colour: str) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read(palette: Palette) -> None:
    for ground in (palette.window, palette.surface, palette.sunken):
        assert contrast(palette.text, ground) >= 7
        assert contrast(palette.text2, ground) >= 4.5
    for tone in Tone:
        assert contrast(palette.tone(tone), palette.tint(tone)) >= 4.5
        assert contrast(palette.tone(tone), palette.surface) >= 4.5
        assert contrast(palette.text, palette.tint(tone)) >= 7
    for ground in (palette.accent, palette.accent_hover):
        assert contrast(palette.on_accent, ground) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_edges_and_focus_can_be_seen(palette: Palette) -> None:
    for ground in (palette.window, palette.surface, palette.sunken):
        assert contrast(palette.control, ground) >= 3
        assert contrast(palette.accent, ground) >= 3
    assert contrast(palette.focus_on_accent, palette.accent) >= 3
