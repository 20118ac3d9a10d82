"""Texts that code puts together have the signs of the language, and only gaps that it knows."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.messages import Sentence, render
from app.messages.joined import beside, ended, labelled, listed, sentences, titled

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", ["a, b", "a, b", "a: b"]), ("zh_CN", ["a、b", "a，b", "a：b"])],
)
def test_facts_names_and_labels_have_the_signs_of_the_language(
    language: str, said: list[str], speaks: Callable[[str], None]
) -> None:
    speaks(language)
    assert [listed(["a", "b"]), beside(["a", "b"]), labelled("a", "b")] == said


def test_a_fact_that_is_not_known_leaves_no_comma_behind() -> None:
    assert [listed(["", "b"]), beside(["a", ""]), labelled("a", "")] == ["b", "a", "a"]


def test_chinese_sentences_have_no_space_between_them_and_english_ones_beside_them_do() -> None:
    assert sentences(["完成。", "", "请重试。"]) == "完成。请重试。"
    assert sentences(["A blob is damaged.", "请重试。", "Look."]) == (
        "A blob is damaged. 请重试。Look."
    )
    assert str(Sentence("没有空间。", "请清理。")) == "没有空间。请清理。"


def test_a_chinese_title_with_its_full_stop_does_not_get_a_latin_one_behind_it(
    speaks: Callable[[str], None],
) -> None:
    speaks("zh_CN")
    assert ended("没有空间。") == "没有空间。"
    assert ended("没有空间") == "没有空间。"
    assert titled("继续？", "否。") == "继续？否。"
    speaks("de")
    assert [ended("Kein Platz"), ended("Weiter?"), ended("")] == ["Kein Platz.", "Weiter?", ""]


def test_a_list_that_travelled_in_english_is_shown_with_the_signs_of_the_language(
    speaks: Callable[[str], None],
) -> None:
    params = {"name": "x", "known": "desk, vps-1"}
    assert "desk, vps-1" in render("settings-source-unknown", params).hint
    speaks("zh_CN")
    assert "desk、vps-1" in render("settings-source-unknown", params).hint


# What is no text for people, by file and sign: style sheets, settings as a bot writes them, and the
# number before a step.
_FOR_NOBODY = {
    ("app/ui/style.py", ", "),
    ("app/ui/rollback.py", ": "),
    ("app/ui/widgets/running.py", ". "),
}


def test_no_text_of_the_window_is_joined_with_the_signs_of_english() -> None:
    """`words.listed`, `beside`, `sentences`, `labelled` and `titled` know those of the language."""
    found = set()
    for path in (ROOT / "app" / "ui").rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        signs = {sign for node in ast.walk(ast.parse(path.read_bytes())) for sign in _joined(node)}
        found |= {(name, sign) for sign in signs & {", ", ". ", ": "}}
    assert found == _FOR_NOBODY


def _joined(node: ast.AST) -> Iterator[str]:
    """The sign of `", ".join(…)`, and those between two fields of an f-string: `f"{a}, {b}"`."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(sign)), attr="join")):
            yield sign
        case ast.JoinedStr(values=parts):
            yield from (str(each.value) for each in parts[1:-1] if isinstance(each, ast.Constant))
