"""What may be recorded of other programs' configuration: names and structure, no secret.

Rules: the value of every environment variable goes, whatever its name; so does what follows a
word that sounds like a secret, a login in an address, and any long word that looks random. A
short password that stands alone in a command cannot be told from any other word.
"""

from __future__ import annotations

import re

from app.secret import LOGIN

HIDDEN = "***"
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
_LONG = re.compile(r"[A-Za-z0-9+_=-]{20,}")
_OF_WORDS = re.compile(r"[A-Za-z]{0,15}[0-9]{0,4}")
# Names of files of repositories, which are no secrets and tell which one is meant.
_OF_A_REPOSITORY = re.compile(
    r"(\b(?:keys|locks|index|snapshots|data(?:/[0-9a-f]{2})?)/[0-9a-f]{64}(?![0-9a-f]))"
)
# What other people's sentences may hold. Repetitions have an end: a line may be half a megabyte.
_BLOCK = re.compile(r"-----BEGIN [^-\n]{1,80}-----.*?(?:-----END [^-\n]{1,80}-----|\Z)", re.DOTALL)
_SAID = re.compile(
    r"""(?ix) ((?:api[_-]?key|secret|token|passw|pass[_-]?phrase|pwd|mnemonic|seed|signature|cookie
    |authori[sz]ation|bearer|private[_-]?key|recovery[_-]?key|device[_-]?key|credential)
    [\w.-]{0,40} \\?["']? \s{0,5} [:=] \s{0,5})
    ("(?:[^"\\\n]|\\.){0,4000}" | '(?:[^'\\\n]|\\.){0,4000}'
    | \\"[^"\n]{0,4000}" | (?:(?:bearer|basic)\s+)? [^\s"',;}&)]+)"""
)
_PHRASE = re.compile(r"\b(?:[a-z]{3,8}[ ,\n]{1,3}){11,24}[a-z]{3,8}\b")
_GROUPS = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Za-z]{4}[ -]){8}[0-9A-Za-z]{4}(?![0-9A-Za-z])")
_BESIDE = re.compile(
    r"(?:[A-Za-z0-9+=]{1,100}/)?\*{3}(?:[/+=][A-Za-z0-9+/=]*)?"
)  # base64 has slashes


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


def address(text: str) -> str:
    """An address (of a repository, an image) without a login in it."""
    return LOGIN.sub(rf"\1{HIDDEN}@", text)


def variables(text: str) -> str:
    """The names in a list of assignments (`A=1 "B=two words"`), each with its value hidden."""
    matches = (_VARIABLE.match(piece) for piece in _PIECE.findall(text))
    return " ".join(f"{match[1]}={HIDDEN}" for match in matches if match)


def said(text: str) -> str:
    """What a library or an exchange said, a traceback: without keys, tokens, passwords, phrases of
    words, logins, and blocks of armour. Rather too much is hidden than too little."""
    text = _SAID.sub(rf"\1{HIDDEN}", address(_BLOCK.sub(HIDDEN, text)))
    text = _GROUPS.sub(HIDDEN, _PHRASE.sub(HIDDEN, text))
    parts = _OF_A_REPOSITORY.split(text)  # every other one is such a name
    parts[::2] = [_BESIDE.sub(HIDDEN, without_random(part)) for part in parts[::2]]
    return "".join(parts)


def without_random(text: str) -> str:
    """Without long words that look random. Names in a path may have digits at the ends of words:
    `/bots/trend_following_v2` tells which one is meant, and keys do not look like that."""
    return _LONG.sub(_random_looking, text)


def _random_looking(found: re.Match[str]) -> str:
    word = found[0]
    before = found.string[max(0, found.start() - 1) : found.start()]
    if before in ("/", "\\") and all(
        _OF_WORDS.fullmatch(piece) for piece in re.split("[-_]", word)
    ):
        return word
    return HIDDEN if any(c.isdigit() for c in word) else word
