"""What the beginning of a file tells: kinds, and bytes that could be random."""

from __future__ import annotations

import base64
import gzip
import random
import sqlite3
from pathlib import Path

import pytest

from app.repository.looks import Kind, is_even, kind_of, look

CHANCE = random.Random(7)


@pytest.mark.parametrize("length", [64, 100, 300, 1024])
def test_random_bytes_are_even_at_any_length_that_says_something(length: int) -> None:
    found = [is_even(CHANCE.randbytes(length)) for _ in range(500)]
    assert sum(found) >= 495


def test_what_people_write_is_not_even() -> None:
    text = b'{"pair": "BTC/USDT", "stake": 0.5, "side": "long"}\n' * 40
    encoded = base64.b64encode(CHANCE.randbytes(4000))
    prices = b"".join(number.to_bytes(8, "little") for number in range(60_000, 60_400))
    for content in (text, encoded, encoded[:64], CHANCE.randbytes(2000).hex().encode(), prices):
        assert not any(is_even(content[at : at + 1024]) for at in range(0, len(content), 1024))
    assert not is_even(CHANCE.randbytes(63))
    assert not is_even(b"")


def test_kinds_by_the_first_bytes(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.sqlite") as database:
        database.execute("CREATE TABLE t (id)")
    database.close()
    assert kind_of((tmp_path / "a.sqlite").read_bytes()[:512]) is Kind.SQLITE
    assert kind_of(gzip.compress(b"x")) is Kind.KNOWN
    assert kind_of(b"Salted__" + bytes(range(200))) is Kind.SEALED
    assert kind_of("größer, größer: 比特币".encode() * 20) is Kind.TEXT
    assert kind_of("比特币".encode() * 60 + b"\xe6") is Kind.TEXT  # cut within a sign
    assert kind_of(b"") is Kind.EMPTY
    unknown = [kind_of(CHANCE.randbytes(512)) for _ in range(300)]
    assert unknown.count(Kind.UNKNOWN) >= 297


def test_one_in_four_blocks_is_seen_wherever_it_lies() -> None:
    content = bytearray(b"2026-11-26 order filled\n" * 20_000)
    for at in range(4096, len(content), 16_384):
        content[at : at + 4096] = CHANCE.randbytes(4096)
    seen = [look(bytes(content), seed).even for seed in range(200)]
    assert sum(even >= 0.2 for even in seen) > 60
    assert look(bytes(content), 3) == look(bytes(content), 3)
