"""Numbers, days and lists in the languages that ship: compared with the Unicode CLDR."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from babel import Locale
from babel.dates import format_skeleton
from babel.numbers import format_decimal, format_percent

from app.messages.amounts import duration, rate, size, size_of
from app.messages.formats import FORMATS
from app.messages.joined import listed
from app.messages.language import ENGLISH, LANGUAGES, speak
from app.messages.moments import day, moment, month, spoken, stamp, weekday
from app.messages.numbers import count, fixed, money, percent

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 24, 12, 18, tzinfo=UTC)
# English is that of the world: the day comes before its month.
CLDR = {"en": "en_001", "de": "de", "es": "es", "zh_CN": "zh_Hans_CN"}


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    speak(lambda: ENGLISH, Path)


def _in(language: str) -> None:
    speak(lambda: language, lambda: ROOT / "resources" / "translations")


def test_each_language_that_ships_has_its_formats() -> None:
    assert FORMATS.keys() == LANGUAGES.keys() == CLDR.keys()


@pytest.mark.parametrize("language", sorted(CLDR))
@pytest.mark.parametrize(
    "number", [0, 7, 999, 1000, 9999, 10_000, 123_456, 1_234_567, -1000, -12_345]
)
def test_whole_numbers_are_grouped_as_cldr_says(language: str, number: int) -> None:
    _in(language)
    assert count(number) == format_decimal(number, locale=CLDR[language])


@pytest.mark.parametrize("language", sorted(CLDR))
@pytest.mark.parametrize("amount", ["48312.40", "0.00000001", "-1234.5", "12345678.90", "1E-8"])
def test_money_is_written_as_cldr_says_with_all_its_decimals(language: str, amount: str) -> None:
    _in(language)
    decimals = -int(Decimal(amount).as_tuple().exponent)
    pattern = "#,##0." + "0" * decimals
    assert money(amount) == format_decimal(Decimal(amount), pattern, locale=CLDR[language])


@pytest.mark.parametrize("language", sorted(CLDR))
def test_shares_are_written_as_cldr_says(language: str) -> None:
    _in(language)
    assert percent(0.41) == format_percent(0.41, locale=CLDR[language])


@pytest.mark.parametrize("language", sorted(CLDR))
@pytest.mark.parametrize("number", range(1, 13))
def test_days_are_written_as_cldr_says(language: str, number: int) -> None:
    _in(language)
    when = datetime(2026, number, 5, 9, 4, tzinfo=UTC)
    other_year = when.replace(year=2025)

    def cldr(skeleton: str, moment: datetime) -> str:
        return str(format_skeleton(skeleton, moment, locale=CLDR[language]))

    assert day(when, NOW, UTC) == cldr("MMMd", when)
    assert day(other_year, NOW, UTC) == cldr("yMMMd", other_year)
    heading = cldr("yMMMM", other_year)
    assert month(other_year, NOW, UTC) == heading[0].upper() + heading[1:]
    named = cldr("MMMEd", when)
    assert weekday(when, NOW, UTC) == (named.replace(",", "") if language == "en" else named)


@pytest.mark.parametrize("language", sorted(set(CLDR) - {"zh_CN"}))
def test_months_alone_are_named_as_cldr_names_them(language: str) -> None:
    names = Locale.parse(CLDR[language]).months["stand-alone"]["wide"]
    assert FORMATS[language].long_months == tuple(names[number] for number in range(1, 13))


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "a, b"), ("de", "a, b"), ("es", "a, b"), ("zh_CN", "a、b")],
)
def test_lists(language: str, said: str) -> None:
    _in(language)
    assert listed(["a", "b"]) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", ["heute, 12:04", "gestern, 12:18", "15. Nov.", "20. Okt. 2025", "heute um 12:04"]),
        ("es", ["hoy, 12:04", "ayer, 12:18", "15 nov", "20 oct 2025", "hoy a las 12:04"]),
        ("zh_CN", ["今天 12:04", "昨天 12:18", "11月15日", "2025年10月20日", "今天 12:04"]),
    ],
)
def test_moments_in_each_language(language: str, said: list[str]) -> None:
    _in(language)
    ago = [timedelta(minutes=14), timedelta(days=1), timedelta(days=9), timedelta(days=400)]
    moments = [moment(NOW - each, NOW, UTC) for each in ago]
    assert [*moments, spoken(NOW - ago[0], NOW, UTC)] == said


def test_a_column_of_times_reads_alike_in_german() -> None:
    _in("de")
    assert stamp(NOW, NOW, UTC) == "24. Nov., 12:18"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", ["1,2 GB", "8,1 von 12,6 GB", "3 min 20 s", "0,4 s", "38,2 MB/s"]),
        ("es", ["1,2 GB", "8,1 de 12,6 GB", "3 min 20 s", "0,4 s", "38,2 MB/s"]),
        ("zh_CN", ["1.2 GB", "8.1 / 12.6 GB", "3 分 20 秒", "0.4 秒", "38.2 MB/s"]),
    ],
)
def test_sizes_and_durations_in_each_language(language: str, said: list[str]) -> None:
    _in(language)
    parts = [size(1_200_000_000), size_of(8_100_000_000, 12_600_000_000)]
    assert [*parts, duration(200), duration(0.4), rate(38_200_000)] == said


def test_money_never_becomes_a_float() -> None:
    _in("de")
    assert money("123456789012345678.123456789012345678") == (
        "123.456.789.012.345.678,123456789012345678"
    )
    assert money(Decimal("0.1") + Decimal("0.2")) == "0,3"


@pytest.mark.parametrize(
    ("amount", "places", "said"),
    [("1.005", 2, "1.00"), ("1.015", 2, "1.02"), ("1234.5", 4, "1,234.5000"), ("-0.4", 0, "-0")],
)
def test_a_column_of_money_has_fixed_decimals(amount: str, places: int, said: str) -> None:
    assert money(amount, places) == said


@pytest.mark.parametrize("word", ["", "NaN", "Infinity", "n/a"])
def test_what_is_no_amount_is_shown_as_it_is(word: str) -> None:
    assert money(word) == word
    assert money(word, 2) == word


def test_measured_figures() -> None:
    _in("de")
    assert fixed(1234.56, 1) == "1.234,6"
