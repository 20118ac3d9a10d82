"""What Dropbox answers, as sentences; and its content hash."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.backends.contract import AccessDenied, FileNotThere, NoSpace, PlaceBroken
from app.backends.dropbox.hashing import content_hash
from app.messages import render
from app.messages.dropbox import SENTENCES
from tests.backends.dropbox_account import content_hash as hash_of_the_server
from tests.backends.dropbox_server import server

PARAMS = {
    "place": "dropbox:tradekeep",
    "file": "data/abc",
    "reason": "files.content.read",
    "count": 3,
}


@pytest.mark.parametrize("message_id", SENTENCES)
def test_each_says_what_happened_and_what_to_do(message_id: str):
    sentence = render(message_id, PARAMS)
    assert sentence.title.endswith(".")
    assert re.search(r"(\.|tradekeep [a-z]+ [a-z-]+( [A-Z]+)?)$", sentence.hint), sentence.hint
    assert "{" not in str(sentence)


@pytest.mark.parametrize(
    ("tags", "error", "message_id"),
    [
        (("path", "not_found"), FileNotThere, "file-not-there"),
        (("path_lookup", "not_found"), FileNotThere, "file-not-there"),
        (("path", "conflict", "folder"), AccessDenied, "place-not-a-file"),
        (("path", "not_file"), AccessDenied, "place-not-a-file"),
        (("path", "conflict", "file"), AccessDenied, "place-not-a-folder"),
        (("path", "conflict", "file_ancestor"), AccessDenied, "place-not-a-folder"),
        (("failure", "path", "insufficient_space"), NoSpace, "place-full"),
        (("payload_too_large",), NoSpace, "place-file-too-large"),
        (("path", "no_write_permission"), AccessDenied, "place-denied"),
        (("path", "malformed_path"), AccessDenied, "place-denied"),
        (("failure", "too_many_write_operations"), PlaceBroken, "dropbox-busy"),
        (("path", "too_many_write_operations"), PlaceBroken, "dropbox-busy"),
        (("content_hash_mismatch",), PlaceBroken, "place-broken"),
        (("other",), PlaceBroken, "place-broken"),
    ],
)
def test_what_dropbox_says_has_a_sentence(tags: tuple[str, ...], error: type, message_id: str):
    server()
    from app.backends.dropbox.errors import as_backend_error

    made = as_backend_error(tags, place="dropbox:", file="config")
    assert type(made) is error
    assert made.message_id == message_id
    assert made.sentence.hint


# --- the content hash ----------------------------------------------------------------------------


def test_the_hash_of_nothing_and_of_one_block():
    assert content_hash(b"") == hashlib.sha256(b"").hexdigest()
    assert content_hash(b"a") == hashlib.sha256(hashlib.sha256(b"a").digest()).hexdigest()


@settings(max_examples=15, deadline=None)
@given(
    blocks=st.integers(0, 2),
    beyond=st.integers(-2, 2),
    salt=st.binary(max_size=8),
    kind=st.sampled_from([bytes, bytearray, memoryview]),
)
def test_the_hash_is_the_one_of_dropboxs_own_sdk(blocks: int, beyond: int, salt: bytes, kind: type):
    server()
    from dropbox.content_hash import content_hash as hash_of_the_sdk

    data = salt + bytes(max(0, blocks * (4 << 20) + beyond - len(salt)))
    assert content_hash(kind(data)) == hash_of_the_sdk(data) == hash_of_the_server(data)
