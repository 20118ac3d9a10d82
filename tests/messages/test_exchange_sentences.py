"""The sentences about exchanges get the parameters that they have room for."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import app
from app.messages.exchanges import SENTENCES

ROOT = Path(app.__file__).parent


def _fields(message_id: str) -> set[str]:
    sentence = SENTENCES[message_id]
    texts = (sentence.title, sentence.hint)
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}


def _given(call: ast.Call) -> set[str] | None:
    """The names that a call gives; None where they come from elsewhere."""
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    if len(call.args) > 1:
        if not isinstance(call.args[1], ast.Dict) or None in call.args[1].keys:
            return None
        return {str(key.value) for key in call.args[1].keys if isinstance(key, ast.Constant)}
    return {keyword.arg for keyword in call.keywords if keyword.arg}


def _calls() -> Iterator[tuple[str, str, set[str]]]:
    for file in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            first = node.args[0]
            if isinstance(first, ast.Constant) and first.value in SENTENCES:
                given = _given(node)
                if getattr(node.func, "attr", "") == "_problem" and given is not None:
                    given |= {"account", "exchange"}
                if given is not None:
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", str(first.value), given


def test_callers_give_what_the_sentences_need() -> None:
    found = list(_calls())
    assert len(found) > 25
    lacking = {
        f"{where} {message_id}": _fields(message_id) - given for where, message_id, given in found
    }
    assert {call: names for call, names in lacking.items() if names} == {}


def test_every_sentence_says_what_to_do() -> None:
    assert [name for name, sentence in SENTENCES.items() if not sentence.hint] == []
