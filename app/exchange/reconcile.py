"""Do the parts of an account's history agree with each other? Four questions, each answered with
amounts; an answer says something about completeness, never about integrity (`chain`).

- ledger     between two samples of a balance, the ledger's entries are the difference
- fills      what an order says it filled is the sum of its fills
- funding    while a position was held, funding came (a stretch of more than eight hours without
             any is a mismatch; exchanges fund every 1, 2, 4 or 8 hours)
- ids        where an exchange numbers rows without gaps, none is missing
"""

from __future__ import annotations

import functools
import itertools
import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from app.exchange.archive import Account, Archive
from app.exchange.ledger import signed
from app.exchange.records import decode, stored_fields
from app.exchange.streams import HOUR, MINUTE, Exchange, Kind, Millis
from app.exchange.subaccounts import table_of

_LONGEST_FUNDING = 8 * HOUR + 10 * MINUTE


class Question(StrEnum):
    LEDGER = "ledger"
    FILLS = "fills"
    FUNDING = "funding"
    IDS = "ids"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Two things that should be equal and are not. Amounts are decimal text; `of` names the
    currency, order or market; `since` and `until` bound it in ms where time matters."""

    question: Question
    account: str
    wallet: str
    of: str
    expected: str
    found: str
    since: Millis | None = None
    until: Millis | None = None


@dataclass(slots=True)
class Reconciled:
    """The verdict: how much was compared, and what did not agree."""

    compared: dict[Question, int] = field(default_factory=lambda: dict.fromkeys(Question, 0))
    mismatches: list[Mismatch] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        return not self.mismatches


def reconcile(archive: Archive, *, name: str | None = None) -> Reconciled:
    """Ask all four questions of each account."""
    verdict = Reconciled()
    for number, account in archive.accounts():
        if name is None or account.name == name:
            _ledger(archive, number, account, verdict)
            _fills(archive, number, account, verdict)
            _funding(archive, number, account, verdict)
            _ids(archive, number, account, verdict)
    return verdict


Rows = Iterator[tuple[str, str, str, int, Millis | None, str]]


def _rows(archive: Archive, account: int, kind: Kind, *, every_version: bool = False) -> Rows:
    """(wallet, market, native, version, time, data), oldest first."""
    only = "" if every_version else " AND superseded = 0"
    return iter(
        archive.database.execute(
            "SELECT wallet, market, native, version, time, data FROM record"  # noqa: S608
            " JOIN series ON series.id = record.series"
            f" WHERE account = ? AND stream = ?{only} ORDER BY time, version",
            (account, kind.value),
        )
    )


def _decimal(value: object) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None


def _ledger(archive: Archive, number: int, account: Account, verdict: Reconciled) -> None:
    entries: dict[tuple[str, str], list[tuple[Millis, Decimal]]] = defaultdict(list)
    for wallet, _, _, _, time, data in _rows(archive, number, Kind.LEDGER):
        fields = decode(Kind.LEDGER, data) or {}
        amount, currency = signed(fields), fields.get("currency")
        if amount is not None and isinstance(currency, str) and time is not None:
            entries[(wallet, currency)].append((time, amount))
    if not entries:
        return
    table = table_of(archive.database, number, account.exchange)
    ledgers = [each for each in table.streams if each.kind is Kind.LEDGER]
    told = {each.wallet for each in ledgers} | {wallet for wallet, _ in entries}
    told -= {each.wallet for each in ledgers if not each.whole}
    for (wallet, currency), samples in _samples(archive, number).items():
        if wallet not in told:
            continue  # it has no ledger that could say how its balance changed
        changes = sorted(entries.get((wallet, currency), []))
        times = [at for at, _ in changes]
        sums = list(itertools.accumulate((each for _, each in changes), initial=Decimal(0)))
        for (since, before), (until, after) in itertools.pairwise(samples):
            found = sums[bisect_right(times, until)] - sums[bisect_right(times, since)]
            verdict.compared[Question.LEDGER] += 1
            if found != after - before:
                amounts = format(after - before, "f"), format(found, "f")
                named = account.name, wallet, currency
                verdict.mismatches.append(Mismatch(Question.LEDGER, *named, *amounts, since, until))


def _samples(archive: Archive, number: int) -> dict[tuple[str, str], list[tuple[Millis, Decimal]]]:
    """Each balance as it was sampled, by wallet and currency: (time, total), isolated margin's of
    all markets together. Before the first sample with anything in it a balance is taken for nought
    only where the ledger begins."""
    held: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(dict)
    sums: dict[tuple[str, str], dict[Millis, Decimal]] = defaultdict(dict)
    rows = archive.database.execute(
        "SELECT series.wallet, series.market, native, data, received / 1000 FROM record"
        " JOIN series ON series.id = record.series JOIN evidence ON evidence.id = record.evidence"
        " WHERE series.account = ? AND series.stream = ? ORDER BY record.evidence",
        (number, Kind.BALANCES.value),
    )
    for wallet, market, currency, data, at in rows:
        fields = decode(Kind.BALANCES, data)
        total = Decimal(0) if fields is None else _decimal(fields.get("total"))
        if total is not None:
            held[(wallet, currency)][market] = total
            sums[(wallet, currency)][at] = sum(held[(wallet, currency)].values(), Decimal(0))
    samples = {place: list(found.items()) for place, found in sums.items()}
    for (wallet, currency), found in samples.items():
        opened = _opened(archive, number, wallet)
        if opened is not None and opened < found[0][0]:
            samples[(wallet, currency)] = [(opened, Decimal(0)), *found]
    return samples


def _opened(archive: Archive, number: int, wallet: str) -> Millis | None:
    """When the ledger begins, if it is known from there on without a gap."""
    series = archive.database.execute(
        "SELECT id FROM series WHERE account = ? AND stream = ? AND wallet = ? AND market = ''",
        (number, Kind.LEDGER.value, wallet),
    ).fetchone()
    known = archive.coverage(series[0]) if series else []
    return known[0].start if known and all(each.known for each in known) else None


def _fills(archive: Archive, number: int, account: Account, verdict: Reconciled) -> None:
    filled: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for wallet, market, _, _, _, data in _rows(archive, number, Kind.FILLS):
        fields = decode(Kind.FILLS, data) or {}
        amount = _decimal(fields.get("amount"))
        if amount is not None:
            filled[(wallet, market, str(fields.get("order")))] += amount
    table = table_of(archive.database, number, account.exchange)
    tells = functools.cache(lambda wallet: _tells_fills(table, wallet))
    for wallet, market, _, _, _, data in _rows(archive, number, Kind.ORDERS):
        fields = decode(Kind.ORDERS, data) or {}
        said = _decimal(fields.get("filled"))
        if said is None or not tells(wallet):
            continue
        verdict.compared[Question.FILLS] += 1
        found = filled.get((wallet, market, str(fields.get("id"))), Decimal(0))
        if found != said:
            of = f"{market} {fields.get('id')}"
            verdict.mismatches.append(
                Mismatch(
                    Question.FILLS, account.name, wallet, of, format(said, "f"), format(found, "f")
                )
            )


def _tells_fills(table: Exchange, wallet: str) -> bool:
    """Of algorithms and bots there are orders, whose fills are another wallet's or nobody's."""
    kinds = {each.kind for each in table.of(wallet)}
    return Kind.FILLS in kinds or not kinds


def _funding(archive: Archive, number: int, account: Account, verdict: Reconciled) -> None:
    came: dict[tuple[str, str], list[Millis]] = defaultdict(list)
    for wallet, market, _, _, time, _ in _rows(archive, number, Kind.FUNDING):
        if time is not None:
            came[(wallet, market)].append(time)
    for (wallet, market), times in came.items():
        for since, until in _held(archive, number, wallet, market):
            verdict.compared[Question.FUNDING] += 1
            inside = [since, *(at for at in times if since < at < until), until]
            for start, stop in itertools.pairwise(inside):
                if stop - start > _LONGEST_FUNDING:
                    named = account.name, wallet, market
                    verdict.mismatches.append(
                        Mismatch(Question.FUNDING, *named, "funding", "none", start, stop)
                    )


def _held(
    archive: Archive, number: int, wallet: str, market: str
) -> Iterator[tuple[Millis, Millis]]:
    """When a position was held, from its fills alone; an open one ends with the last fill."""
    side, amount = (stored_fields(Kind.FILLS).index(name) for name in ("side", "amount"))
    rows = archive.database.execute(
        "SELECT time, data FROM record JOIN series ON series.id = record.series"
        " WHERE account = ? AND stream = ? AND wallet = ? AND market = ? AND superseded = 0"
        " AND time IS NOT NULL ORDER BY time, CAST(native AS INTEGER)",
        (number, Kind.FILLS.value, wallet, market),
    )
    held, since, last = Decimal(0), None, 0
    for time, data in rows:
        values = json.loads(data)
        change = _decimal(values[amount]) or Decimal(0)
        held += change if values[side] == "buy" else -change
        if held and since is None:
            since = time
        elif not held and since is not None:
            yield since, time
            since = None
        last = time
    if since is not None:
        yield since, last


def _ids(archive: Archive, number: int, account: Account, verdict: Reconciled) -> None:
    for stream in table_of(archive.database, number, account.exchange).streams:
        if not stream.dense:
            continue
        rows = archive.database.execute(
            "SELECT market, CAST(native AS INTEGER) FROM record"
            " JOIN series ON series.id = record.series WHERE account = ? AND stream = ?"
            " AND wallet = ? AND superseded = 0 ORDER BY 1, 2",
            (number, stream.kind.value, stream.wallet),
        )
        before: tuple[str, int] | None = None
        for market, native in rows:
            verdict.compared[Question.IDS] += 1
            if before is not None and before[0] == market and native > before[1] + 1:
                named = account.name, stream.wallet, market
                verdict.mismatches.append(
                    Mismatch(Question.IDS, *named, str(before[1] + 1), str(native))
                )
            before = (market, native)
