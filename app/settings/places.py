"""Where in a TOML text each key stands: for the lines of mistakes, and for edits that leave every
other byte alone.

tomllib is fast but tells no positions, tomlkit keeps positions to itself. This is a scanner for
texts that tomllib has accepted, so it need not find mistakes. It is held to tomllib's own reading
by tests: the same keys, no more and no fewer.
"""

from __future__ import annotations

import re
import tomllib

import msgspec

Key = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANKS = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\r\n]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'  # up to two quotation marks may precede the closing three
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)


class Span(msgspec.Struct):
    """Offsets of an entry: where its key or header begins, its value begins, all of it ends.

    A table that has a header ends with its last value (comments behind it are not part of it).
    """

    start: int
    value: int
    end: int


class Places(msgspec.Struct):
    """The entries of a text by key: names, and numbers within arrays. `headers` are the offsets
    of all table headers in order, `blocks` the keys of tables that `[[…]]` began."""

    text: str
    spans: dict[Key, Span] = msgspec.field(default_factory=dict)
    headers: list[int] = msgspec.field(default_factory=list)
    blocks: set[Key] = msgspec.field(default_factory=set)

    def line(self, key: Key) -> int:
        """The line of a key, or of the nearest table around it that is written down."""
        while key and key not in self.spans:
            key = key[:-1]
        return self.text.count("\n", 0, self.spans[key].start) + 1 if key else 1

    def source(self, key: Key) -> str:
        """A value as it is written; of a table under a header the header."""
        span = self.spans[key]
        if span.start in self.headers:
            return self.text[span.start : span.value]
        return self.text[span.value : span.end]


def scan(text: str) -> Places:
    """Find every entry of a text that `tomllib.loads` accepts."""
    scanner = _Scanner(Places(text))
    scanner.document()
    return scanner.places


class _Scanner:
    def __init__(self, places: Places) -> None:
        self.places = places
        self.text = places.text
        self.table: Key = ()
        self.last: dict[Key, int] = {}  # the newest element of each array of tables

    def document(self) -> None:
        at = self._skip(0)
        while at < len(self.text):
            if self.text[at] == "[":
                at = self._header(at)
            else:
                at = self._pair(at, self.table)
                if self.table:
                    self.places.spans[self.table].end = at
            at = self._skip(at)

    def _skip(self, at: int, pattern: re.Pattern[str] = _SPACE) -> int:
        match = pattern.match(self.text, at)
        assert match is not None
        return match.end()

    def _header(self, start: int) -> int:
        width = 2 if self.text.startswith("[[", start) else 1
        names, at = self._names(start + width)
        end = at + width
        table = self._resolve(names[:-1])
        if width == 2:
            array = (*table, names[-1])
            self.last[array] = self.last.get(array, -1) + 1
            if array not in self.places.spans:
                self._note(array, Span(start, end, end))
            self.table = (*array, self.last[array])
            self.places.blocks.add(self.table)
        else:
            self.table = (*table, names[-1])
        self._note(self.table, Span(start, end, end))
        self.places.headers.append(start)
        return end

    def _resolve(self, names: list[str]) -> Key:
        key: Key = ()
        for name in names:
            key = (*key, name)
            if key in self.last:
                key = (*key, self.last[key])
        return key

    def _note(self, key: Key, span: Span) -> None:
        """Remember an entry, and tables that only exist because of the dots in a key."""
        for length in range(1, len(key)):
            self.places.spans.setdefault(key[:length], Span(span.start, span.start, span.end))
        self.places.spans[key] = span

    def _names(self, at: int) -> tuple[list[str], int]:
        """The parts of a dotted key, and the offset behind it and the blanks that follow."""
        names = []
        while True:
            at = self._skip(at, _BLANKS)
            match = (_STRING if self.text[at] in "\"'" else _BARE).match(self.text, at)
            assert match is not None
            names.append(_name(match.group()))
            at = self._skip(match.end(), _BLANKS)
            if self.text[at] != ".":
                return names, at
            at += 1

    def _pair(self, start: int, table: Key) -> int:
        names, at = self._names(start)
        value = self._skip(at + 1, _BLANKS)
        key = (*table, *names)
        end = self._value(value, key)
        self._note(key, Span(start, value, end))
        return end

    def _value(self, at: int, key: Key) -> int:
        first = self.text[at]
        if first in "\"'":
            return self._skip(at, _STRING)
        if first == "[":
            return self._items(at, key, "]")
        if first == "{":
            return self._items(at, key, "}")
        match = _SCALAR.match(self.text, at)
        assert match is not None
        return at + len(match.group().rstrip())

    def _items(self, start: int, key: Key, closing: str) -> int:
        """An array or an inline table: entries with commas between them."""
        number = 0
        at = self._skip(start + 1)
        while self.text[at] != closing:
            if closing == "}":
                at = self._pair(at, key)
            else:
                begin, at = at, self._value(at, (*key, number))
                self._note((*key, number), Span(begin, begin, at))
                number += 1
            at = self._skip(at)
            if self.text[at] == ",":
                at = self._skip(at + 1)
        return at + 1


def _name(written: str) -> str:
    if written[0] not in "\"'":
        return written
    name: str = tomllib.loads(f"name = {written}")["name"]
    return name
