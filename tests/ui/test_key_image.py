"""The key's code in pictures of the kit, as phones and scanners make them."""

from __future__ import annotations

import dataclasses
import json
import os
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter, QPolygonF, QTransform
from PySide6.QtWidgets import QApplication

from app.errors import AppError
from app.repository.recovery_key import generate
from app.secret import Secret
from app.services.key_image import key_in_image
from app.services.kit import Kit, QrKey, qr_text, read_qr
from app.ui import key_image
from app.ui.kit import _qr_image
from tests.cli.support import Machine
from tests.ui.test_kit import kit

KIT = kit()


def sheet(made: Kit = KIT) -> QImage:
    """The kit's code on a sheet of paper, as large as it is printed."""
    paper = QImage(1240, 1754, QImage.Format.Format_RGB32)
    paper.fill(QColor("white"))
    painter = QPainter(paper)
    painter.drawImage(820, 120, _qr_image(made).scaledToWidth(300))
    for line in range(12):
        painter.fillRect(100, 600 + 60 * line, 700, 14, QColor("#333"))
    painter.end()
    return paper


def photograph(turned: float, *, grain: int = 0, tilted: bool = False, made: Kit = KIT) -> QImage:
    """The sheet on a dark table, turned, seen from the side, with the grain of a bad light."""
    transform = QTransform().rotate(turned)
    if tilted:
        corners = QPolygonF(
            [QPointF(0, 0), QPointF(1240, 0), QPointF(1240, 1754), QPointF(0, 1754)]
        )
        seen = QPolygonF([QPointF(90, 60), QPointF(1150, 0), QPointF(1240, 1700), QPointF(0, 1600)])
        leaning = QTransform.quadToQuad(corners, seen)
        assert isinstance(leaning, QTransform)
        transform = leaning * transform
    paper = sheet(made).transformed(transform)
    picture = QImage(paper.width() + 200, paper.height() + 200, QImage.Format.Format_RGB32)
    picture.fill(QColor("#443322"))
    painter = QPainter(picture)
    painter.drawImage(100, 100, paper)
    chance = random.Random(7)
    for _spot in range(grain):
        at = chance.randrange(picture.width()), chance.randrange(picture.height())
        painter.fillRect(*at, 2, 2, QColor(*(chance.randrange(256) for _each in range(3))))
    painter.end()
    return picture


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("scan.png", sheet),
        ("sideways.jpg", lambda: photograph(90)),
        ("upside-down.png", lambda: photograph(180)),
        ("askew.jpg", lambda: photograph(23, grain=20_000)),
        ("from-the-side.jpeg", lambda: photograph(-35, tilted=True)),
    ],
)
def test_the_key_is_found_however_the_picture_was_taken(
    name: str, picture, qapp: QApplication, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / name
    assert picture().save(str(file))
    assert key_image.run([str(file)]) == 0
    (text,) = json.loads(capsys.readouterr().out)["codes"]
    assert read_qr(Secret(text)) == QrKey(KIT.repository_id, KIT.key)


def test_a_child_tells_the_key_and_says_what_a_picture_lacks(
    qapp: QApplication, tmp_path: Path
) -> None:
    good, empty, none = (tmp_path / each for each in ("kit.png", "empty.png", "notes.txt"))
    sheet().save(str(good))
    QImage(300, 200, QImage.Format.Format_RGB32).save(str(empty))
    none.write_text("not a picture")
    assert key_in_image(good, os.environ).key == KIT.key
    for file, wanted in ((empty, "key-image-none"), (none, "key-image-unreadable")):
        with pytest.raises(AppError) as raised:
            key_in_image(file, os.environ)
        assert raised.value.message_id == wanted
        assert file.name in raised.value.sentence.title


def test_a_person_recovers_with_a_photograph_of_the_paper(
    qapp: QApplication, tmp_path: Path
) -> None:
    """The command line gets as far as with the key itself: nothing was backed up there yet."""
    old, machine = Machine(tmp_path / "old"), Machine(tmp_path / "new")
    for each in (old, machine):
        each.folder.mkdir()
    old.set_up()
    made = dataclasses.replace(KIT, key=Secret(old.recovery.read_text().strip()))
    file = tmp_path / "kit.png"
    assert photograph(12, made=made).save(str(file))
    told = ("recover", old.repository, "--key-image", file, "--yes", "--json")
    assert machine.run(*told, code=2).error["id"] == "recover-no-whole"


@given(st.binary(min_size=64, max_size=64), st.binary(min_size=32, max_size=32))
def test_what_a_kit_prints_is_read_back(random_bytes: bytes, repository: bytes) -> None:
    key = generate(lambda count: random_bytes[:count])
    made = dataclasses.replace(KIT, key=key, repository_id=repository.hex())
    assert read_qr(qr_text(made)) == QrKey(repository.hex(), key)


def test_another_code_is_none_and_another_version_is_said() -> None:
    assert read_qr(Secret("https://example.org")) is None
    with pytest.raises(AppError):
        read_qr(Secret(qr_text(KIT).reveal().replace(":1:", ":2:", 1)))
