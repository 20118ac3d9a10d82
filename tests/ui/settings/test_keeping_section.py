"""What is kept: rules are used only after their effect was shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from PySide6.QtWidgets import QComboBox

from app.ui.jobs import Ending
from app.ui.pages.settings.keeping import Keeping, effect_words
from app.ui.protocol import Done, Told
from tests.ui.pretend import PretendController
from tests.ui.screenshots import settle
from tests.ui.settings.support import Open, card, choose, last


def test_rules_that_remove_something_are_used_only_after_their_effect_was_shown(
    show: Open, controller: PretendController
) -> None:
    page = show("keeping")
    section = page.section
    assert isinstance(section, Keeping)
    held = controller.reports["keep"]

    def keep(asked: Sequence[str]) -> dict[str, object]:
        if asked[1] == "preview":
            return {"remove": [{"id": "1"}, {"id": "2"}], "keep": 12, "bytes": 2_100_000_000}
        assert isinstance(held, dict)
        return held

    controller.reports["keep"] = keep
    boxes = {box.accessibleName(): box for box in section.findChildren(QComboBox)}
    choose(boxes["The newest of a day"], 7)
    assert last(controller)[:2] == ("keep", "preview")
    assert not section.use.isEnabled()
    settle()
    assert section.effect.text() == (
        "2 snapshots of this computer would go. 12 would stay. That frees 2.1 GB."
    )
    section.use.click()
    settle()
    saved = last(controller)
    assert saved[:2] == ("keep", "set")
    assert saved[saved.index("--daily") + 1] == "7"
    page.saving.undo.click()
    undone = last(controller)
    assert undone[undone.index("--daily") + 1] == "14"


@pytest.mark.parametrize(
    ("report", "wanted"),
    [
        ({"remove": [], "keep": 9, "bytes": 0}, "Nothing would go now."),
        ({}, "Nothing would go now."),
        (
            {"remove": [{}], "keep": 1, "bytes": None},
            "1 snapshot of this computer would go. 1 would stay.",
        ),
    ],
)
def test_what_a_preview_tells_in_words(report: dict[str, object], wanted: str) -> None:
    assert effect_words(report) == wanted


def test_a_preview_that_failed_does_not_look_for_ever(
    show: Open, controller: PretendController, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = show("keeping")
    section = page.section
    assert isinstance(section, Keeping)

    def ask(_command: Sequence[str], ended: Callable[[Ending], None], **_more: object) -> None:
        ended(Ending(Done("failed", error=Told("of-a-newer-one", title="Somebody is at work."))))

    monkeypatch.setattr(controller, "ask", ask)
    section.preview.click()
    assert section.effect.text() == ""
    assert "Somebody is at work." in page.saving.words.text()


def test_keeping_every_snapshot_needs_no_preview(show: Open, controller: PretendController) -> None:
    page = show("keeping")
    card(page, False).radio.setChecked(True)  # the card's value
    settle()
    assert last(controller) == ("keep", "set", "--all")
