"""File names in trees: bytes ↔ Go's strconv.Quote without the outer quotes.

Names are bytes; those that are not UTF-8 must survive. restic stores `strconv.Quote(name)`
without the quotes, and that again JSON-escaped. Python's `str.isprintable` and Go's
`unicode.IsPrint` agree but for the age of their Unicode tables, and a reader unquotes either.
"""

from __future__ import annotations

import re

_SHORT = {
    "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v",
    '"': '\\"', "\\": "\\\\",
}  # fmt: skip
_PLAIN = re.compile(r"[ !#-%'-;=?-\[\]-~]*", re.ASCII)  # printable ASCII without " & < > \
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\\"'])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.?))",
    re.DOTALL,
)
_BACK = {short[1]: char for char, short in _SHORT.items()} | {"'": "'"}


def _quote_char(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char.isprintable():
        return char
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8, by surrogateescape
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quote(name: bytes) -> str:
    """The quoted form, before JSON escaping."""
    return "".join(map(_quote_char, name.decode("utf-8", "surrogateescape")))


def unquote(text: str) -> bytes:
    """The name's bytes; ValueError where the quoting is not Go's."""
    if "\\" not in text:
        return text.encode("utf-8")
    return b"".join(_unquoted_parts(text))


def _unquoted_parts(text: str) -> list[bytes]:
    parts = []
    at = 0
    for match in _ESCAPE.finditer(text):
        parts.append(text[at : match.start()].encode("utf-8"))
        parts.append(_unescape(match))
        at = match.end()
    parts.append(text[at:].encode("utf-8"))
    return parts


def _unescape(match: re.Match[str]) -> bytes:
    short, byte, four, eight, octal, bad = match.groups()
    if short:
        return _BACK[short].encode()
    if byte or octal:
        value = int(byte, 16) if byte else int(octal, 8)
        if value > 255:
            raise ValueError("an octal escape exceeds a byte")
        return bytes([value])
    if bad is not None:
        raise ValueError(f"unknown escape \\{bad}")
    code = int(four or eight, 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise ValueError("an escape is no code point")
    return chr(code).encode()


def json_string(text: str) -> str:
    """`text` between JSON quotes, escaped as Go's encoding/json does (HTML characters too)."""
    if _PLAIN.fullmatch(text):
        return f'"{text}"'
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    text = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return '"' + "".join(map(_json_char, text)) + '"'


_JSON_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def _json_char(char: str) -> str:
    if char in _JSON_SHORT:
        return _JSON_SHORT[char]
    if char < " ":
        return f"\\u{ord(char):04x}"
    if "\ud800" <= char <= "\udfff":
        return "\\ufffd"  # Go replaces what is not UTF-8
    return char


def json_name(name: bytes) -> str:
    """A name as it stands in a tree: quoted, then JSON-escaped, with its JSON quotes."""
    text = name.decode("utf-8", "surrogateescape")
    if _PLAIN.fullmatch(text):
        return f'"{text}"'
    return json_string(quote(name))


def printable(path: bytes) -> str:
    """A path for people and JSON: bytes that are not UTF-8 become replacement signs, control
    characters their escapes. A name must not be able to command a terminal."""
    text = path.decode("utf-8", "replace")
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
