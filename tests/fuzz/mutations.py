"""Valid inputs, changed: what comes from outside is hardly ever noise; it nearly fits.

Bytes are flipped, cut, spliced, repeated; where it is text, numbers become huge, strings odd, and
brackets deep. `changed` is a strategy that shrinks: fewer changes, and simpler ones, first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from hypothesis import strategies as st

Change = Callable[[bytes], bytes]

_NUMBERS = (
    b"0", b"-1", b"1", b"1e999", b"-1e999", b"NaN", b"1.5", b"2147483648", b"4294967296",
    b"9223372036854775807", b"9223372036854775808", b"18446744073709551616", b"1152921504606846976",
    b"-9223372036854775809", b"9" * 400, b"9" * 5000, b"0x10", b"1_0", b"99999999999999", b"1e-400",
)  # fmt: skip
_STRINGS = (
    b"", b".", b"..", b"../../../x", b"/", b"/etc/passwd", b"a/b", b"a\\u0000b", b"\\u0000",
    b"\xff", b"\\ud800", b"\\udcff", b"\xed\xa0\x80", b"\\\\..\\\\x", b"C:\\\\x", b"CON", b"~",
    b"\xe2\x80\xae", b"\xf0\x9f\x92\xb0", b"x" * 5000, b"\\n", b"%s%n", b"{x}", b"0" * 64,
    b"zz" * 32, b"0000-00-00T00:00:00Z", b"9999-12-31T23:59:60+99:99",
    b"2026-02-30T00:00:00Z", b"2026-11-26T08:00:00",
)  # fmt: skip
_VALUES = (
    b"null", b"true", b"[]", b"{}", b'""', b"[[]]", b'{"":null}', b"[null]", b'[{"id":1,"id":2}]',
)  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_STRING = re.compile(rb'(?<=")[^"\\]{0,200}(?=")')
_VALUE = re.compile(
    rb'-?\d+(?:\.\d+)?|"[^"\\]{0,200}"|\[[^\[\]]{0,200}\]|\{[^{}]{0,200}\}|null|true'
)
_FIELD = re.compile(rb'"[^"\\]{1,40}":(?:-?\d+|"[^"\\]{0,200}"|null|true|false)')
_DEEP = (50, 500, 20_000)


def changed(seeds: Sequence[bytes], *, text: bool = True) -> st.SearchStrategy[bytes]:
    """One of the valid inputs after one to six changes."""
    kinds = [_flip, _cut, _splice, _repeat, _drop, _byte]
    if text:
        kinds += [_in_place(_NUMBER, _NUMBERS), _in_place(_STRING, _STRINGS)] * 2
        kinds += [_in_place(_VALUE, _VALUES), _twice, _deep]
    change = st.one_of([kind(seeds) for kind in kinds])
    return st.builds(_apply, st.sampled_from(list(seeds)), st.lists(change, min_size=1, max_size=6))


def _apply(seed: bytes, changes: Sequence[Change]) -> bytes:
    for change in changes:
        seed = change(seed)[: 1 << 20]
    return seed


def _at(data: bytes, place: float) -> int:
    return int(place * len(data))


_PLACE = st.floats(0, 1, exclude_max=True)
_LENGTH = st.integers(1, 64)


def _flip(_seeds: Sequence[bytes]) -> st.SearchStrategy[Change]:
    def flip(place: float, bit: int) -> Change:
        def change(data: bytes) -> bytes:
            at = _at(data, place)
            return data[:at] + bytes(each ^ 1 << bit for each in data[at : at + 1]) + data[at + 1 :]

        return change

    return st.builds(flip, _PLACE, st.integers(0, 7))


def _byte(_seeds: Sequence[bytes]) -> st.SearchStrategy[Change]:
    def put(place: float, new: bytes) -> Change:
        return lambda data: data[: _at(data, place)] + new + data[_at(data, place) + len(new) :]

    return st.builds(put, _PLACE, st.binary(min_size=1, max_size=8))


def _cut(_seeds: Sequence[bytes]) -> st.SearchStrategy[Change]:
    def cut(place: float) -> Change:
        return lambda data: data[: _at(data, place)]

    return st.builds(cut, _PLACE)


def _drop(_seeds: Sequence[bytes]) -> st.SearchStrategy[Change]:
    def drop(place: float, length: int) -> Change:
        return lambda data: data[: _at(data, place)] + data[_at(data, place) + length :]

    return st.builds(drop, _PLACE, _LENGTH)


def _splice(seeds: Sequence[bytes]) -> st.SearchStrategy[Change]:
    def splice(place: float, other: bytes, begin: float, length: int) -> Change:
        part = other[_at(other, begin) :][:length]
        return lambda data: data[: _at(data, place)] + part + data[_at(data, place) :]

    return st.builds(splice, _PLACE, st.sampled_from(list(seeds)), _PLACE, _LENGTH)


def _repeat(_seeds: Sequence[bytes]) -> st.SearchStrategy[Change]:
    def repeat(place: float, length: int, times: int) -> Change:
        def change(data: bytes) -> bytes:
            at = _at(data, place)
            return data[:at] + data[at : at + length] * times + data[at:]

        return change

    return st.builds(repeat, _PLACE, _LENGTH, st.sampled_from([1, 2, 50, 1000]))


def _in_place(
    pattern: re.Pattern[bytes], new: Sequence[bytes]
) -> Callable[[Sequence[bytes]], st.SearchStrategy[Change]]:
    """Something in the place of one of what the pattern finds."""

    def put(place: float, value: bytes) -> Change:
        def change(data: bytes) -> bytes:
            found = list(pattern.finditer(data))
            if not found:
                return data
            one = found[int(place * len(found))]
            return data[: one.start()] + value + data[one.end() :]

        return change

    return lambda _seeds: st.builds(put, _PLACE, st.sampled_from(list(new)))


def _twice(_seeds: Sequence[bytes]) -> st.SearchStrategy[Change]:
    """A field of an object stands twice."""

    def twice(place: float) -> Change:
        def change(data: bytes) -> bytes:
            found = list(_FIELD.finditer(data))
            if not found:
                return data
            one = found[int(place * len(found))]
            return data[: one.end()] + b"," + one[0] + data[one.end() :]

        return change

    return st.builds(twice, _PLACE)


def _deep(_seeds: Sequence[bytes]) -> st.SearchStrategy[Change]:
    """Brackets in brackets, where a value was; also as a field that nobody knows."""

    def deep(place: float, depth: int, whole: bool, unknown: bool) -> Change:
        nested = b"[" * depth + (b"]" * depth if whole else b"")

        def change(data: bytes) -> bytes:
            found = list((_FIELD if unknown else _VALUE).finditer(data))
            if not found:
                return nested
            one = found[int(place * len(found))]
            new = b'"unknown":' + nested + b"," + one[0] if unknown else nested
            return data[: one.start()] + new + data[one.end() :]

        return change

    return st.builds(deep, _PLACE, st.sampled_from(_DEEP), st.booleans(), st.booleans())
