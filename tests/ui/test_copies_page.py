"""What a person may do with a copy on its page: buttons, and a menu for each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton

from app.ui.pages.copies.again import SignInAgain
from app.ui.pages.page import PageName, Target
from app.ui.protocol import Told
from app.ui.window import MainWindow
from tests.ui import made_up
from tests.ui.pretend import PretendController
from tests.ui.screenshots import settle
from tests.ui.situations import ago, copy, repository, run, situation, well

REFUSED = Told("place-key-refused", {"place": "https://s3.example.com/keep", "reason": "HTTP 401"})


@pytest.fixture
def controller() -> PretendController:
    return PretendController(situation(well()), made_up.answers)


@pytest.fixture
def window(controller: PretendController, qapp: QApplication) -> Iterator[MainWindow]:
    made = MainWindow(controller, qapp.font(), lambda: False)
    made.show()
    controller.begin()
    made.go(Target(PageName.COPIES))
    yield made
    made.close()
    made.deleteLater()
    settle()


def buttons(window: MainWindow) -> list[QPushButton]:
    return [each for each in window.page.findChildren(QPushButton) if each.isVisible()]


def menu(window: MainWindow, name: str) -> dict[str, Callable[[], None]]:
    """What the menu of a place offers; what cannot be chosen now is not among it."""
    (more,) = [each for each in buttons(window) if each.accessibleName() == f"More for {name}"]
    actions = [each for each in more.menu().actions() if each.isEnabled() and each.text()]
    return {each.text(): each.trigger for each in actions}


def test_each_kind_of_copy_has_a_menu_of_its_own(window: MainWindow) -> None:
    assert [*menu(window, "This computer")] == ["Practise a restore", "Show the folder"]
    assert [*menu(window, "KEEP-1")] == [
        "Practise a restore", "Show the folder", "Pause", "Limits…", "Eject", "Disconnect…",
    ]  # fmt: skip
    assert [*menu(window, "Dropbox")] == [
        "Practise a restore", "Pause", "Limits…", "Sign in again…", "Bring back…", "Disconnect…",
    ]  # fmt: skip


def test_a_repository_behind_a_network_is_given_other_secrets(
    window: MainWindow, controller: PretendController
) -> None:
    away = repository(path="s3:https://s3.example.com/keep", kind="s3", medium="s3:s3.example.com")
    controller.show(situation(well(repository=away)))
    settle()
    menu(window, "Repository")["Sign in again…"]()
    (dialog,) = window.findChildren(SignInAgain)
    assert dialog.secret is not None
    dialog.secret.setText("other")
    dialog.deed.click()
    settle()
    asked, secret = controller.told[-1]
    assert asked == ("copy", "sign-in", "--secret-stdin")
    assert secret is not None
    assert secret.reveal() == "other"
    assert not dialog.isVisible()
    assert controller.ran == []


def test_a_copy_in_dropbox_is_brought_back_once_that_was_confirmed(
    window: MainWindow, controller: PretendController
) -> None:
    shown = " ".join(label.text() for label in window.page.findChildren(QLabel))
    assert "at least 30 days" in shown
    menu(window, "Dropbox")["Bring back…"]()
    (box,) = window.page.findChildren(QMessageBox)
    assert "no right for the one without the other" in box.informativeText()
    assert controller.ran == []
    (deed,) = [each for each in box.buttons() if each.text() == "Bring it back"]
    deed.click()
    settle()
    assert controller.ran == [(("copy", "recover", "Dropbox"), "repair")]


def test_a_copy_is_paused_and_goes_on(window: MainWindow, controller: PretendController) -> None:
    menu(window, "KEEP-1")["Pause"]()
    assert controller.told[-1][0] == ("copy", "set", "KEEP-1", "--pause")
    controller.show(situation(well(copies=(copy(paused=True),))))
    settle()
    menu(window, "KEEP-1")["Go on"]()
    assert controller.told[-1][0] == ("copy", "set", "KEEP-1", "--go-on")


def test_a_drive_is_ejected_and_it_says_when_it_can_be_pulled_out(
    window: MainWindow, controller: PretendController
) -> None:
    menu(window, "KEEP-1")["Eject"]()
    settle()
    texts = [each.text() for each in window.page.findChildren(QLabel) if each.isVisible()]
    assert "KEEP-1 can be pulled out now." in texts
    controller.errors["copy eject"] = Told("copy-not-ejected", {"name": "KEEP-1", "reason": "busy"})
    menu(window, "KEEP-1")["Eject"]()
    settle()
    texts = [each.text() for each in window.page.findChildren(QLabel) if each.isVisible()]
    assert any("was not let go: busy." in each for each in texts)
    controller.show(situation(well(copies=(copy(state="away"),))))
    settle()
    assert "Eject" not in menu(window, "KEEP-1")
    enabled = [each.accessibleName() for each in buttons(window) if each.isEnabled()]
    assert "Bring up to date" not in enabled


def test_a_copy_that_refuses_its_key_is_signed_in_to_first(
    window: MainWindow, controller: PretendController
) -> None:
    late = copy(
        "Bucket", kind="s3", address="https://s3.example.com/keep", synced=ago(hours=5),
        state="behind",
    )  # fmt: skip
    failed = run("sync", "failed", started=ago(hours=1), place="Bucket", error=REFUSED)
    controller.show(situation(well(copies=(late,), runs=(failed,))))
    settle()
    found = {each.accessibleName(): each for each in buttons(window)}
    assert "Bring up to date" not in found
    found["Sign in again…"].click()
    (dialog,) = window.findChildren(SignInAgain)
    assert dialog.isVisible()
    dialog.reject()
