"""Sizes, times and redaction as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.redact import HIDDEN
from app.ui import words

NOW = datetime(2026, 11, 24, 12, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (None, "–"), (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_600_000_000, "12.6 GB"),
        (999_499, "999 kB"), (999_500, "1.0 MB"), (470_000_000_000, "470 GB"),
    ],
)  # fmt: skip
def test_sizes(count: int | None, said: str) -> None:
    assert words.size(count) == said


def test_a_part_of_a_size_has_the_unit_of_the_whole() -> None:
    assert words.size_of(8_100_000_000, 12_600_000_000) == "8.1 of 12.6 GB"
    assert words.size_of(5_000_000, 12_600_000_000) == "5.0 MB of 12.6 GB"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"), (200, "3 min 20 s"),
     (7500, "2 h 5 min")],
)  # fmt: skip
def test_durations(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("done", "total", "seconds", "said"),
    [
        (50, 100, 9.9, ""),  # not before ten seconds
        (4, 100, 60, ""),  # nor before five per cent
        (50, None, 60, ""),
        (100, 100, 60, ""),
        (50, 100, 30, "less than a minute"),
        (50, 100, 120, "about 2 min"),
        (50, 100, 3600, "about an hour"),
        (50, 100, 6 * 3600, "about 6 hours"),
        (5, 100, 30 * 3600, "more than two days"),
    ],
)
def test_time_left_is_hidden_while_unknown(
    done: int, total: int | None, seconds: float, said: str
) -> None:
    assert words.time_left(done, total, seconds) == said


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (NOW - timedelta(minutes=14), "today, 12:04"),
        (NOW - timedelta(days=1), "yesterday, 12:18"),
        (NOW - timedelta(days=9), "15 Nov"),
        (NOW - timedelta(days=400), "20 Oct 2025"),
        (None, "–"),
    ],
)
def test_moments(when: datetime | None, said: str) -> None:
    assert words.moment(when, NOW, UTC) == said


def test_today_is_that_of_the_zone() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    east = timezone(timedelta(hours=2))
    assert words.moment(late, late + timedelta(hours=1), UTC) == "yesterday, 23:30"
    assert words.moment(late, late + timedelta(hours=1), east) == "today, 01:30"


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=24), "24 hours ago"),
        (timedelta(days=9), "9 days ago"),
    ],
)
def test_how_long_ago(span: timedelta, said: str) -> None:
    assert words.ago(NOW - span, NOW) == said


@pytest.mark.parametrize(
    "secret",
    [
        "password=hunter2",
        'api_key: "abcdef"',
        "TOKEN = abc",
        "https://me:hunter2@host/",
        "7K3M-Q2XV-9F4T-HW8C-2JRN-5PYB-D0SE-6GZA-1TXQ",
        "sk1aB9" * 8,
    ],
)
def test_what_may_be_a_secret_is_hidden(secret: str) -> None:
    found = words.redacted(f"Mistake: {secret} at line 3", "")
    assert HIDDEN in found
    for part in ("hunter2", "abcdef", "7K3M", "sk1aB9"):
        assert part not in found
    assert found.startswith("Mistake: ")


def test_a_plain_traceback_stays_readable_and_hides_the_home() -> None:
    text = 'File "/home/trader/app/x.py", line 7, in back_up\nMemoryError'
    assert words.redacted(text, "/home/trader") == text.replace("/home/trader", "~")
