"""What may be recorded of other programs' command lines: names and structure, no secret.

Rules: the value of every environment variable goes, whatever its name; so does what follows a
word that sounds like a secret, a login in an address, and any long word that looks random. A
short password that stands alone in a command cannot be told from any other word.
"""

from __future__ import annotations

import re

from app.redact import HIDDEN, address, without_random

# No unbounded repetition before something that may fail: a word may be half a megabyte long.
_SENSITIVE = (
    r"[\w.-]{0,64}(?:key|secret|token|pass|pwd|auth|cred|mnemonic|seed|private|phrase|signature)"
    r"[\w.-]{0,64}"
)
_LONGEST_OPTION = 256
_PIECE = re.compile(r"""\s+|(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\]|["'\\])+""", re.DOTALL)
_VARIABLE = re.compile(r"""^["']*([A-Za-z_]\w*)\+?=""")
_NAMED = re.compile(rf"(?i)({_SENSITIVE}[\"']*[=:])(.+)", re.DOTALL)
_OPTION = re.compile(rf"(?i)[\W_]*{_SENSITIVE}[\"']*[=:]?|-[aAkKpPsStTuUwW]")


def command(text: str) -> str:
    """A command line without secrets; blanks and quotes stay mostly as they are."""
    shown = []
    hide_next = False
    for piece in _PIECE.findall(text):
        if piece.isspace():
            shown.append(piece)
            continue
        shown.append(HIDDEN if hide_next else _word(piece))
        option = piece.strip("\"'[],")
        hide_next = len(option) <= _LONGEST_OPTION and _OPTION.fullmatch(option) is not None
    return "".join(shown)


def _word(piece: str) -> str:
    variable = _VARIABLE.match(piece)
    if variable:
        return f"{variable[1]}={HIDDEN}"
    inner = piece.strip("\"'")
    if inner != piece and re.search(r"\s", inner):
        return f"'{command(inner)}'"  # a command in a command: sh -c '…'
    piece = _NAMED.sub(rf"\1{HIDDEN}", address(piece))
    is_path = inner.startswith(("/", "~/", "./", "../"))
    return piece if is_path else without_random(piece)


def variables(text: str) -> str:
    """The names in a list of assignments (`A=1 "B=two words"`), each with its value hidden."""
    matches = (_VARIABLE.match(piece) for piece in _PIECE.findall(text))
    return " ".join(f"{match[1]}={HIDDEN}" for match in matches if match)
