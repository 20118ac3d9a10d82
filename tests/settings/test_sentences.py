"""Every id of this room has a sentence, with the parameters that its callers give."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.messages import message_ids
from app.messages.settings import SENTENCES

APP = Path(__file__).parents[2] / "app"
# Given by a helper, or in a mapping.
_ELSEWHERE = {"settings-right-other-name", "password-file-unreadable", "password-file-unwritable"}
_IDS = """
    not-set-up already-set-up folder-not-empty folder-is-file recovery-file-exists
    recovery-file-unwritable password-file-unreadable password-file-not-text
    password-file-empty key-needed no-sources path-not-there place-unknown-kind
    copy-parent-missing copy-unwritable copy-overlaps copy-place-taken copy-unknown
    no-copies copy-away copy-bare copy-other keyring-locked keyring-absent keyring-denied
"""


def fields(message_id: str) -> set[str]:
    sentence = SENTENCES[message_id]
    parsed = [*string.Formatter().parse(sentence.title), *string.Formatter().parse(sentence.hint)]
    return {name for _, name, _, _ in parsed if name}


def calls() -> Iterator[tuple[str, str, set[str]]]:
    """Where in the program an id of this catalogue is given with keywords: place, id, names."""
    for file in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            first = node.args[0]
            if isinstance(first, ast.Constant) and first.value in SENTENCES:
                names = {keyword.arg for keyword in node.keywords if keyword.arg}
                yield f"{file.relative_to(APP)}:{node.lineno}", str(first.value), names


def test_callers_give_what_the_sentences_need() -> None:
    found = list(calls())
    assert len(found) > 20
    missing = {
        (place, message_id): fields(message_id) - names
        for place, message_id, names in found
        if message_id not in _ELSEWHERE
    }
    assert {call: names for call, names in missing.items() if names} == {}


def test_every_id_of_this_room_has_a_sentence() -> None:
    written = re.compile(r'"((?:settings|keyring|password-file|copy|source)-[a-z0-9-]+)"')
    used = {
        match
        for file in (APP / "settings").glob("*.py")
        for match in written.findall(file.read_text(encoding="utf-8"))
    }
    assert len(used) > 25
    assert used <= message_ids()


def test_ids_that_others_rely_on() -> None:
    assert set(_IDS.split()) <= SENTENCES.keys()


@pytest.mark.parametrize("message_id", sorted(SENTENCES))
def test_the_tone(message_id: str) -> None:
    sentence = SENTENCES[message_id]
    assert "!" not in str(sentence)
    if not message_id.startswith("settings-right-"):
        assert sentence.title[-1] in ".?}"
        assert sentence.hint or sentence.title.startswith("Line {line}: ")
