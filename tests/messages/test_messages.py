"""Every sentence that the program can say exists, and takes the parameters that it is given."""

from __future__ import annotations

import ast
import errno
import importlib
import os
import pkgutil
import string
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import app
from app.errors import AppError
from app.messages import CATALOGUES, Sentence, message_ids, render
from app.messages.reasons import OF_THE_SYSTEM
from app.monitor import Problem

ROOT = Path(app.__file__).parent
# Private functions whose first argument is a message id.
_SPEAKING = {"_problem", "_flaw", "_note", "_bad_pack", "_unread", "_refuse", "Problem", "flaw"}


def _catalogues() -> dict[str, Sentence]:
    found: dict[str, Sentence] = {}
    for name in CATALOGUES:
        found |= importlib.import_module(f"app.messages.{name}").SENTENCES
    return found


def _error_classes() -> set[str]:
    for module in pkgutil.walk_packages([str(ROOT)], "app."):
        if not module.name.startswith(("app.ui", "app.__main__")):
            importlib.import_module(module.name)
    names = {AppError.__name__}
    todo = [AppError]
    while todo:
        for child in todo.pop().__subclasses__():
            names.add(child.__name__)
            todo.append(child)
    return names


def _said() -> Iterator[tuple[str, str]]:
    """(message id, where) for every id that is written down in a call."""
    speaking = _error_classes() | _SPEAKING
    for path in ROOT.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            for said in node.args[:2] if name in speaking else ():
                value = said.value if isinstance(said, ast.Constant) else None
                if isinstance(value, str) and "-" in value:
                    yield value, f"{path.relative_to(ROOT)}:{node.lineno}"


def test_every_id_that_is_said_has_its_sentence() -> None:
    known = message_ids()
    missing = sorted({f"{said} ({where})" for said, where in _said() if said not in known})
    assert missing == []
    assert len(list(_said())) > 80


def test_every_sentence_ends_and_does_not_shout() -> None:
    for name, sentence in _catalogues().items():
        if "-right-" in name:
            continue  # what would be right, inside a sentence about what is wrong
        for text in (sentence.title, sentence.hint):
            assert "!" not in text, name
            assert "  " not in text, name
        if name.startswith(("window-", "setup-", "kit-")):
            continue  # headings of the window
        assert sentence.title[-1] in ".?}”…" or sentence.title.endswith(":"), name


@pytest.mark.parametrize("name", sorted(_catalogues()))
def test_a_sentence_renders_with_its_parameters(name: str) -> None:
    sentence = _catalogues()[name]
    fields = {
        field for text in (sentence.title, sentence.hint)
        for _, field, _, _ in string.Formatter().parse(text) if field
    }  # fmt: skip
    told = render(name, {field: f"<{field}>" for field in fields})
    for field in fields:
        assert f"<{field}>" in str(told)
        assert f"{{{field}}}" not in str(told)


def test_an_unknown_id_is_shown_rather_than_swallowed() -> None:
    told = render("from-the-future", {"path": "/x"})
    assert str(told) == "from-the-future path: /x"


def test_a_missing_parameter_stays_visible() -> None:
    assert "{reason}" in render("restore-target", {"path": "/x"}).title


def test_a_problem_of_an_error_says_the_same() -> None:
    error = AppError("key-wrong", place="/x")
    assert Problem.from_error(error).sentence == error.sentence


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EACCES, "Zugriff verweigert"),
        (errno.ENOSPC, "Auf dem Gerät ist kein Platz mehr"),
        (errno.EIO, "Eingabe-/Ausgabefehler"),
    ],
)
def test_what_the_system_says_is_in_the_persons_language(
    number: int, said: str, speaks: Callable[[str], None]
) -> None:
    speaks("de")
    sentence = render("own-folder-unwritable", {"path": "/p", "reason": os.strerror(number)})
    other = render("own-folder-unwritable", {"path": "/p", "reason": "Kaputt"})
    assert said in sentence.title
    assert "Kaputt" in other.title


@pytest.mark.skipif(sys.platform != "linux", reason="the texts are those of glibc")
def test_the_usual_refusals_of_the_system_are_among_those_that_are_translated() -> None:
    usual = ("EACCES EPERM ENOENT EIO ENOSPC EDQUOT EROFS EBUSY EEXIST ENOTDIR EISDIR EINVAL EMFILE"
             " ENAMETOOLONG ELOOP EOPNOTSUPP ESTALE ENODEV ENXIO ENOTEMPTY EFBIG ENOTCONN ENOMEM"
             " ECONNREFUSED ECONNRESET ETIMEDOUT ENETUNREACH EHOSTUNREACH EHOSTDOWN")  # fmt: skip
    texts = {name: os.strerror(getattr(errno, name)) for name in usual.split()}
    assert {name for name, text in texts.items() if text not in OF_THE_SYSTEM} == set()


def test_a_reason_of_any_kind_is_shown() -> None:
    assert "[1, 2]" in render("own-folder-unwritable", {"path": "/p", "reason": [1, 2]}).title
