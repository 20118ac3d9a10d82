"""Irreducible polynomials, without which restic does not open a repository."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.repository.polynomial import DEGREE, is_irreducible, random_irreducible
from tests.repository.support import VERSIONS, golden_config


def multiply(a: int, b: int) -> int:
    product = 0
    for place in range(b.bit_length()):
        if b >> place & 1:
            product ^= a << place
    return product


@pytest.mark.parametrize("version", VERSIONS)
def test_what_restic_chose_is_irreducible(version):
    assert is_irreducible(int(golden_config(version).chunker_polynomial, 16))


def test_the_one_of_the_tests_of_restic_is_irreducible():
    assert is_irreducible(0x3DA3358B4DC173)


@pytest.mark.parametrize(
    "reducible",
    [
        0x3DA3358B4DC172,  # divided by x
        1 << DEGREE,  # x^53
        1 << DEGREE | 1,  # has the root 1
        (1 << DEGREE + 1) - 1,
        0,
        1,
        0x3DA3358B4DC173 >> 1,  # another degree
        0x3DA3358B4DC173 << 1,
    ],
)
def test_others_are_not(reducible):
    assert not is_irreducible(reducible)


@given(st.integers(1, DEGREE - 1), st.data())
def test_products_are_reducible(degree, data):
    one = data.draw(st.integers(1 << degree, (1 << degree + 1) - 1))
    rest = DEGREE - degree
    other = data.draw(st.integers(1 << rest, (1 << rest + 1) - 1))
    assert not is_irreducible(multiply(one, other))


def test_random_ones_differ_and_are_irreducible():
    found = {random_irreducible() for _ in range(3)}
    assert len(found) == 3
    assert all(is_irreducible(each) and each.bit_length() == DEGREE + 1 for each in found)


def test_the_same_randomness_gives_the_same_polynomial():
    def numbers():
        counter = itertools.count(1)
        return lambda size: (next(counter) * 0x9E3779B97F4A7C15).to_bytes(16, "big")[-size:]

    assert random_irreducible(numbers()) == random_irreducible(numbers())
