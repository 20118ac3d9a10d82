"""A folder's rows are there before anybody knows what changed, and what changed comes after."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.look import Look
from app.ui.pages.snapshots.files import FilesCard
from app.ui.pages.snapshots.folder import Folder
from app.ui.protocol import Told
from app.ui.reader import Answer, Hear, Reader
from app.ui.tokens import LIGHT
from tests.cli.support import ROOT, Machine
from tests.ui.situations import NOW

LONG = 30_000
BESIDE = "yesterday"


class Later:
    """A reading child that answers when it is told to; `open` are its questions, by what they ask
    and of which folder."""

    def __init__(self) -> None:
        self.open: dict[str, tuple[Mapping[str, object], Hear]] = {}

    def ask(self, question: Mapping[str, object], hear: Hear) -> Withdrawn:
        asked = f"{question['do']} {question['path']}"
        self.open[asked] = question, hear
        return Withdrawn(self, asked)

    def tell(self, asked: str, **answer: Any) -> None:
        self.open[asked][1](Answer(**answer))


@dataclass(frozen=True)
class Withdrawn:
    """A question's ticket."""

    child: Later
    asked: str

    def cancel(self) -> None:
        self.child.open.pop(self.asked, None)


class Sight:
    """The card, and what somebody sees on it."""

    def __init__(self, qtbot: QtBot, qapp: QApplication) -> None:
        nothing: Any = lambda *_args: None  # noqa: E731
        self._qtbot = qtbot
        self.card = FilesCard(
            Look(LIGHT, qapp.font(), 1.0), nothing, nothing, nothing, nothing, nothing
        )
        qtbot.addWidget(self.card)
        self.card.resize(900, 500)
        self.card.show()

    def open(
        self, reader: Later | Reader, path: str, snapshot: str = "s", older: str = "o"
    ) -> None:
        told = lambda why: self.card.say_untold(why, BESIDE)  # noqa: E731
        folder = Folder(cast("Reader", reader), snapshot, path, older, told)
        self.card.show_folder(folder, path, NOW, BESIDE)

    def wait(self, rows: int) -> None:
        model = self.card.model
        self._qtbot.waitUntil(
            lambda: model.rowCount() == rows and model.row_at(0) is not None, timeout=LONG
        )

    @property
    def rows(self) -> dict[str, str]:
        """Names, and what their last column says."""
        model = self.card.model
        cells = ((model.index(at, 0), model.index(at, 3)) for at in range(model.rowCount()))
        return {name.data(): change.data() for name, change in cells}

    @property
    def said(self) -> list[str]:
        notes = self.card._said
        return [notes.itemAt(at).widget().accessibleName() for at in range(notes.count())]


@pytest.fixture
def sight(qtbot: QtBot, qapp: QApplication) -> Sight:
    return Sight(qtbot, qapp)


def named(*names: str, total: int = 0) -> dict[str, object]:
    rows = [{"name": name, "type": "file", "size": 1} for name in names]
    return {"rows": rows, "total": total or len(rows)}


def test_rows_do_not_wait_for_what_changed(sight: Sight, qtbot: QtBot) -> None:
    child = Later()
    sight.open(child, "/a")
    qtbot.waitUntil(lambda: len(child.open) == 2, timeout=LONG)
    assert child.open["changes /a"][0]["against"] == "o"
    child.tell("folder /a", last=named("x", "y", "z"))
    assert sight.rows == {"x": "", "y": "", "z": ""}
    sight.card.table.selectRow(1)
    child.tell("changes /a", last={"changes": "+~=", "gone": [{"name": "w", "type": "file"}]})
    assert sight.rows == {"x": "+ new", "y": "~ changed", "z": "same", "w": "− gone"}
    assert [row["name"] for row in sight.card.selection()] == ["y"]
    assert not sight.said


def test_a_page_that_comes_later_knows_what_changed(sight: Sight, qtbot: QtBot) -> None:
    child = Later()
    sight.open(child, "/a")
    qtbot.waitUntil(lambda: len(child.open) == 2, timeout=LONG)
    first = [f"{number:03}" for number in range(200)]
    child.tell("folder /a", last=named(*first, total=201))
    child.tell("changes /a", last={"changes": "=" * 200 + "+", "gone": [{"name": "w"}]})
    model = sight.card.model
    assert model.rowCount() == 202
    assert model.index(200, 0).data() is None  # asks for its page
    qtbot.waitUntil(lambda: child.open["folder /a"][0]["start"] == 200, timeout=LONG)
    child.tell("folder /a", last=named("200", total=201))
    assert [model.index(at, 3).data() for at in (199, 200, 201)] == ["same", "+ new", "− gone"]
    assert sum(key.startswith("changes") for key in child.open) == 1


def test_what_changed_in_a_folder_that_was_left_is_nobodys_business(
    sight: Sight, qtbot: QtBot
) -> None:
    child = Later()
    sight.open(child, "/a")
    qtbot.waitUntil(lambda: len(child.open) == 2, timeout=LONG)
    child.tell("folder /a", last=named("x"))
    sight.open(child, "/b")
    assert "changes /a" not in child.open
    qtbot.waitUntil(lambda: len(child.open) == 3, timeout=LONG)
    child.tell("folder /b", last=named("y"))
    child.tell("folder /a", last=named("x"))
    assert sight.rows == {"y": ""}
    child.tell("changes /b", last={"changes": "=", "gone": []})
    assert sight.rows == {"y": "same"}


def test_a_folder_that_cannot_be_listed_says_why(sight: Sight, qtbot: QtBot) -> None:
    child = Later()
    sight.open(child, "/a")
    qtbot.waitUntil(lambda: len(child.open) == 2, timeout=LONG)
    why = Told("window-reader-gone")
    child.tell("folder /a", error=why)
    assert sight.said == [str(why.sentence)]
    sight.open(child, "/b")
    assert not sight.said


# --- with a real child -----------------------------------------------------------------------


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Two snapshots of a folder that changed between them in every way."""
    machine = Machine(tmp_path).set_up()
    names = ("changed", "gone", "same", "becomes folder", "touched", "Ünsame\n")
    folder = machine.add("notes", {name: name.encode() for name in names})
    machine.run("backup")
    (folder / "changed").write_text("otherwise")
    (folder / "gone").unlink()
    (folder / "becomes folder").unlink()
    (folder / "becomes folder").mkdir()
    (folder / "touched").touch()
    (folder / "new").write_text("new")
    for name, value in machine.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(ROOT)
    return machine


@pytest.fixture
def reader(machine: Machine, qapp: QApplication, qtbot: QtBot) -> Iterator[Reader]:
    reader = Reader([sys.executable, "-m", "app"], parent=qapp)
    yield reader
    stop(reader, qapp, qtbot)


def stop(reader: Reader, qapp: QApplication, qtbot: QtBot) -> None:
    reader.stop()
    qtbot.waitUntil(lambda: not qapp.findChildren(QProcess), timeout=LONG)


def test_what_changed_arrives_and_is_right_or_a_sentence_where_the_older_one_is_damaged(
    sight: Sight, machine: Machine, reader: Reader, qapp: QApplication, qtbot: QtBot
) -> None:
    older = list((machine.repository / "data").rglob("*"))
    machine.run("backup")
    rows = machine.run("snapshots", "--json").report["snapshots"]
    first, second = sorted(rows, key=lambda row: str(row["time"]))  # type: ignore[call-overload]
    notes = str(machine.folder / "notes")
    sight.open(reader, notes, second["id"], first["id"])
    sight.wait(7)
    qtbot.waitUntil(lambda: "" not in sight.rows.values(), timeout=LONG)
    assert sight.rows == {
        "becomes folder": "~ changed", "changed": "~ changed", "new": "+ new", "same": "same",
        "touched": "same", "Ünsame\\n": "same", "gone": "− gone",
    }  # fmt: skip
    stop(reader, qapp, qtbot)
    for pack in older:
        if pack.is_file():
            pack.chmod(0o600)
            pack.write_bytes(bytes(pack.stat().st_size))
    sight.open(reader, notes, second["id"], first["id"])
    sight.wait(6)
    qtbot.waitUntil(lambda: len(sight.said) == 1, timeout=LONG)
    assert sight.said[0].startswith("What changed since yesterday cannot be told")
    assert "is damaged" in sight.said[0]
    assert set(sight.rows.values()) == {""}
