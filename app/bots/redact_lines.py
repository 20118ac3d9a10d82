"""The lines of a configuration without its secrets: JSON, YAML, TOML, INI, .env, XML, Python.

What stands behind a name that sounds like a secret is hidden: a string, a list, a block, over as
many lines as it takes; so is a login in an address, a recovery key, the words of a wallet on
however many lines, and any long word that looks random. The text is not parsed, for it may be
broken and in any of these languages at once. Rather too much is hidden than too little: where the
end of a value is not plain, the rest of its line goes. Each line stays one line. What sounds like
nothing, and what stands in a table's column, cannot be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from app.redact import HIDDEN, address, without_random, without_recovery_keys
from app.seed_words import without_phrases

_SOUNDS = (
    r"(?:key|secret|token|pass|pwd|auth|cred|mnemonic|seed|private|phrase|signature|webhook|cookie"
    r"|bearer|jwt|dsn|totp|2fa|(?<![a-z])(?:otp|pin|pw)(?![a-z])"
    r"|kennwort|geheim|contrase|clave|парол|ключ|секрет|密码|密钥|私钥|口令|令牌)"
)
# No unbounded repetition before something that may fail: a line may be half a megabyte long.
_NAME = rf"""{_SOUNDS}[\w.-]{{0,64}}(?:\\?["']| [ \w.-]{{0,64}}["'])?"""
_SEPARATOR = r"""\s{0,20}\]?\s{0,20}(?::=|=>|[:=]|(?<=["']),\s{0,20}(?=["']))"""
# "name: API_KEY" and then "value: …", as in lists of environment variables.
_PAIR = re.compile(
    rf"""(?i)\b(?:name|key|id|variable)["']?\s{{0,20}}[:=]\s{{0,20}}["']?[\w.-]{{0,64}}{_SOUNDS}"""
)
_SPACED = (
    rf"(?:(?<![\w-])--[\w-]{{0,64}}{_SOUNDS}[\w-]{{0,64}}|\bset(?:env)?\s{{1,20}}[\w.-]{{0,64}}{_SOUNDS}"
    rf"[\w.-]{{0,64}}|\bpassword|\s-u)\s{{1,20}}(?=[^\s:=])"
)
_ELEMENT = rf"(?P<element><[\w:.-]{{0,64}}{_SOUNDS}[\w:.-]{{0,64}}(?:\s[^<>]{{0,400}})?>)"
_NAMED = re.compile(rf"(?i){_ELEMENT}|{_NAME}{_SEPARATOR}|{_SPACED}")
_NAMED_OR_VALUE = re.compile(rf"""(?i){_ELEMENT}|(?:{_NAME}|\bvalue["']?){_SEPARATOR}|{_SPACED}""")
_BEGINS = re.compile(r"""\s*(?:-\s+)?(?:export\s+)?["']?[\w.-]*""")
_ENTRY = re.compile(r"""\s*(?:[#;}\])\[<]|(?:-\s+)?["']?[\w.][\w. -]{0,64}["']?\s{0,20}[:=])""")
# What may follow a string that was the whole value.
_AFTER = re.compile(
    r"""\s*(?:$|[;}\])&#]|,\s*(?:$|[#}\])]|["']?[\w.-]{1,64}["']?\s{0,20}(?:[:=])))"""
)
_STRING = re.compile(r"""[rRbBuUfF]{0,2}(\"{3}|'{3}|["'])""")
_LITERAL = re.compile(r"(?i)(true|false|null|none|-?\d+(?:\.\d+)?)(?=\s*(?:$|[,;}\])#]))")
_LATER = re.compile(r"(?:[|>][-+0-9]*\s*)?(?:#.*|//.*)?$")
_HARMLESS = frozenset({"", "true", "false", "null", "none"})
_PEM_BEGINS, _PEM_ENDS = re.compile(r"-----BEGIN "), re.compile(r"-----END ")
_FAR = 200  # into a line, no name begins it
_CLOSING = {"[": "]", "{": "}", "(": ")"}


def settings(lines: Iterable[str]) -> Iterator[str]:
    """See the module. No line holds a line feed."""
    hiding, whole = _Hiding(), list(lines)
    for line in without_phrases("\n".join(whole), HIDDEN).split("\n") if whole else ():
        yield hiding.shown(line)


class _Hiding:
    """What of a value goes on in the next lines; at most one of these is set."""

    def __init__(self) -> None:
        self._quote = ""  # what ends a string
        self._brackets: list[str] = []  # what closes the open ones
        self._block: int | None = None  # the indentation of the name whose value goes on
        self._next = False  # the value has not begun yet, or its line goes on
        self._pem = False
        self._pair = False  # the last line named a secret whose value may follow

    def shown(self, line: str) -> str:
        indent = len(line) - len(line.lstrip())
        self._pem = self._pem or _PEM_BEGINS.search(line) is not None
        hidden = line[:indent] + HIDDEN if line.strip() else line
        if self._pem:
            self._pem = _PEM_ENDS.search(line) is None
            return hidden
        if self._quote:
            if _closes(line, 0, self._quote) is not None:
                self._quote = ""
            return hidden
        if self._brackets:
            return self._in_brackets(line, indent)
        if not line.strip():
            return line
        if self._is_in_block(line, indent):
            return hidden
        return self._scan(line, indent)

    def _in_brackets(self, line: str, indent: int) -> str:
        end = self._walk(line, 0)
        begun = line[:indent] + (HIDDEN if line[indent:end].strip("]})") else "")
        return begun if end is None else begun + self._scan(line[end - 1 :], indent)

    def _is_in_block(self, line: str, indent: int) -> bool:
        waits, self._next = self._next, False
        if self._block is not None:
            listed = indent == self._block and line[indent:].startswith(("- ", "-\t"))
            if indent > self._block or listed:
                return True
            self._block = None
        if waits and not _ENTRY.match(line):
            self._value(line, indent, indent, opens=False)
            return True
        return False

    def _scan(self, line: str, indent: int) -> str:
        named = _PAIR.search(line) is not None
        pattern = _NAMED_OR_VALUE if named or self._pair else _NAMED
        self._pair = named
        shown, at = [], 0
        while found := pattern.search(line, at):
            shown.append(_plain(line[at : found.end()]))
            if found["element"]:
                value, at = self._element(line, found.end())
            else:
                opens = _may_go_on(line, found)
                value, at = self._value(line, found.end(), indent, opens=opens)
            shown.append(value)
        return "".join(shown) + _plain(line[at:])

    # --- one value: what is shown of it, and where the line goes on --------------------------

    def _element(self, line: str, at: int) -> tuple[str, int]:
        end = line.find("<", at)
        if end < 0:
            self._quote = "</"
            return HIDDEN, len(line)
        return (HIDDEN if line[at:end].strip() else ""), end

    def _value(self, line: str, at: int, indent: int, *, opens: bool) -> tuple[str, int]:
        """`opens`: the name stands where a value may follow in the next lines."""
        start = at
        while start < len(line) and line[start].isspace():
            start += 1
        blanks = line[at:start]
        if _LATER.match(line, start):
            if opens:
                self._block, self._next = indent, True
            return blanks, start
        string, literal = _STRING.match(line, start), _LITERAL.match(line, start)
        if string:
            value, end = self._string(line, start, string)
        elif literal:
            harmless = literal[1].casefold() in _HARMLESS
            value, end = (literal[0] if harmless else HIDDEN), literal.end()
        elif line[start] in _CLOSING:
            value, end = self._bracket(line, start)
        else:
            value, end = self._rest(line)
            self._block = indent if opens else None
        return blanks + value, end

    def _string(self, line: str, start: int, string: re.Match[str]) -> tuple[str, int]:
        quote = string[1]
        end = _closes(line, string.end(), quote)
        if end is None:
            self._quote = quote
            return quote + HIDDEN, len(line)
        if not _AFTER.match(line, end):
            return self._rest(line)
        if line[string.end() : end - len(quote)].casefold() in _HARMLESS:
            return line[start:end], end
        return quote + HIDDEN + quote, end

    def _bracket(self, line: str, start: int) -> tuple[str, int]:
        end = self._walk(line, start)
        if end is None:
            more = line[start + 1 :].strip()
            return line[start] + (HIDDEN if more else ""), len(line)
        inner = line[start + 1 : end - 1].strip()
        return line[start] + (HIDDEN if inner else "") + line[end - 1], end

    def _rest(self, line: str) -> tuple[str, int]:
        self._next = line.rstrip().endswith("\\")
        return HIDDEN, len(line)

    def _walk(self, line: str, at: int) -> int | None:
        """Follow brackets; where the outermost one is closed, or None where that is later."""
        quote = ""
        while at < len(line):
            char = line[at]
            if char == "\\":
                at += 1
            elif quote:
                quote = "" if char == quote else quote
            elif char in "\"'":
                quote = char
            elif char == "#" or line.startswith("//", at):
                return None
            elif char in _CLOSING:
                self._brackets.append(_CLOSING[char])
            elif self._brackets and char == self._brackets[-1]:
                self._brackets.pop()
                if not self._brackets:
                    return at + 1
            at += 1
        return None


def _may_go_on(line: str, named: re.Match[str]) -> bool:
    """Whether a value may follow in the next lines: the name is quoted, or begins its line."""
    start = named.start()
    if named[0][:-1].rstrip().endswith(('"', "'")):
        return True
    return start < _FAR and _BEGINS.fullmatch(line, 0, start) is not None


def _closes(line: str, at: int, quote: str) -> int | None:
    """Behind the end of a string."""
    while (end := line.find(quote, at)) >= 0:
        before = line[at:end]
        if (len(before) - len(before.rstrip("\\"))) % 2 == 0:
            return end + len(quote)
        at = end + 1
    return None


def _plain(text: str) -> str:
    """What is beside values, without logins, recovery keys, and what looks random."""
    return without_random(without_recovery_keys(address(text)))
