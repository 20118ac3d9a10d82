"""A name that stands for nothing: which names there are, or that there is nothing yet."""

from __future__ import annotations

from collections.abc import Iterable

from app.errors import WrongUsage


def no_account(name: str, names: Iterable[str]) -> WrongUsage:
    known = ", ".join(names)
    if not known:
        return WrongUsage("no-exchanges")
    return WrongUsage("exchange-unknown", name=name, known=known)


def no_source(name: str, names: Iterable[str]) -> WrongUsage:
    known = ", ".join(names)
    if not known:
        return WrongUsage("no-sources")
    return WrongUsage("settings-source-unknown", name=name, known=known)


def no_copy(name: str, names: Iterable[str]) -> WrongUsage:
    known = ", ".join(names)
    return WrongUsage("copy-unknown", name=name, known=known) if known else WrongUsage("no-copies")


def no_candles(name: str, names: Iterable[str]) -> WrongUsage:
    known = ", ".join(names)
    if not known:
        return WrongUsage("no-candles")
    return WrongUsage("candles-unknown", name=name, known=known)
