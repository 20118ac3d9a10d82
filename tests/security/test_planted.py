"""Secrets of every kind, planted wherever other people's words come in: messages of libraries,
tracebacks, answers, reasons, an environment, arguments. No log, history, report, alert or stream of
JSON holds one of them afterwards. That logs go round, and how large they get: `test_log`."""

from __future__ import annotations

import contextlib
import json
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli.control import Control
from app.cli.events import JsonDisplay, finished_event, problem_json, write_job_event
from app.errors import AppError
from app.messages import message_ids
from app.monitor import Problem, Progress, Recorder, Step, problem_key
from app.redact import plain, said, told
from app.services import runs
from app.services.alert_texts import harmless
from app.services.diagnostics import report
from app.services.history import Job, Told
from app.services.home import Home
from app.services.log import in_general
from app.services.log import read as read_log
from app.services.run import Run, perform
from app.ui.words import redacted
from tests.fuzz.watch import watched
from tests.security.planted import NAMED, SECRETS, holding, places

_FIELDS = (
    "path", "place", "name", "reason", "text", "file", "address", "url", "what", "found", "command",
)  # fmt: skip


@pytest.mark.parametrize(("where", "text"), list(places()))
def test_what_others_say_is_kept_without_a_secret(where: str, text: str) -> None:
    assert holding(text), where
    assert holding(said(text)) == []


@pytest.mark.parametrize(("where", "text"), list(places()))
def test_a_crash_is_shown_without_a_secret_and_hiding_twice_changes_nothing(
    where: str, text: str
) -> None:
    once = said(text)
    assert holding(redacted(text)) == [], where
    assert (said(once), plain(once)) == (once, once)


_PIECES = (
    "key='", "secret=", "a1b2c3d4e5f6g7h8i9j0k1l2", "/", "://", "@", ":", "legal winner ", "ab12-",
    "-----BEGIN X-----", "-----END X-----", "\n", " ", "***", "=", "x", "keys/" + "a" * 64, "'",
    '\\"', "bearer ",
)  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=14).map("".join))
def test_what_was_told_once_is_told_again_as_it_is(text: str) -> None:
    once = told({"reason": text, "path": text})
    assert told(once) == once


_SURE = [SECRETS["twelve words"], NAMED["in a url"]]


@pytest.mark.parametrize("text", _SURE)
def test_no_sentence_holds_a_secret_whatever_it_was_filled_in_for(text: str) -> None:
    """Wallets' words in a file's name, a login in a place's address, what was typed."""
    for message in sorted(message_ids()):
        fields = dict.fromkeys(_FIELDS, text)
        problem, error = Problem(message, fields), AppError(message, **fields)
        as_json = problem_json(problem)
        assert holding(json.dumps(as_json) + str(error) + str(problem.sentence)) == [], message
    assert holding(problem_key("x", Told.problem(Problem("x", fields)).params)) == []


def test_a_seed_in_the_name_of_a_file_at_work_is_not_in_the_stream(
    capfd: pytest.CaptureFixture[str],
) -> None:
    display = JsonDisplay(Control())
    path = f"/seeds/{SECRETS['twelve words']}.txt"
    display.progress(Progress(Step.SOURCES, "read", 1, 2, item=path))
    assert '"item":"/seeds/***.txt"' in capfd.readouterr().out


@pytest.mark.parametrize(
    "text",
    [
        "/notes/why this trade went wrong and what we must change next time before we buy again.md",
        "abandon ability able about above absent absorb abstract absurd abuse access",  # eleven
        "4e3a-9b1c 2024-11-26 KEEP-2026 ab12-cd34-ef56-7890",
        "ftp.example.com:21, me@example.com",
    ],
)
def test_a_name_that_only_is_long_stays(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize("between", [" ", "-", "_", ", ", "\n", '",\n  "'])
def test_the_words_of_a_wallet_are_found_whatever_stands_between_them(between: str) -> None:
    words = SECRETS["twelve words"].split()
    shown = plain(f"a/{between.join(words)}.txt")
    assert not set(words) & set(shown.replace("\n", " ").split())
    assert shown.startswith("a/***")
    numbered = "\n".join(f"{number}. {word.title()}" for number, word in enumerate(words, 1))
    assert plain(numbered).splitlines() == ["1. ***", *["***"] * 11]


@pytest.mark.parametrize(
    "text",
    [
        "KeyError: 'BTC/USDT'", 'File "/srv/app/keys.py", line 12, in open_key',
        "[Errno 2] No such file or directory: '/home/me/bots/config.json'",
        "HTTP 429: Too many requests; current limit is 2400 request weight per 1 MINUTE.",
        "The file could not be read because the disk is full, and so nothing was written at all.",
        "The data at /media/me/trend_following_bot_v2/KEEP-2026 is damaged",
        "snapshots/" + "ab12" * 16 + " is damaged", "ccxt.base.errors.InvalidOrder: amount 0.00012",
    ],
)  # fmt: skip
def test_what_helps_to_see_what_went_wrong_stays(text: str) -> None:
    assert said(text) == text


@pytest.fixture
def home(tmp_path: Path) -> Home:
    planted = {f"NAME{number}": secret for number, secret in enumerate(SECRETS.values())}
    return Home.find({"TRADEKEEP_HOME": str(tmp_path), "HOME": "/home/me", **planted})


def planted(run: Run) -> dict[str, object]:
    """A run in which everything that can, speaks of secrets; at last it breaks or fails."""
    for _where, text in places():
        logging.getLogger("urllib3").warning("retrying: %s", text)
        run.problem(Problem("file-unreadable", {"path": "/a", "reason": text}))
    with run.step(Step.SOURCES):
        return {}


def _breaks(run: Run) -> dict[str, object]:
    planted(run)
    raise ZeroDivisionError("\n".join(text for _, text in places()))


def _fails(run: Run) -> dict[str, object]:
    planted(run)
    reason = "\n".join(text for _, text in places())
    raise AppError("pause-unwritable", path="/a", reason=reason)


def test_no_log_history_report_or_alert_holds_a_planted_secret(
    home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    for body in (planted, _fails, _breaks):
        run = Run(Job.BACKUP, [Step.SOURCES], JsonDisplay(Control()))
        with contextlib.suppress(ZeroDivisionError):
            write_job_event(finished_event(perform(run, body, history=home.history)))
    streamed = capfd.readouterr().out
    assert streamed.count('"event":"problem"') > 100
    assert holding(streamed) == []
    files = [path for path in home.paths.data.parent.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".jsonl"}
    assert [
        (path.name, holding(path.read_text())) for path in files if holding(path.read_text())
    ] == []
    told = [
        (one := runs.one(home, run.run)) and runs.log(home, run.run) for run in home.history.runs()
    ]
    assert holding(json.dumps([told, one], ensure_ascii=False)) == []
    assert holding(str(report(home, Recorder())["text"])) == []
    for run in home.history.runs():
        assert holding("\n".join(map(harmless, run.problems))) == []
        assert holding("\n".join(in_general(read_log(home.history, run.run)))) == []


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a ",
        "abc ",
        "-----BEGIN X-----",
        "secret=",
        "secret='",
        "1-",
        "ab12 ",
        "://",
        "/***",
        "legal ",
    ],
)
def test_a_line_of_half_a_megabyte_is_read_soon(tmp_path: Path, piece: str) -> None:
    with watched(tmp_path):
        said(piece * (500_000 // len(piece)))
