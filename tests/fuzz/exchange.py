"""What exchanges answer, through ccxt and our pager as in a pull, and files with old history."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType

from app.demo.exchange.world import DAY
from app.errors import AppError
from app.exchange.archive import Account, Archive
from app.exchange.client import Client, connect
from app.exchange.failures import CallFailed
from app.exchange.imports import import_csv
from app.exchange.pager import Pager
from app.exchange.streams import Kind, Nature, Stream
from app.exchange.tables import table_for
from app.exchange.throttle import Throttle
from app.secret import Secret
from tests.exchange.harness import Quick
from tests.exchange.test_imports import OWN
from tests.fuzz.targets import Target, target

_NOW = 1_760_000_000_000
_FILL = {
    "symbol": "BTCUSDT", "id": 77, "orderId": 9, "side": "BUY", "price": "4000.1", "qty": "0.5",
    "realizedPnl": "0", "quoteQty": "2000.05", "commission": "0.2", "commissionAsset": "USDT",
    "time": _NOW - 5000, "positionSide": "BOTH", "maker": False, "buyer": True,
}  # fmt: skip
_INCOME = {
    "symbol": "BTCUSDT", "incomeType": "FUNDING_FEE", "income": "-0.37500000", "asset": "USDT",
    "info": "FUNDING_FEE", "time": _NOW - 5000, "tranId": 9689322392, "tradeId": "",
}  # fmt: skip
_OKX = {
    "instType": "SPOT", "instId": "BTC-USDT", "tradeId": "7", "ordId": "8", "clOrdId": "",
    "billId": "1111", "fillPx": "42000.1", "fillSz": "0.01", "side": "buy", "fee": "-0.01",
    "feeCcy": "USDT", "ts": str(_NOW - 5000), "execType": "T", "fillTime": str(_NOW - 5000),
}  # fmt: skip


class _Answer:
    """As aiohttp answers: the same body to every question."""

    def __init__(self, body: bytes) -> None:
        self.body, self.status, self.reason = body, 200, "OK"
        self.headers: Mapping[str, str] = {}
        self.cookies: Mapping[str, str] = {}

    async def __aenter__(self) -> _Answer:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None: ...

    async def text(self, **_how: object) -> str:
        return self.body.decode("utf-8", "replace")

    async def read(self) -> bytes:
        return self.body


class Session:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def get(self, *_arguments: object, **_more: object) -> _Answer:
        return _Answer(self._body)

    post = put = delete = patch = get

    async def close(self) -> None: ...


async def _window(exchange: str, kinds: tuple[Kind, ...], body: bytes, folder: Path) -> None:
    table, quick = table_for(exchange), Quick()
    throttle = Throttle(0.0, quick.now, quick.sleep)
    client = connect(table, {name: Secret("x" * 20) for name in table.secrets}, throttle)
    client.raw.session = Session(body)
    (folder / "archive.db").unlink(missing_ok=True)
    with Archive(folder / "archive.db") as archive:
        number = archive.account(Account("main", exchange, "demo"))
        pager = Pager(client, archive, number, archive.begin_pull(number), _NOW, sleep=quick.sleep)
        for stream in table.streams:
            if stream.kind in kinds and stream.nature is Nature.EVENTS and not stream.unified:
                await _asked(pager, stream)
    await _closed(client)


async def _asked(pager: Pager, stream: Stream) -> None:
    with suppress(CallFailed):  # a sentence about the stream, or the account
        await pager.window(stream, "BTCUSDT", _NOW - DAY // 24, _NOW)


async def _closed(client: Client) -> None:
    client.raw.session = None
    await client.close()


def _pulled(exchange: str, kinds: tuple[Kind, ...], data: bytes, folder: Path) -> None:
    asyncio.run(_window(exchange, kinds, data, folder))


def _imported(exchange: str, kind: Kind, data: bytes, folder: Path) -> None:
    (folder / "archive.db").unlink(missing_ok=True)
    with Archive(folder / "archive.db") as archive:
        number = archive.account(Account("main", exchange, "demo"))
        import_csv(archive, number, kind, data, "old.csv")


def _zipped(text: bytes) -> bytes:
    import io
    import zipfile

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo("a.csv", (2026, 1, 1, 0, 0, 0)), text)
    return file.getvalue()


def targets() -> list[Target]:
    def rows(*listed: object) -> bytes:
        return json.dumps(listed, separators=(",", ":")).encode()

    okx = json.dumps({"code": "0", "msg": "", "data": [_OKX]}, separators=(",", ":")).encode()
    own, refused = OWN.encode(), (AppError,)
    fills = partial(_imported, "binanceusdm", Kind.FILLS)
    return [
        target("binance-fills", [rows(_FILL), rows(_FILL, {**_FILL, "id": 78}), b"[]"],
               partial(_pulled, "binanceusdm", (Kind.FILLS,)), cost=15),
        target("binance-income", [rows(_INCOME), b'{"code":-1021,"msg":"Timestamp"}'],
               partial(_pulled, "binanceusdm", (Kind.FUNDING, Kind.LEDGER)), cost=15),
        target("okx-fills", [okx, b'{"code":"50011","msg":"","data":[]}'],
               partial(_pulled, "okx", (Kind.FILLS,)), cost=15),
        target("csv", [own], fills, refused, cost=3),
        target("csv-zip", [_zipped(own)], fills, refused, text=False, cost=3),
    ]  # fmt: skip
