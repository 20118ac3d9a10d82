"""Trading on paper: is it on, and switching it on without touching anything else."""

from __future__ import annotations

import pytest

from app.bots.paper import has_mode, may_say, on_paper, put_on_paper

TEXT = """{
    // "dry_run": true,
    "exchange": {"dry_run": true, "note": "\\"dry_run\\": true"},
    "list": ["dry_run"],
    "dry_run" : false, /* "dry_run": true */
    "x": 1
}"""


def test_the_word_at_the_top_is_the_one_that_changes() -> None:
    assert on_paper("freqtrade", TEXT) is False
    changed = put_on_paper("freqtrade", TEXT)
    assert on_paper("freqtrade", changed) is True
    assert changed == TEXT.replace('"dry_run" : false', '"dry_run" : true')
    assert put_on_paper("freqtrade", changed) == changed


@pytest.mark.parametrize("text", ["{}", '{"a": {"dry_run": false}}', '{"dry_run": "no"}', ""])
def test_a_file_that_does_not_say_stays_as_it_is(text: str) -> None:
    assert on_paper("freqtrade", text) is None
    assert put_on_paper("freqtrade", text) == text


def test_which_files_say_it() -> None:
    assert has_mode("freqtrade")
    assert not has_mode("jesse")
    paths = ("config.json", "user_data/config-live.json", "user_data/x/config.json", "conf.json")
    assert [may_say("freqtrade", path) for path in paths] == [True, True, False, False]
