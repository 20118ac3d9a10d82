"""Irreducible polynomials of degree 53 over GF(2), which restic demands in a config.

Our chunker does not use it, but stock restic chunks with it when it backs up into the same
repository, and refuses to open a repository without one. Polynomials are integers, bit i being
the coefficient of x^i.

Test: f of degree n is irreducible iff x^(2^n) = x (mod f), and gcd(x^(2^(n/p)) - x, f) = 1 for
each prime p dividing n (M. O. Rabin, "Fingerprinting by random polynomials", 1981). 53 is prime.
"""

from __future__ import annotations

import os
from collections.abc import Callable

DEGREE = 53


def _mod(a: int, f: int) -> int:
    degree = f.bit_length()
    while a.bit_length() >= degree:
        a ^= f << (a.bit_length() - degree)
    return a


def _square_mod(a: int, f: int) -> int:
    # Squaring over GF(2) spreads the bits: (sum x^i)^2 = sum x^2i.
    return _mod(int("0".join(bin(a)[2:]), 2), f)


def _gcd(a: int, b: int) -> int:
    while b:
        a, b = b, _mod(a, b)
    return a


def is_irreducible(f: int) -> bool:
    """Whether `f`, of degree 53, has no divisors but itself and one."""
    if f >> DEGREE != 1:  # also for negative ones, which a config may name
        return False
    power = _square_mod(2, f)
    if _gcd(f, power ^ 2) != 1:
        return False
    for _ in range(DEGREE - 1):
        power = _square_mod(power, f)
    return power == 2


def random_irreducible(random: Callable[[int], bytes] = os.urandom) -> int:
    """A random irreducible polynomial of degree 53 (about one odd candidate in 27 is one)."""
    while True:
        bits = int.from_bytes(random(8), "big") & ((1 << DEGREE) - 1)
        candidate = bits | (1 << DEGREE) | 1
        if is_irreducible(candidate):
            return candidate
