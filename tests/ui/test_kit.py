"""The recovery kit: what stands on it, that its code can be read, and typing the key back."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QGuiApplication, QPageSize
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.repository import recovery_key
from app.secret import Secret
from app.services.kit import Kit, KitCopy, parts, qr_text
from app.ui.kit import save_kit
from app.ui.kit_html import kit_html
from app.ui.kit_out import KitOut
from app.ui.look import make_look
from app.ui.tokens import Tone
from app.ui.typed_key import GroupState, TypedKey
from app.ui.widgets.key_field import KeyField, Paste

KEY = recovery_key.generate(lambda count: bytes(range(7, 7 + count)))
OTHER = recovery_key.generate(lambda count: bytes(range(70, 70 + count)))
TEXT = KEY.reveal()


def kit(key: Secret = KEY, copies: int = 2) -> Kit:
    places = tuple(KitCopy(f"KEEP-{n}", f"/media/me/KEEP-{n}/Trade <keep>") for n in range(copies))
    made = datetime(2026, 11, 26, tzinfo=UTC)
    return Kit(key, "3f2a91bc" * 8, "9c1e77d2" * 8, "/home/me/Tradekeep", "desk", made, places)


def test_a_kit_says_what_is_needed_and_its_repr_says_no_key() -> None:
    html = kit_html(kit(), "monospace")
    for group in TEXT.split("-"):
        assert group in html
        assert group not in repr(kit())
    assert TEXT not in repr(qr_text(kit()))
    for needed in ("--key-hint 3f2a91bc", "KEEP-1", "Trade &lt;keep&gt;", "26 Nov 2026", "desk"):
        assert needed in html
    assert "restic" in str(parts(kit()))


AWAY = replace(kit(), place="s3:https://s3.example.com/keep/desk", is_local=False)


def test_a_kit_names_a_repository_behind_a_network_and_that_it_asks_for_more() -> None:
    html = kit_html(AWAY, "monospace")
    assert "s3:https://s3.example.com/keep/desk" in html
    assert "This computer, desk" not in html
    asks = "asks for its own key or password"
    assert asks in html
    assert asks not in kit_html(kit(), "monospace")


@pytest.mark.parametrize("size", [QPageSize.PageSizeId.A4, QPageSize.PageSizeId.Letter])
@pytest.mark.skipif(not shutil.which("zbarimg"), reason="zbar-tools is not installed")
@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="poppler-utils is not installed")
def test_the_code_on_the_printed_sheet_can_be_read(
    qapp: QApplication, tmp_path: Path, size: QPageSize.PageSizeId
) -> None:
    file = tmp_path / "kit.pdf"
    save_kit(AWAY, QFont(), QPageSize(size), file)  # the longest
    assert file.stat().st_mode & 0o777 == 0o600
    command = ["pdftoppm", "-r", "120", "-png", file, tmp_path / "sheet"]
    subprocess.run(command, check=True, timeout=60)
    (sheet,) = tmp_path.glob("sheet*.png")  # one sheet, not two
    read = ["zbarimg", "-q", "--raw", sheet]
    said = subprocess.run(read, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said.strip() == f"TRADEKEEP:1:{'9C1E77D2' * 8}:{TEXT}"


def test_a_kit_that_cannot_be_written_leaves_nothing(qapp: QApplication, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        save_kit(kit(), QFont(), QPageSize(QPageSize.PageSizeId.A4), tmp_path / "no" / "kit.pdf")
    assert not list(tmp_path.iterdir())


@given(st.binary(min_size=17, max_size=17), st.sampled_from(["", " ", "-", " - "]))
def test_a_key_may_be_typed_with_any_blanks_and_in_any_case(random: bytes, between: str) -> None:
    key = recovery_key.generate(lambda _count: random)
    typed = TypedKey(key)
    typed.type(0, between.join(key.reveal().lower().split("-")))
    assert typed.complete
    assert typed.key == key
    assert typed.wrong is None


@given(st.integers(0, 8), st.integers(0, 3), st.sampled_from(recovery_key.ALPHABET))
def test_every_wrong_character_marks_its_group(group: int, place: int, character: str) -> None:
    groups = TEXT.split("-")
    before = groups[group]
    groups[group] = before[:place] + character + before[place + 1 :]
    typed = TypedKey()
    typed.type(0, "-".join(groups))
    assert typed.wrong == (None if groups[group] == before else group)


def test_the_right_groups_of_another_key_are_wrong_where_one_is_expected() -> None:
    typed = TypedKey(KEY)
    typed.type(3, OTHER.reveal().split("-")[3])
    assert typed.state(3) is GroupState.WRONG
    typed = TypedKey()
    typed.type(3, OTHER.reveal().split("-")[3])
    assert typed.state(3) is GroupState.RIGHT


def field_of(qtbot: QtBot, qapp: QApplication, paste: Paste) -> tuple[KeyField, TypedKey]:
    typed = TypedKey(KEY)
    field = KeyField(make_look(qapp.font(), 1.0, dark=False), typed, paste)
    qtbot.addWidget(field)
    field.resize(900, 200)
    field.show()
    qtbot.waitExposed(field)
    field.first_field().setFocus()
    return field, typed


def says(field: KeyField) -> str:
    return field.findChildren(QLabel)[-1].text()


def boxes(field: KeyField) -> list[QLineEdit]:
    return field.findChildren(QLineEdit)


def type_in(qtbot: QtBot, field: KeyField, text: str) -> None:
    for character in text:
        box = field.focusWidget()
        assert box is not None
        qtbot.keyClick(box, character)


def test_typing_goes_from_group_to_group(qtbot: QtBot, qapp: QApplication) -> None:
    field, typed = field_of(qtbot, qapp, Paste.REFUSED)
    type_in(qtbot, field, TEXT.lower())
    assert typed.complete
    assert says(field) == "All nine groups are right."


def test_a_wrong_group_is_named_and_marked_as_soon_as_it_is_full(
    qtbot: QtBot, qapp: QApplication
) -> None:
    field, typed = field_of(qtbot, qapp, Paste.REFUSED)
    wrong = ("0" if TEXT[5] != "0" else "1") + TEXT[6:9]
    type_in(qtbot, field, TEXT[:4] + wrong)
    assert says(field) == "Group 2 is not as it stands on the paper."
    assert [box.property("wrong") for box in boxes(field)[:3]] == ["false", "true", "false"]
    assert field.first_field() is boxes(field)[1]
    assert not typed.complete


def test_pasting_is_refused_where_typing_is_the_proof(qtbot: QtBot, qapp: QApplication) -> None:
    field, typed = field_of(qtbot, qapp, Paste.REFUSED)
    QGuiApplication.clipboard().setText(TEXT)
    qtbot.keyClick(boxes(field)[0], "v", Qt.KeyboardModifier.ControlModifier)
    assert says(field).startswith("Pasting proves nothing")
    assert typed.group(0) == boxes(field)[0].text() == ""


def test_pasting_fills_all_groups_where_it_is_allowed(qtbot: QtBot, qapp: QApplication) -> None:
    field, typed = field_of(qtbot, qapp, Paste.ALLOWED)
    QGuiApplication.clipboard().setText(f"  {TEXT.lower()}\n")
    qtbot.keyClick(boxes(field)[0], "v", Qt.KeyboardModifier.ControlModifier)
    assert typed.complete


def test_no_part_of_a_key_gets_onto_the_clipboard(qtbot: QtBot, qapp: QApplication) -> None:
    field, _typed = field_of(qtbot, qapp, Paste.REFUSED)
    type_in(qtbot, field, TEXT[:4])
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("before")
    for key in ("a", "c", "x"):
        qtbot.keyClick(boxes(field)[0], key, Qt.KeyboardModifier.ControlModifier)
    assert clipboard.text() == "before"
    assert boxes(field)[0].text() == TEXT[:4]


def test_the_groups_stand_in_rows_where_the_window_is_narrow(
    qtbot: QtBot, qapp: QApplication
) -> None:
    field, _typed = field_of(qtbot, qapp, Paste.REFUSED)
    field.resize(300, 300)
    qtbot.waitUntil(lambda: len({box.y() for box in boxes(field)}) == 3)
    assert max(box.geometry().right() for box in boxes(field)) < 300


def test_a_kit_is_printed_when_the_dialog_is_answered(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    said: list[Tone] = []
    made: list[Kit] = []

    def make() -> Kit:
        made.append(kit())
        return made[0]

    for answer, printed in ((QDialog.DialogCode.Rejected, 0), (QDialog.DialogCode.Accepted, 1)):
        parent = QWidget()
        qtbot.addWidget(parent)
        parent.show()
        KitOut(QFont(), "").print(parent, make, lambda tone, _sentence: said.append(tone))
        dialog = parent.findChild(QPrintDialog)
        assert dialog is not None
        dialog.printer().setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        dialog.printer().setOutputFileName(str(tmp_path / "printed.pdf"))
        dialog.done(answer)
        assert len(made) == len(said) == printed  # nothing is drawn for whoever changed their mind
    assert said == [Tone.OK]
    assert (tmp_path / "printed.pdf").read_bytes().startswith(b"%PDF")
