"""Changes to a TOML text that leave every other byte as it was. Text in, text out.

Blocks (`[table]`, `[[array]]`) are cut and pasted as lines: tomlkit counts the comment above a
block to the block before it, and would take it away with the wrong one. Inside one value (an
array of inline tables, a string) tomlkit does know what belongs together, and does the work.

The texts must be valid, and arrays named here must hold tables.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from app.settings.model import VERSION, Option
from app.settings.places import Key, Places, scan

if TYPE_CHECKING:
    from tomlkit.items import Item

Value: TypeAlias = "Option | date | float"
Values: TypeAlias = Mapping[str, "Value"]

HEADER = """\
# Tradekeep's settings. Edit them as you like: the program keeps your comments, and says in which
# line something is not right. No secret is in here: the device key lies in the system's keyring,
# secrets of exchange accounts in a sealed file.
#
# What is backed up, one block each (a bot is best added by: tradekeep source detect):
#
#   [[sources]]
#   name = "charts"
#   kind = "folder"
#   path = "~/charts"               # absolute; ~ is your home folder
#   exclude = ["*.tmp", "/cache"]   # patterns as in .gitignore; may be left out
#   exclude_caches = true           # pass over folders that are marked as caches; may be left out
#
# Copies are added by: tradekeep copy add folder PATH --name NAME
# Exchange accounts are added by: tradekeep exchange add NAME --exchange ID
# Alerts (mail, Telegram, …) are added by: tradekeep alert add NAME

"""


def with_version(text: str) -> str:
    """The text with its version in it; one that says nothing yet gets the friendly header."""
    if not text.strip():
        text = HEADER
    if ("version",) in scan(text).spans:
        return text
    return f"{_ended(text)}version = {VERSION}{_newline(text)}"


def append_table(text: str, array: str, values: Values) -> str:
    """Add a table to an array of tables: behind its last one, else at the end of the text."""
    places = scan(text)
    if (array,) in places.spans and (array, 0) not in places.blocks:
        return _append_inline(text, array, values)
    number = 0
    while (array, number + 1) in places.spans:
        number += 1
    at = len(text) if (array, 0) not in places.spans else _behind(places, (array, number))
    newline = _newline(text)
    block = newline.join([f"[[{array}]]", *_pairs(values), ""])
    return _ended(text[:at]) + newline + block + text[at:]


def remove_table(text: str, array: str, number: int) -> str:
    """Take a table out of an array of tables, with the comment lines directly above it and one
    blank line that set it apart."""
    places = scan(text)
    if (array, number) not in places.blocks:
        return _remove_inline(text, array, number)
    span = places.spans[(array, number)]
    start = _above(places, span.start)
    end = _line_end(text, span.end)
    before = _line_start(text, start - 1) if start else 0
    if start and not text[before:start].strip():
        start = before
    elif end < len(text) and not text[end : _line_end(text, end)].strip():
        end = _line_end(text, end)
    return text[:start] + text[end:]


def set_table(text: str, table: str, values: Values) -> str:
    """Give a table these values: those that it has are replaced where they stand, others follow
    them; a table that is not there is put before all others."""
    places = scan(text)
    if (table,) in places.spans:
        return _change_table(places, (table,), values)
    newline = _newline(text)
    block = newline.join([f"[{table}]", *_pairs(values), ""])
    if not places.headers:
        return _ended(text) + newline + block
    at = _above(places, places.headers[0])
    apart = newline if text[_line_start(text, at - 1) : at].strip() else ""
    return text[:at] + apart + block + newline + text[at:]


def drop_keys(text: str, table: str, keys: Collection[str]) -> str:
    """The table without these keys, as far as it has them."""
    spans = scan(text).spans
    gone = [key for key in keys if (table, key) in spans]
    if not gone:
        return text
    import tomlkit
    from tomlkit.items import AbstractTable

    document = tomlkit.parse(text)
    found = document[table]
    assert isinstance(found, AbstractTable)
    for key in gone:
        found.remove(key)
    return document.as_string()


def change_table(text: str, array: str, number: int, values: Values) -> str:
    """The same for a table of an array."""
    return _change_table(scan(text), (array, number), values)


def _change_table(places: Places, table: Key, values: Values) -> str:
    text, whole = places.text, places.spans[table]
    there = {key for key in values if (*table, key) in places.spans}
    more = {key: value for key, value in values.items() if key not in there}
    if more and whole.start not in places.headers:  # a table within braces, on one line
        at = text.index("{", whole.value) + 1
        apart = "" if text[at:].lstrip().startswith("}") else ", "
        text = text[:at] + ", ".join(_pairs(more)) + apart + text[at:]
        return _change_table(scan(text), table, values)
    if more:
        at = _line_end(text, whole.end)
        newline = _newline(text)
        block = newline.join([*_pairs(more), ""])
        text = _ended(text[:at]) + block + text[at:]
    spans = [(places.spans[(*table, key)], _quoted(values[key])) for key in there]
    for span, quoted in sorted(spans, key=lambda pair: pair[0].value, reverse=True):
        text = text[: span.value] + quoted + text[span.end :]
    return text


def _behind(places: Places, key: Key) -> int:
    """Where something may follow a block: behind the comments that directly follow its last
    value, unless they lead up to the next block."""
    text = places.text
    at = end = _line_end(text, places.spans[key].end)
    while text[at : _line_end(text, at)].lstrip().startswith("#"):
        at = _line_end(text, at)
    leads_up = any(at <= header < _line_end(text, at) for header in places.headers)
    return end if leads_up else at


def _above(places: Places, header: int) -> int:
    """Where the comment lines directly above a header begin."""
    text = places.text
    start = _line_start(text, header)
    floor = max((s.end for s in places.spans.values() if s.end <= header), default=0)
    while start:
        above = _line_start(text, start - 1)
        # A line of a string that ends there may look like a comment.
        if above < floor or not text[above:start].lstrip().startswith("#"):
            break
        start = above
    return start


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + _newline(text)


def _pairs(values: Values) -> list[str]:
    return [f"{key} = {_quoted(value)}" for key, value in values.items()]


def _quoted(value: Value) -> str:
    return _item(value).as_string()


def _item(value: Value | Values) -> Item:
    """TOML's notation on one line: tables within a value stay in it."""
    import tomlkit

    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        for name, each in value.items():
            table.add(name, _item(each))
        return table
    if isinstance(value, (list, tuple)):
        array = tomlkit.array()
        for each in value:
            array.append(_item(each))
        return array
    return tomlkit.item(value)


def _append_inline(text: str, array: str, values: Values) -> str:
    import tomlkit
    from tomlkit.items import Array

    document = tomlkit.parse(text)
    tables = document[array]
    assert isinstance(tables, Array)
    tables.append(_item(values))
    return document.as_string()


def _remove_inline(text: str, array: str, number: int) -> str:
    import tomlkit
    from tomlkit.items import Array

    document = tomlkit.parse(text)
    tables = document[array]
    assert isinstance(tables, Array)
    tables.pop(number)
    return document.as_string()
