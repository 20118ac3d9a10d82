"""Files of bots and of docker: other programs write them, and anybody may have edited them."""

from __future__ import annotations

from pathlib import Path

from app.bots.capsule import read_environment
from app.bots.compose import image_names, outline
from app.bots.containers import parse_containers
from app.bots.dotenv import read_env
from app.bots.keys import found_keys
from app.bots.markers import NotAMarker, parse_marker
from app.bots.reading import read_text
from app.bots.redact import command
from app.bots.redact_lines import settings
from tests.fuzz.targets import Target, target

_CONTAINERS = (
    b'[{"Name":"/bot","Config":{"Image":"freqtrade:stable","Env":["A=b","DB_URL=sqlite://"],'
    b'"Cmd":["trade","--db-url","sqlite:////x.db"],"Labels":{"com.docker.compose.service":"db"}},'
    b'"Mounts":[{"Type":"bind","Source":"/srv","Destination":"/x"}],"State":{"Running":true},'
    b'"NetworkSettings":{"Ports":{"5432/tcp":[{"HostPort":"5432"}]},"Networks":{"a":{"IPAddress":'
    b'"10.0.0.2","Aliases":["db"]}}}}]'
)
_COMPOSE = (
    b"services:\n  bot:\n    image: freqtradeorg/freqtrade:stable\n    volumes:\n"
    b'      - "./user_data:/freqtrade/user_data"\n    environment:\n      - API_KEY=${KEY:-x}\n'
)
_CONFIG = (
    b'{"exchange":{"name":"binance","key":"kD83hfKQ92mdj3Hs","secret":"aB3dE5fG7hJ9kL1m", // c\n'
    b'"password":null,"pair_whitelist":["BTC/USDT",]},"telegram":{"token":"1:a"}}'
)
_ENV = (
    b"export BINANCE_API_KEY=\"kD83hfKQ92mdj3Hs\"\nBINANCE_API_SECRET='aB3dE5fG7h' # c\nX=${Y:-z}\n"
)
_RECORD = (
    b'{"version":1,"bot":"freqtrade","name":"a","path":"/srv","images":["x"],"compose":[],'
    b'"units":[],"crontab":[],"python":[],"checkouts":[],"beyond":[],"release":null,"open":[]}'
)


def _compose(data: bytes, _folder: Path) -> None:
    text = data.decode("utf-8", "replace")
    image_names(text)
    outline(text)


def _keys(data: bytes, folder: Path) -> None:
    for name in ("config.json", ".env", "config.yml", "config.py"):
        (folder / name).write_bytes(data)
    found_keys(folder)
    read_env(folder / ".env")


def _hidden(data: bytes, folder: Path) -> None:
    (folder / "x").write_bytes(data)
    lines = (read_text(folder / "x") or "").splitlines()
    assert len(list(settings(lines))) == len(lines)
    for line in lines:
        command(line)


def _marker(data: bytes, folder: Path) -> None:
    marker = parse_marker(data.decode("utf-8", "replace"))  # TOML is UTF-8
    assert ".." not in marker.parts
    assert folder / "x" in (folder / "x" / "/".join(marker.parts)).parents


def targets() -> list[Target]:
    return [
        target("containers", [_CONTAINERS], lambda data, _: list(parse_containers(data))),
        target("compose", [_COMPOSE], _compose),
        target("bot-keys", [_CONFIG, _ENV], _keys, cost=2),
        target("hidden-lines", [_CONFIG, _ENV, _COMPOSE], _hidden, cost=2),
        target("capsule", [_RECORD], lambda data, _: read_environment(data)),
        target("bot-marker", [b"user_data/ ", b"config*.json", b"a/b.py ~ text"], _marker,
               (NotAMarker,), text=False),
    ]  # fmt: skip
