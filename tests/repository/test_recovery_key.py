"""The recovery key: every slip of a typing person is noticed, and every habit is allowed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.repository.recovery_key import (
    ALPHABET,
    GROUP,
    GROUPS,
    BadRecoveryKey,
    clean,
    generate,
    group_is_right,
    looks_like,
    parse,
)

GOLDEN_RANDOM = bytes(range(17))
GOLDEN_KEY = "GR3K-WG60-G1BG-G2JD-04WE-068M-18GM-180F-100B"

keys = st.binary(min_size=17, max_size=17).map(
    lambda raw: generate(lambda count: raw[:count]).reveal()
)


def fault(text: str) -> int:
    """The group that is named as wrong."""
    with pytest.raises(BadRecoveryKey) as caught:
        parse(text)
    assert caught.value.message_id == "recovery-key-group"
    group = caught.value.params["group"]
    assert isinstance(group, int)
    return group


def test_the_form_never_changes():
    """Printed keys must open for ever: this one was printed by the first version."""
    assert generate(lambda count: GOLDEN_RANDOM[:count]).reveal() == GOLDEN_KEY
    assert parse(GOLDEN_KEY).reveal() == GOLDEN_KEY


def test_a_key_has_nine_groups_of_four_and_all_135_bits():
    texts = {generate().reveal() for _ in range(200)}
    assert len(texts) == 200
    for text in texts:
        assert [len(group) for group in text.split("-")] == [GROUP] * GROUPS
    for bit in range(135):
        raw = (1 << bit).to_bytes(17, "big")
        texts.add(generate(lambda count, raw=raw: raw[:count]).reveal())
    assert len(texts) == 335


@given(keys)
def test_what_was_printed_is_accepted_as_it_is(text):
    assert parse(text).reveal() == text
    assert looks_like(text)


@given(keys, st.data())
def test_case_blanks_hyphens_and_look_alikes_do_not_matter(text, data):
    habits = {"1": "1iIlL", "0": "0oO", "V": "VvUu"}
    typed = []
    for char in text.replace("-", ""):
        typed.append(data.draw(st.sampled_from(habits.get(char, char + char.lower()))))
        typed.append(data.draw(st.sampled_from(["", "", " ", "-", "\n", "\t", "–", ".", "_"])))
    assert parse("".join(typed)).reveal() == text


@pytest.mark.parametrize("place", range(GROUPS * GROUP))
def test_every_single_wrong_character_is_noticed_and_its_group_named(place):
    typed = clean(GOLDEN_KEY)
    for other in ALPHABET:
        if other != typed[place]:
            wrong = typed[:place] + other + typed[place + 1 :]
            assert fault(wrong) == place // GROUP + 1


@given(keys, st.integers(0, GROUPS * GROUP - 1), st.sampled_from(ALPHABET))
def test_a_wrong_character_in_any_key_is_noticed(text, place, other):
    typed = clean(text)
    assume(typed[place] != other)
    assert fault(typed[:place] + other + typed[place + 1 :]) == place // GROUP + 1


@given(keys)
def test_every_swap_of_two_neighbours_is_noticed(text):
    typed = clean(text)
    for place in range(len(typed) - 1):
        one, other = typed[place : place + 2]
        if one != other:
            wrong = typed[:place] + other + one + typed[place + 2 :]
            assert fault(wrong) in (place // GROUP + 1, (place + 1) // GROUP + 1)


def test_every_swap_within_any_group_is_noticed():
    """Exhaustive over two places, whatever the third holds."""
    for number in range(GROUPS):
        for a, b in itertools.combinations(ALPHABET, 2):
            groups = (a + b + "0" + check for check in ALPHABET)
            right = [group for group in groups if group_is_right(number, group)]
            assert len(right) == 1
            assert not group_is_right(number, b + a + right[0][2:])


@given(keys, st.integers(0, GROUPS - 1), st.integers(0, GROUPS - 1))
def test_groups_in_the_wrong_places_are_noticed(text, one, other):
    groups = text.split("-")
    assume(one != other and groups[one] != groups[other])
    groups[one], groups[other] = groups[other], groups[one]
    assert fault("-".join(groups)) == min(one, other) + 1


@given(keys, st.integers(0, GROUPS - 1))
def test_a_group_left_out_or_typed_twice_is_noticed(text, number):
    groups = text.split("-")
    for wrong in (groups[:number] + groups[number + 1 :], groups[: number + 1] + groups[number:]):
        with pytest.raises(BadRecoveryKey):
            parse("-".join(wrong))


@given(keys, st.integers(0, GROUPS * GROUP - 1))
def test_an_incomplete_key_is_noticed(text, length):
    with pytest.raises(BadRecoveryKey):
        parse(clean(text)[:length])


@given(st.text(max_size=60))
def test_any_other_text_is_refused_in_a_sentence(text):
    with pytest.raises(BadRecoveryKey) as caught:
        parse(text)
    assert str(caught.value)
    assert caught.value.exit_code == 12


def test_a_wallets_words_do_not_look_like_a_key():
    words = "legal winner thank year wave sausage worth useful legal winner thank yellow"
    assert not looks_like(words)
    with pytest.raises(BadRecoveryKey):
        parse(words)


def test_a_key_does_not_show_itself():
    assert repr(generate()) == "***"
