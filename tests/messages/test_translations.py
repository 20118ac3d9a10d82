"""Every text for people is there in every language that ships, whole and with all that it names."""

from __future__ import annotations

import ast
import gettext
import re
from collections import Counter
from pathlib import Path

import click
import pytest

from app.messages.language import ENGLISH, LANGUAGES
from tests.messages.catalogues import ROOT, Entry, entries, fields, tool

# What a person types or reads as a name is the same in every language.
_FIXED = re.compile(r"--[a-z][a-z-]*|TRADEKEEP_[A-Z_]+|https://[\w./]+|tradekeep(?: [a-z]+)+\b")
_ENDS = {".": ".。", "?": "?？", ":": ":：", "…": "…"}
_PLURALS = {"de": 2, "es": 2, "zh_CN": 1}

ALL = list(entries())
SAID = [entry for entry in ALL if all(entry.said)]  # what is missing is told by one test


def _where(entry: Entry) -> str:
    return f"{entry.language}: {entry.english[-1]!r} → {entry.said[-1]!r}"


def test_the_catalogues_are_those_of_the_source() -> None:
    built = tool.build()
    stale = [
        name
        for name, content in built.files.items()
        if not (ROOT / name).exists() or (ROOT / name).read_bytes() != content
    ]
    assert stale == [], "run: python3 packaging/bootstrap.py translations"


def test_every_text_is_translated_into_every_language() -> None:
    missing = [_where(entry) for entry in ALL if not all(entry.said)]
    assert missing == []
    assert Counter(entry.language for entry in ALL).keys() == LANGUAGES.keys() - {ENGLISH}
    assert len(ALL) > 3000


def test_a_translation_fills_in_the_same_fields() -> None:
    wrong = []
    for entry in SAID:
        wanted = fields(entry.english[-1])
        wrong += [_where(entry) for said in entry.said[-1:] if fields(said) != wanted]
        # One of something may do without saying the number.
        known = set().union(*map(fields, entry.english))
        wrong += [_where(entry) for said in entry.said if not fields(said) <= known]
    assert wrong == []


def test_a_translation_has_the_plural_forms_of_its_language() -> None:
    counted = [entry for entry in SAID if len(entry.english) == 2]
    assert [_where(e) for e in counted if len(e.said) != _PLURALS[e.language]] == []
    assert len(counted) > 60


@pytest.mark.parametrize("language", sorted(_PLURALS))
def test_one_and_many_are_told_apart_where_the_language_does(language: str) -> None:
    path = ROOT / "resources" / "translations" / language / "LC_MESSAGES" / "tradekeep.mo"
    with path.open("rb") as file:
        said = gettext.GNUTranslations(file)
    forms = {said.ngettext("{count} file", "{count} files", count) for count in (0, 1, 2, 5, 21)}
    assert len(forms) == _PLURALS[language]
    assert not any("file" in form.lower() for form in forms)


def test_nothing_is_glued_to_its_neighbours() -> None:
    """Spaces at the ends are those of the English, and none is doubled inside."""
    wrong = []
    for entry in SAID:
        english = entry.english[-1]
        aligned = re.search(r"\S  ", english) is not None  # columns of the demo
        for said in entry.said:
            outside = (said[: len(said) - len(said.lstrip())], said[len(said.rstrip()) :])
            wanted = (
                english[: len(english) - len(english.lstrip())],
                english[len(english.rstrip()) :],
            )
            if outside != wanted or (not aligned and re.search(r"\S  +\S", said)):
                wrong.append(_where(entry))
    assert wrong == []


def test_sentences_end_as_in_english_and_keep_their_paragraphs() -> None:
    wrong = []
    for entry in SAID:
        english = entry.english[-1].rstrip()
        for said in entry.said:
            ends = _ENDS.get(english[-1:]) if not english.endswith("..") else None
            if ends and said.rstrip()[-1:] not in ends:
                wrong.append(_where(entry))
            if said.count("\n\n") != english.count("\n\n"):
                wrong.append(_where(entry))
    assert wrong == []


def test_commands_and_options_stay_as_they_are_typed() -> None:
    wrong = []
    for entry in SAID:
        wanted = set(_FIXED.findall(entry.english[-1]))
        for said in entry.said:
            missing = [word for word in wanted if word not in said]
            wrong += [f"{word} is not in {_where(entry)}" for word in missing]
    assert wrong == []


def test_no_text_is_left_in_english_by_oversight() -> None:
    """Whole sentences that are the same as in English."""
    same = [
        _where(entry)
        for entry in SAID
        if entry.said == entry.english and len(re.sub(r"\{\w*\}", "", entry.said[0]).split()) > 3
    ]
    assert same == []


def test_chinese_has_its_own_punctuation() -> None:
    chinese = re.compile(r"[\u4e00-\u9fff][,;?!]|[\u4e00-\u9fff]\.(?!\w)")
    wrong = [_where(e) for e in SAID if e.language == "zh_CN" and any(map(chinese.search, e.said))]
    assert wrong == []


def test_texts_of_click_are_still_what_click_says() -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for path in Path(click.__file__).parent.glob("*.py")
    )
    texts = [
        text for each in tool.texts.CLICK for text in ([each] if isinstance(each, str) else each)
    ]
    assert [text for text in texts if f'"{text}"' not in source] == []


def _calls(name: str) -> list[tuple[str, ast.Call]]:
    return [
        (f"{path.relative_to(ROOT)}:{node.lineno}", node)
        for path in sorted((ROOT / "app").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name
    ]


def _literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@pytest.mark.parametrize(("name", "count"), [("mark", 1), ("plural", 2)])
def test_what_is_marked_or_counted_is_written_out(name: str, count: int) -> None:
    calls = _calls(name)
    assert [where for where, call in calls if not all(map(_literal, call.args[:count]))] == []
    assert calls


def test_a_text_is_never_put_together_before_it_is_translated() -> None:
    """`_` of an f-string, a sum or a `format` can be found in no catalogue."""
    glued = (ast.JoinedStr, ast.BinOp)
    wrong = [where for where, call in _calls("_") if isinstance(call.args[0], glued)]
    wrong += [
        where
        for where, call in _calls("_")
        if isinstance(call.args[0], ast.Call)
        and getattr(call.args[0].func, "attr", "") in ("format", "join")
    ]
    assert wrong == []
