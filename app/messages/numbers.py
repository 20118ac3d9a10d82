"""Numbers as the language that is spoken writes them. Money is text or Decimal, never a float."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

from app.messages.formats import spoken

UNKNOWN = "–"
_MINUS = "-"
# As many digits as an exchange may send; the default of 28 would round some.
_EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)


def count(number: int | None) -> str:
    """A whole number with its thousands grouped; a dash where unknown."""
    return UNKNOWN if number is None else _written(str(number))


def fixed(number: float, places: int) -> str:
    """A measured number with so many decimals. Not for money."""
    return _written(f"{number:.{places}f}")


def money(amount: Decimal | str, places: int | None = None) -> str:
    """An amount, with all its decimals or rounded to `places` of them; nothing is ever a float.

    What is no number ("", "NaN", an exchange's own word) is shown as it is.
    """
    try:
        number = Decimal(amount)
        if not number.is_finite():
            return str(amount)
        if places is not None:
            number = number.quantize(Decimal(1).scaleb(-places), context=_EXACT)
    except InvalidOperation:
        return str(amount)
    return _written(f"{number:f}")


def percent(share: float, places: int = 0) -> str:
    """A share (0.412) in per cent."""
    return spoken().percent.format(number=fixed(share * 100, places))


def _written(plain: str) -> str:
    """A number in Python's notation, in that of the language."""
    form = spoken()
    sign = _MINUS if plain.startswith(_MINUS) else ""
    whole, point, part = plain.removeprefix(_MINUS).partition(".")
    grouped = f"{int(whole):,}".replace(",", form.group)
    return f"{sign}{grouped}{form.point if point else ''}{part}"
