"""The dialogs about places as a person meets them, with made-up drives and addresses."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from app.ui.jobs import Ending
from app.ui.pages.copies.adding import AddCopy
from app.ui.pages.copies.again import SignInAgain
from app.ui.pages.copies.remote_forms import DropboxForm
from app.ui.pages.copies.treating import Treatment
from app.ui.pages.page import Tools
from app.ui.protocol import Done, SignInAsked, Told
from app.ui.widgets.dialog import Dialog
from app.ui.widgets.signing_in import SignIn
from app.ui.wizards.restore.network import NetworkPlace
from tests.ui.pretend import PretendController, Talk
from tests.ui.situations import copy

ADDRESS = (
    "https://www.dropbox.com/oauth2/authorize?response_type=code&client_id=4fp2qk0v1m8zt3x"
    "&token_access_type=offline&code_challenge=Zk1rT0x4bXBQd2NqS2l1Tm5aV2dIZ0E"
)
NO_APP = Told("dropbox-no-app-key", {})
DRIVES = {
    "default": {"path": "/home/trader/Tradekeep"},
    "drives": [
        {"path": "/media/trader/KEEP-2", "label": "KEEP-2", "disk": "sdb",
         "size": 1_000_000_000_000, "free": 812_000_000_000},
        {"path": "/media/trader/Stick", "label": "Stick", "disk": "sdc",
         "size": 64_000_000_000, "free": 61_000_000_000},
    ],
}  # fmt: skip
TREATED = copy(kind="drive", limit=500, hours="22:00-06:00", append_only=True)
BUCKET = copy("Bucket", kind="s3", address="https://s3.example.com/keep")


def adding(kind: str, tools: Tools, parent: QWidget) -> AddCopy:
    """The dialog with what is asked about a kind."""
    controller(tools).reports["drives"] = DRIVES
    made = AddCopy(tools, parent)
    made.choose(kind)
    return made


def controller(tools: Tools) -> PretendController:
    return _pretended(tools.controller)


def _pretended(made: object) -> PretendController:
    assert isinstance(made, PretendController)
    return made


def sign_in_of(dialog: Dialog) -> SignIn:
    if isinstance(dialog, AddCopy):
        assert isinstance(dialog.form, DropboxForm)
        return dialog.form.sign_in
    assert isinstance(dialog, SignInAgain)
    assert dialog.sign_in is not None
    return dialog.sign_in


def begun(dialog: Dialog) -> Talk:
    """The command that was begun by the main button."""
    dialog.deed.click()
    return _pretended(sign_in_of(dialog)._controller).talks[-1]


def code_asked(tools: Tools, parent: QWidget) -> AddCopy:
    """The browser is open, a code is awaited."""
    made = adding("dropbox", tools, parent)
    sign_in_of(made)._browse = lambda: None  # type: ignore[method-assign]
    begun(made).hear(SignInAsked(ADDRESS))
    return made


def app_key_asked(tools: Tools, parent: QWidget) -> SignInAgain:
    """No app of Dropbox was named."""
    made = SignInAgain(tools, parent, copy("Dropbox", kind="dropbox"))
    begun(made).then(Ending(Done("failed", error=NO_APP)))
    return made


def bucket_named(tools: Tools, parent: QWidget) -> NetworkPlace:
    """A bucket to restore from."""
    made = NetworkPlace(tools.look, tools.controller, print, parent)
    made.kind.setCurrentIndex(1)
    made.kind.activated.emit(1)
    return made


DIALOGS: dict[str, Callable[[Tools, QWidget], Dialog]] = {
    "copy-kinds": AddCopy,
    **{f"copy-{kind}": partial(adding, kind) for kind in ("drive", "folder", "s3", "webdav")},
    "copy-dropbox": partial(adding, "dropbox"),
    "copy-code": code_asked,
    "copy-app-key": app_key_asked,
    "copy-limits": lambda tools, parent: Treatment(tools, parent, TREATED),
    "copy-usual": lambda tools, parent: Treatment(tools, parent, copy()),
    "restore-network": lambda tools, parent: NetworkPlace(
        tools.look, tools.controller, print, parent
    ),
    "restore-bucket": bucket_named,
    "copy-secret": lambda tools, parent: SignInAgain(tools, parent, BUCKET),
}
