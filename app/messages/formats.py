"""How numbers, dates and lists are written in each language that ships.

The figures are the Unicode CLDR's; a test compares them. A library that knows all languages would
cost 7 MB of the window's memory for these few lines. English is that of the world outside
America: the day comes before its month.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from app.messages.language import ENGLISH, language

_SPACE = "\N{NO-BREAK SPACE}"


class Format(NamedTuple):
    """Signs and patterns of a language. Months are from January on, weekdays from Monday; `stamp`
    joins a day and a time; `comma` stands between the items of a list, `beside` between facts."""

    group: str
    point: str
    percent: str
    months: tuple[str, ...]
    long_months: tuple[str, ...]
    weekdays: tuple[str, ...]
    day: str
    dated: str
    weekday: str
    month: str
    stamp: str
    comma: str
    beside: str
    colon: str
    stop: str


# fmt: off
FORMATS: Mapping[str, Format] = {
    "en": Format(
        group=",",
        point=".",
        percent="{number}%",
        months=(
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec",
        ),
        long_months=(
            "January", "February", "March", "April", "May", "June", "July", "August", "September",
            "October", "November", "December",
        ),
        weekdays=(
            "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun",
        ),
        day="{day} {month}",
        dated="{day} {month} {year}",
        weekday="{weekday} {day}",
        month="{month} {year}",
        stamp="{day} {clock}",
        comma=", ",
        beside=", ",
        colon=": ",
        stop=".",
    ),
    "de": Format(
        group=".",
        point=",",
        percent=f"{{number}}{_SPACE}%",
        months=(
            "Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.",
            "Nov.", "Dez.",
        ),
        long_months=(
            "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
            "Oktober", "November", "Dezember",
        ),
        weekdays=(
            "Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So.",
        ),
        day="{day}. {month}",
        dated="{day}. {month} {year}",
        weekday="{weekday}, {day}",
        month="{month} {year}",
        stamp="{day}, {clock}",
        comma=", ",
        beside=", ",
        colon=": ",
        stop=".",
    ),
    "es": Format(
        group=".",
        point=",",
        percent=f"{{number}}{_SPACE}%",
        months=(
            "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic",
        ),
        long_months=(
            "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
            "octubre", "noviembre", "diciembre",
        ),
        weekdays=(
            "lun", "mar", "mié", "jue", "vie", "sáb", "dom",
        ),
        day="{day} {month}",
        dated="{day} {month} {year}",
        weekday="{weekday}, {day}",
        month="{month} de {year}",
        stamp="{day}, {clock}",
        comma=", ",
        beside=", ",
        colon=": ",
        stop=".",
    ),
    "zh_CN": Format(
        group=",",
        point=".",
        percent="{number}%",
        months=(
            "1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月",
        ),
        long_months=(
            "1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月",
        ),
        weekdays=(
            "周一", "周二", "周三", "周四", "周五", "周六", "周日",
        ),
        day="{month}{day}日",
        dated="{year}年{month}{day}日",
        weekday="{day}{weekday}",
        month="{year}年{month}",
        stamp="{day} {clock}",
        comma="、",
        beside="，",
        colon="：",
        stop="。",
    ),
}
# fmt: on


def spoken() -> Format:
    """That of the language that is spoken."""
    return FORMATS.get(language(), FORMATS[ENGLISH])
