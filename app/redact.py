"""No secret in what is shown: of sentences that others wrote, and of whatever is filled into ours.

Rather too much is hidden than too little of what a library or an exchange said (`said`); of paths
and names, by which a person has to recognise something, only what can be nothing else than a secret
(`plain`). A short password that stands alone cannot be told from any other word.

Must not know: anything else of `app` but what a login looks like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from app.secret import LOGIN
from app.seed_words import without_phrases

HIDDEN = "***"
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
_MOST = 8  # times that something is hidden in what was hidden
_SHORTEST = 44  # characters of a recovery key; twelve words have as many
_NOW = "\0"  # hidden now; what was hidden before draws in nothing more
_BESIDE = re.compile(
    rf"(?:[A-Za-z0-9+=]{{1,100}}/)?{_NOW}(?:[/+=][A-Za-z0-9+/={_NOW}]*)?"
)  # base64 has slashes


def address(text: str) -> str:
    """An address (of a repository, an image) without a login in it."""
    return LOGIN.sub(rf"\1{HIDDEN}@", text)


def said(text: str) -> str:
    """What a library or an exchange said, a traceback: without keys, tokens, passwords, phrases of
    words, logins, and blocks of armour. Rather too much is hidden than too little."""
    text = _SAID.sub(rf"\1{HIDDEN}", plain(text))
    text = _PHRASE.sub(HIDDEN, text)
    parts = _OF_A_REPOSITORY.split(text)  # every other one is such a name
    parts[::2] = [_BESIDE.sub(HIDDEN, _marked(part)) for part in parts[::2]]
    return "".join(parts)


def _marked(text: str) -> str:
    return _LONG.sub(lambda found: _NOW if _looks_random(found) else found[0], text)


def plain(text: str) -> str:
    """Without what can be nothing else than a secret: blocks of armour, recovery keys, phrases,
    logins. For what must stay legible: paths, names, the lines of a file."""
    if len(text) < _SHORTEST and "://" not in text and "-----" not in text:
        return text  # most of what a table shows
    return without_recovery_keys(without_phrases(address(_BLOCK.sub(HIDDEN, text)), HIDDEN))


def without_recovery_keys(text: str) -> str:
    """Without nine groups of four characters: a recovery key."""
    return _GROUPS.sub(HIDDEN, text)


def told(params: Mapping[str, str | int]) -> dict[str, str | int]:
    """The parameters of a sentence as they may be shown: a reason is what others said, the rest
    is what a person has to recognise. Told once more they stay as they are, for they are what a
    problem is known by."""
    return {
        name: _settled(said if name == "reason" else plain, each) if isinstance(each, str) else each
        for name, each in params.items()
    }


def _settled(hide: Callable[[str], str], text: str) -> str:
    """Hidden until that changes nothing more: what was hidden may have stood between two others."""
    for _again in range(_MOST):
        before, text = text, hide(text)
        if text == before:
            break
    return text


def without_random(text: str) -> str:
    """Without long words that look random. Names in a path may have digits at the ends of words:
    `/bots/trend_following_v2` tells which one is meant, and keys do not look like that."""
    return _LONG.sub(lambda found: HIDDEN if _looks_random(found) else found[0], text)


def _looks_random(found: re.Match[str]) -> bool:
    word = found[0]
    before = found.string[max(0, found.start() - 1) : found.start()]
    if before in ("/", "\\") and all(
        _OF_WORDS.fullmatch(piece) for piece in re.split("[-_]", word)
    ):
        return False
    return any(c.isdigit() for c in word)
