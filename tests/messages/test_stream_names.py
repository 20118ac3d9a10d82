"""An exchange's streams have names for people; their ids are for programs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.messages import render
from app.messages.stream_names import stream_name


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        ("fills", "Fills"),
        ("orders-isolated", "Orders (isolated margin)"),
        ("ledger-funding", "Ledger (funding)"),
        ("hf-margin-open-orders", "Open orders (hf, margin)"),
        ("fills-usdt-futures", "Fills (USDT futures)"),
        ("fills-inverse-before-upgrade", "Fills (inverse, before the upgrade)"),
        ("track-plan-coin-futures", "track-plan-coin-futures"),
        ("fillstore", "fillstore"),
    ],
)
def test_a_stream_is_named_by_its_kind_and_its_part_of_the_account(stream: str, said: str) -> None:
    assert stream_name(stream) == said


def test_a_problem_names_its_stream_in_the_language_of_the_reader(
    speaks: Callable[[str], None],
) -> None:
    speaks("zh_CN")
    params = {"account": "main", "exchange": "OKX", "stream": "fills-spot", "reason": "403"}
    assert "成交（现货）" in render("pull-denied", params).title
