"""The printed recovery key: 135 random bits as nine groups of four characters.

    K7QM-2VXA-…      three characters of 5 bits each and a check character in each group

Characters are Crockford's base 32 (no I, L, O, U), so typing may mix up case, blanks, hyphens
and look-alikes. The check character is a sum over GF(32) weighted by place in the group and
shifted by the group's number: every single wrong character, every swap of two neighbours and
every group in the wrong place is noticed, and the group at fault can be named while one types.

The canonical text (upper case, hyphens) is exactly the password that stock restic takes. It
looks nothing like a wallet's seed phrase, so that nobody types one for the other.

Source of the alphabet: D. Crockford, "Base 32", https://www.crockford.com/base32.html
"""

from __future__ import annotations

import os
from collections.abc import Callable

from app.errors import AppError
from app.secret import Secret

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS = 9
GROUP = 4
_LOOK_ALIKE = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})
_FIELD = 0b100101  # x^5 + x^2 + 1, irreducible


class BadRecoveryKey(AppError):
    """The typed text is not a recovery key; `params["group"]` counts from 1 where one is wrong."""

    exit_code = 12


def _times(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 32:
            a ^= _FIELD
        b >>= 1
    return product


def _check(number: int, values: list[int]) -> int:
    """Weights 2, 4, 8 are distinct, non-zero and not one: so errors and swaps always show."""
    total = number + 1
    for place, value in enumerate(values, start=1):
        total ^= _times(value, 1 << place)
    return total


def generate(random: Callable[[int], bytes] = os.urandom) -> Secret:
    """A new key in canonical form."""
    bits = int.from_bytes(random(17), "big")  # 136 bits, of which 135 are used
    groups = []
    for number in range(GROUPS):
        values = [(bits >> 5 * (3 * number + place)) & 31 for place in range(GROUP - 1)]
        values.append(_check(number, values))
        groups.append("".join(ALPHABET[value] for value in values))
    return Secret("-".join(groups))


def clean(text: str) -> str:
    """What was typed, without blanks and hyphens, upper case, look-alikes replaced."""
    kept = "".join(char for char in text.upper() if char not in " \t\r\n-–—_.")
    return kept.translate(_LOOK_ALIKE)


def group_is_right(number: int, group: str) -> bool:
    """Whether the `number`-th group (from 0), cleaned, is complete and its check fits."""
    if len(group) != GROUP or any(char not in ALPHABET for char in group):
        return False
    *values, check = (ALPHABET.index(char) for char in group)
    return _check(number, values) == check


def looks_like(text: str) -> bool:
    """Whether this could be meant as a recovery key, so that its mistakes deserve naming."""
    typed = clean(text)
    return len(typed) == GROUPS * GROUP and all(char in ALPHABET for char in typed)


def parse(text: str) -> Secret:
    """The canonical key for what somebody typed; `BadRecoveryKey` names the group at fault."""
    typed = clean(text)
    groups = [typed[at : at + GROUP] for at in range(0, len(typed), GROUP)]
    for number, group in enumerate(groups[:GROUPS]):
        if not group_is_right(number, group):
            raise BadRecoveryKey("recovery-key-group", group=number + 1)
    if len(typed) != GROUPS * GROUP:
        raise BadRecoveryKey("recovery-key-length", typed=len(typed), expected=GROUPS * GROUP)
    return Secret("-".join(groups))
