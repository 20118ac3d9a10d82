"""Sentences about places: all that backends raise are there, and say what to do."""

from __future__ import annotations

import pytest

from app.backends import local_errors, object_errors
from app.messages import render
from app.messages.storage import SENTENCES

PARAMS = {"place": "/media/drive", "file": "data/abc", "reason": "Input/output error"}


@pytest.mark.parametrize("message_id", SENTENCES)
def test_each_says_what_happened_and_what_to_do(message_id: str) -> None:
    sentence = render(message_id, PARAMS)
    assert "/media/drive" in sentence.title
    assert sentence.title.endswith(".")
    assert sentence.hint
    assert "{" not in str(sentence)


def test_every_error_of_a_place_has_a_sentence() -> None:
    meanings = [*local_errors._BY_NUMBER.values(), *local_errors._BY_WINDOWS.values()]
    meanings += [*object_errors._BY_CODE.values(), *object_errors._BY_STATUS.values()]
    meanings += [object_errors._UNPROVEN, object_errors._KEPT]
    raised = {message_id for _, message_id in meanings} | {
        "place-broken",
        "file-not-there",
        "place-address",
    }
    assert raised == SENTENCES.keys()
