"""`tradekeep bots` as a person and a program run it."""

from __future__ import annotations

from pathlib import Path

from tests.bots.support import freqtrade, freqtrade_trades
from tests.cli.support import Machine

KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"


def _bot(folder: Path) -> Path:
    bot = freqtrade(folder / "ft")
    (bot / "user_data" / "tradesv3.sqlite").unlink()
    freqtrade_trades(bot / "user_data" / "tradesv3.sqlite")
    (bot / "user_data" / "config.json").write_text(
        f'{{"exchange": {{"name": "binance", "key": "{KEY}", "secret": "hunter2"}}}}'
    )
    (bot / "docker-compose.yml").write_text(
        "services:\n  ft:\n    image: freqtradeorg/freqtrade:2026.3\n    command: trade\n"
        "    volumes: ['.:/freqtrade']\n"
    )
    return bot


def test_bots_are_listed_shown_and_their_keys_named(ready: Machine, tmp_path: Path) -> None:
    bot = _bot(tmp_path)
    ready.run("source", "add", "bot", bot)
    (row,) = ready.run("bots", "list", "--json").report["bots"]  # type: ignore[misc]
    assert row == {
        "source": "ft", "bot": "freqtrade", "name": "Freqtrade", "path": str(bot), "there": True,
        "version": "2026.3", "running": [], "trades": 1, "orders": 1,
    }  # fmt: skip
    shown = ready.run("bots", "show", "FT", "--json").report
    capsule = shown["capsule"]
    assert isinstance(capsule, dict) and capsule["open"][0]["records"][0]["pair"] == "ETH/USDT:USDT"
    text = ready.run("bots", "show", "ft").out
    assert (
        "trade 2, ETH/USDT:USDT, short, 0.1" in text
        and "Images: freqtradeorg/freqtrade:2026.3" in text
    )
    named = ready.run("bots", "keys", "ft").out
    assert "…Eh8A" in named and "binance" in named
    assert KEY not in named and "hunter2" not in named
    assert "a folder, not a bot" in ready.run("bots", "show", "notes", code=2).err
