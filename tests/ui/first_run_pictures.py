"""`python -m tests.ui.first_run_pictures`: every page of the first run, and the sheet of the kit
into build/screenshots; light and dark at 1180 × 780, light at 1024 × 700."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QFont, QPageSize
from PySide6.QtWidgets import QApplication

from app.repository import recovery_key
from app.services.kit import Kit, KitCopy
from app.ui.controller import Controller
from app.ui.first_run import FirstRun
from app.ui.kit import save_kit
from app.ui.pages.copies.remote_forms import DropboxForm
from app.ui.widgets.radio_card import RadioCard
from app.ui.widgets.scrolling import Scrolling
from app.ui.window import MainWindow
from app.ui.wizards.first_run.kit import KitPage
from app.ui.wizards.first_run.own import Lies
from app.ui.wizards.first_run.own_forms import JoinForm, OwnBucketForm
from app.ui.wizards.first_run.protect import ProtectPage
from app.ui.wizards.first_run.where import First
from app.ui.wizards.frame import Wizard
from app.ui.wizards.start import Start
from tests.ui.fake_setup import IDENTITY
from tests.ui.situations import NOW

FOLDER = Path("build/screenshots")
FAKE = Path(__file__).with_name("fake_setup.py")
KEY = recovery_key.generate(lambda count: bytes(range(7, 7 + count)))
SHARED = "s3:https://s3.eu-central-1.wasabisys.com/trader-keep/bots"
STATE = {
    "status": {}, "keys": [KEY.reveal()], "slow": 2,
    "bots": [
        {"name": "Freqtrade", "path": "/home/trader/bots/trend-btc", "files": 412,
         "bytes": 1_210_000_000, "complete": True, "databases": ["a", "b"]},
        {"name": "Hummingbot", "path": "/home/trader/bots/maker", "files": 96,
         "bytes": 88_400_000, "complete": True, "databases": ["a"],
         "in_memory": ["/dev/shm/trades.db"]},
    ],
    "there": {SHARED: KEY.reveal()},
    "drives": [{"path": "/media/trader/KEEP-1", "label": "KEEP-1", "disk": "sdb",
                "size": 2 * 10**12, "free": 18 * 10**11}],
    "accounts": [{"name": "main", "exchange": "binanceusdm"}],
    "candles": [{"name": "c", "market": "BTC/USDT", "timeframe": "1h", "exchange": "binance",
                 "since": "2022-01-01"}],
}  # fmt: skip


def wait(milliseconds: int = 50, until: Callable[[], bool] = lambda: True) -> None:
    """Let things happen, at least so long."""
    end = time.monotonic() + 20
    while True:
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()
        if until() or time.monotonic() > end:
            return


def _walk(window: MainWindow, first_run: FirstRun, shoot: Callable[[str], None]) -> None:
    wait(300, lambda: window.has_wizard)
    wait(300)  # until it is laid out
    shoot("0-start")
    first_run._chosen(Start.SET_UP)
    wizard = window.centralWidget()
    assert isinstance(wizard, Wizard)
    wait(800)
    page = wizard.page
    assert isinstance(page, ProtectPage)
    page._folders = ["/home/trader/charts"]
    page.redraw()
    for name in ("1-protect", "2-exchanges", "3-where", "4-when", "5-kit"):
        wait(600)
        shoot(name)
        if name == "3-where":
            _server(wizard, shoot)
            _away(wizard, shoot)
        if name == "5-kit":
            _type(wizard, KEY.reveal()[:4] + "2VXX")
            shoot("5-kit-wrong")
            _type(wizard, KEY.reveal())
            assert isinstance(wizard.page, KitPage)
            wizard.page._show()
            wait()
            shoot("5-kit-shown")
        at = wizard.page
        wizard.go_on()
        wait(100, lambda at=at: wizard.page is not at)  # type: ignore[misc]
    shoot("6-ready")
    wizard.go_on()
    wait(800)
    shoot("7-running")
    wait(300, lambda: not first_run.session.controller.busy)
    shoot("8-done")


def _server(wizard: Wizard, shoot: Callable[[str], None]) -> None:
    """The repository in a bucket, in which another computer has made one; then here again."""
    _choose(wizard, Lies.SERVER)
    form = wizard.findChild(OwnBucketForm)
    assert form is not None
    shoot("3-where-server")
    form.address.setText(SHARED.removeprefix("s3:"))
    form.user.setText("AKID")
    form.secret.setText("a secret")
    wizard.go_on()
    wait(300, lambda: wizard.findChild(JoinForm) is not None)
    _choose(wizard, Lies.SERVER)
    shoot("3-where-join")
    _choose(wizard, Lies.HOME)


def _away(wizard: Wizard, shoot: Callable[[str], None]) -> None:
    """The first copy in a bucket, in Dropbox; then the drive again."""
    for kind in (First.S3, First.DROPBOX):
        _choose(wizard, kind)
        shoot(f"3-where-{kind}")
    form = wizard.findChild(DropboxForm)
    assert form is not None
    form.sign_in._browse = lambda: None  # type: ignore[method-assign]
    wizard.go_on()
    wait(600, form.sign_in.address.isVisible)
    shoot("3-where-code")
    _choose(wizard, "/media/trader/KEEP-1")


def _choose(wizard: Wizard, value: str) -> None:
    card = next(each for each in wizard.findChildren(RadioCard) if each.value == value)
    card.radio.setChecked(True)
    wait(100)
    scroll = wizard.findChild(Scrolling)
    assert scroll is not None
    scroll.ensureWidgetVisible(card)
    wait(100)


def _type(wizard: Wizard, text: str) -> None:
    page = wizard.page
    assert isinstance(page, KitPage)
    page._typed.type(0, text)
    page.redraw()
    wait()


def walk(
    base: QFont,
    folder: Path,
    shoot: Callable[[MainWindow, str], None],
    *,
    dark: bool = False,
    size: tuple[int, int] = (1024, 700),
) -> None:
    """The wizard from its start to its end; `shoot` is called at each page."""
    state = folder / "state.json"
    state.write_text(json.dumps(STATE))
    environment = {"HOME": "/home/trader", "TRADEKEEP_HOME": str(folder / "home")}
    command = [sys.executable, str(FAKE), str(state)]
    controller = Controller(command, environment, now=lambda: NOW)
    window = MainWindow(controller, base, lambda: dark)
    window.resize(*size)
    first_run = FirstRun(window, controller, command, environment)
    window.show()
    controller.begin()
    _walk(window, first_run, lambda name: shoot(window, name))
    window.close()
    window.deleteLater()
    wait()


def _sheets(base: QFont) -> None:
    copies = (KitCopy("KEEP-1", "/media/trader/KEEP-1/Tradekeep"),)
    kit = Kit(KEY, "3f2a91bc" * 8, IDENTITY, "/home/trader/Tradekeep", "desk", NOW, copies)
    for name, size in (("a4", QPageSize.PageSizeId.A4), ("letter", QPageSize.PageSizeId.Letter)):
        save_kit(kit, base, QPageSize(size), FOLDER / f"kit-{name}.pdf")


def _saving(look: str) -> Callable[[MainWindow, str], None]:
    def shoot(window: MainWindow, name: str) -> None:
        window.grab().save(str(FOLDER / f"setup-{name}-{look}.png"))

    return shoot


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    QApplication([])
    base = QFont("Inter")
    base.setPixelSize(13)
    _sheets(base)
    for dark, size in ((False, (1180, 780)), (True, (1180, 780)), (False, (1024, 700))):
        look = ("dark" if dark else "light") + ("" if size[0] == 1180 else f"-{size[0]}")
        with tempfile.TemporaryDirectory() as folder:
            walk(base, Path(folder), _saving(look), dark=dark, size=size)


if __name__ == "__main__":
    main()
