"""Every sentence for people: looked up by id, filled with parameters, translated by gettext.

A message id travels (in errors, problems, JSON events) instead of a sentence, so that a child
process and a window with different languages still agree on what happened. Each room of the
house keeps its sentences in one catalogue module here; `render` finds them.

A sentence has a title (what happened) and a hint (what it means and what to do). Templates use
`str.format` fields. Catalogues hold English; translation happens on rendering.

Texts are found in the source to be translated: the arguments of `_`, `plural`, `mark` and
`Sentence` are literals, always. `packaging/bootstrap.py translations` collects them.

Must not know: anything else of `app`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from app.messages.joined import beside, labelled, listed, sentences
from app.messages.language import translations
from app.messages.numbers import count as written

CATALOGUES = (
    "storage",
    "dropbox",
    "repository",
    "mirror",
    "restore",
    "verify",
    "drill",
    "sources",
    "settings",
    "exchanges",
    "jobs",
    "alerts",
    "demo",
    "retention",
    "repair",
    "window",
    "archive",
    "browse",
    "setup",
    "suspect",
    "records",
    "bots",
    "rollback",
)

# Numbers that name something rather than count: never grouped.
_NAMING = frozenset({"code", "group", "known", "line", "pid", "port", "protocol", "version"})
# Lists of names. They travel as "a, b" in whatever language (a problem is known again by its
# parameters, and programs read them), and are shown as lists are written in the one spoken.
_LISTS = frozenset({"backend", "examples", "hosts", "kinds", "known", "names", "near", "snapshots"})


class Sentence(NamedTuple):
    """What happened, and what to do about it; templates before rendering, text after. A title
    that says `{count}` of something has a form for one of it, too."""

    title: str
    hint: str = ""
    one: str = ""

    def __str__(self) -> str:
        return sentences((self.title, self.hint))


def _(text: str) -> str:
    """The text in the user's language."""
    return translations().gettext(text)


def mark(text: str) -> str:
    """The text as it is, marked to be translated: for tables whose words go through `_` later."""
    return text


def plural(singular: str, plural_form: str, count: int, **fields: object) -> str:
    """The right one of two forms, with `{count}` (grouped) and the other `fields` filled in."""
    text = translations().ngettext(singular, plural_form, count)
    return text.format(count=written(count), **fields)


@cache
def _catalogue() -> Mapping[str, Sentence]:
    merged: dict[str, Sentence] = {}
    for name in CATALOGUES:
        sentences: Mapping[str, Sentence] = importlib.import_module(f"{__name__}.{name}").SENTENCES
        twice = merged.keys() & sentences.keys()
        assert not twice, f"message ids defined twice: {sorted(twice)}"
        merged.update(sentences)
    return merged


@cache
def _of_the_system() -> frozenset[str]:
    return frozenset(importlib.import_module(f"{__name__}.reasons").OF_THE_SYSTEM)


def message_ids() -> frozenset[str]:
    """Every id that `render` knows."""
    return frozenset(_catalogue())


def render(message_id: str, params: Mapping[str, object]) -> Sentence:
    """The sentence for an id, translated and filled in.

    An unknown id (a child of another version) is shown as it is rather than failing: the
    person still learns that something happened. Missing parameters stay visible as `{name}`.
    """
    sentence = _catalogue().get(message_id)
    if sentence is None:
        told = (labelled(name, str(value)) for name, value in params.items())
        return Sentence(message_id, beside(told))
    known = _Fields((name, _filled_in(name, value)) for name, value in params.items())
    hint = _(sentence.hint).format_map(known) if sentence.hint else ""
    return Sentence(_title(sentence, params).format_map(known), hint)


def _title(sentence: Sentence, params: Mapping[str, object]) -> str:
    count = params.get("count")
    if sentence.one and isinstance(count, int):
        return translations().ngettext(sentence.one, sentence.title, count)
    return _(sentence.title)


def _stream_name(stream: str) -> str:
    named: str = importlib.import_module(f"{__name__}.stream_names").stream_name(stream)
    return named


def _filled_in(name: str, value: object) -> object:
    """Whole numbers are grouped, unless they name something; a system's reason is translated,
    and a list has the signs of the language."""
    if name == "stream":
        return _stream_name(str(value))
    if name in _LISTS and isinstance(value, str):
        return listed(value.split(", "))
    if name == "reason" and isinstance(value, str) and value in _of_the_system():
        return _(value)
    counts = type(value) is int and name not in _NAMING
    return written(value) if counts and isinstance(value, int) else value


class _Fields(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"
