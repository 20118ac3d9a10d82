"""Starting at login and by a timer: files that come and go."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.ui.pages.settings.starting import Starting
from tests.ui.pretend import PretendController
from tests.ui.screenshots import settle
from tests.ui.settings.support import Open, last, texts


def test_starting_at_login_is_a_file_that_comes_and_goes(
    show: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    page = show("starting")
    section = Starting(page.tools, page.saving, {"XDG_CONFIG_HOME": str(tmp_path)})
    section.read()
    file = tmp_path / "autostart/tradekeep.desktop"
    assert not section.login.isChecked()
    section.login.click()
    assert "--tray" in file.read_text()
    section.login.click()
    assert not file.exists()


def test_an_autostart_folder_that_cannot_be_written_is_said(
    show: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    (tmp_path / "autostart").write_text("a file in the way")
    page = show("starting")
    section = Starting(page.tools, page.saving, {"XDG_CONFIG_HOME": str(tmp_path)})
    section.read()
    section.login.click()
    assert "could not be written" in page.saving.words.text()
    assert not section.login.isChecked()


def test_the_timer_is_installed_and_removed(show: Open, controller: PretendController) -> None:
    page = show("starting")
    section = page.section
    assert isinstance(section, Starting)
    section.timer.click()
    settle()
    assert last(controller) == ("service", "install")
    page.saving.undo.click()
    assert ("service", "remove") in [each for each, _key in controller.told]


@pytest.mark.parametrize(
    ("installed", "lingers", "wanted"),
    [(True, False, True), (True, True, False), (True, None, False), (False, False, False)],
)
def test_a_timer_that_ends_with_the_login_says_what_to_do(
    show: Open,
    controller: PretendController,
    installed: bool,
    lingers: bool | None,
    wanted: bool,
) -> None:
    controller.reports["service"] = {"installed": installed, "lingers": lingers}
    page = show("starting")
    assert any("loginctl enable-linger" in each for each in texts(page)) is wanted
