"""Secrets of every kind, planted wherever other people's words come in: messages of libraries,
tracebacks, answers, reasons, an environment, arguments. No log, history, report, alert or stream of
JSON holds one of them afterwards. That logs go round, and how large they get: `test_log`."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bots.redact import said
from app.cli.control import Control
from app.cli.events import JsonDisplay, finished_event, write_job_event
from app.errors import AppError
from app.monitor import Problem, Recorder, Step
from app.services import runs
from app.services.alert_texts import harmless
from app.services.diagnostics import report
from app.services.history import Job
from app.services.home import Home
from app.services.log import in_general
from app.services.log import read as read_log
from app.services.run import Run, perform
from tests.fuzz.watch import watched

_PEM = "-----BEGIN {0}-----\nMHcCAQEEIBx5Qm/8Zk\n+a/b=\n-----END {0}-----"
SECRETS = {
    "api key": "hQ7dG3kL9mN2pR5tV8xZ1bC4",
    "api secret in base64": "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWx/nyRzBHCd3pd5",
    "exchange secret in hex": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "uuid": "5b8e1f0c-77aa-4c1e-9d0e-a3c2f1b0d9e8",
    "telegram": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
    "dropbox": "sl.u.AFbcd0123456789abcdefGHIJKLmnop",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
    "recovery key": "K7QM-2VXA-9ZPD-4HTE-6WNC-1JRF-8BGS-3MKY-5QAV",
    "recovery key in blanks": "k7qm 2vxa 9zpd 4hte 6wnc 1jrf 8bgs 3mky 5qav",
    "device key": "q0Zx3vB7nM1lK5jH9gF2dS6aP4oI8uY_tR-eW0qZx3s",
    "twelve words": "legal winner thank year wave sausage worth useful legal winner thank yellow",
    "private key": "0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318",
    "wif": "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ",
    "pem": _PEM.format("EC PRIVATE KEY"),
    "pgp": _PEM.format("PGP PRIVATE KEY BLOCK"),
}
# What is short, or a word, is known by what stands before it.
NAMED = {
    "in a url": "https://me:hunter2@dav.example.com/x",
    "in json": '{"apiKey": "hunter2", "b": 1}',
    "in json in json": r"{\"secret\": \"hunter2\"}",
    "in a query": "GET /x?recvWindow=5&signature=hunter2&b=1",
    "in a header": "Authorization: Bearer hunter2",
    "in a variable": "API_SECRET=hunter2 freqtrade trade",
    "in a repr": "Account(name='a', password='hunter2')",
    "in an option": "--password=hunter2",
}


def places() -> Iterator[tuple[str, str]]:
    for name, secret in SECRETS.items():
        for pattern in (
            "{}",
            "refused: {}",
            "key '{}' is wrong",
            "at /x?k={}&b=1",
            "at /v5/{}/me",
            '{{"a":"{}"}}',
        ):
            yield f"{name}: {pattern}", pattern.format(secret)
    yield from NAMED.items()


def parts(secret: str) -> list[str]:
    """What of a secret must not be left over: each of its longer pieces."""
    words = secret.replace("-----", "\n").split("\n")
    return [word for word in words if len(word) > 6 and "KEY" not in word] or [secret]


ALL = [part for secret in SECRETS.values() for part in parts(secret)] + ["hunter2"]


def holding(text: str) -> list[str]:
    flat = text.replace("\\n", "\n")
    return [each for each in ALL if each in flat or each.upper() in flat]


@pytest.mark.parametrize(("where", "text"), list(places()))
def test_what_others_say_is_kept_without_a_secret(where: str, text: str) -> None:
    assert holding(text), where
    assert holding(said(text)) == []


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
    ["a", "a ", "abc ", "-----BEGIN X-----", "secret=", "secret='", "1-", "ab12 ", "://", "/***"],
)
def test_a_line_of_half_a_megabyte_is_read_soon(tmp_path: Path, piece: str) -> None:
    with watched(tmp_path):
        said(piece * (500_000 // len(piece)))
