"""Databases that are gone when a bot stops: in memory, or in a container only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.bots.compose_services import services_in
from app.bots.containers import Container, Mount
from app.bots.detect import Alive, detect
from app.bots.lost import in_memory, kind_by_image, lost_in_configuration, lost_in_containers
from app.bots.roots import Mounts
from app.bots.running import Program
from app.messages import message_ids
from app.monitor import Problem, Recorder
from tests.bots.support import KINDS, freqtrade

FREQTRADE = KINDS["freqtrade"]
DATA = Mount("/freqtrade/user_data", "/srv/ft/user_data")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ('"db_url": "sqlite://",', "sqlite://"),
        ('{"db_url":"sqlite:///:memory:"}', "sqlite:///:memory:"),
        ("--db-url sqlite://", "sqlite://"),
        ("--db-url=sqlite:///", "sqlite:///"),
        ("DB_URL=sqlite+aiosqlite://", "sqlite+aiosqlite://"),
        ("db_path: ':memory:'", ":memory:"),
        ("DATABASE=:memory:", ":memory:"),
        ('"sqlite:///file::memory:?cache=shared"', "sqlite:///file::memory:?cache=shared"),
        ('"db_url": "sqlite:///tradesv3.sqlite"', None),
        ("--db-url sqlite:////freqtrade/user_data/t.sqlite", None),
        ('// "db_url": "sqlite://",', None),
        ("# DB_URL=sqlite://", None),
        ("  db_engine: sqlite", None),
        ("sqlite:\n  path: x", None),
        ("postgresql://u:p@h/db", None),
    ],
)
def test_databases_in_memory_are_known_by_their_address(text: str, address: str | None) -> None:
    assert in_memory(f"first line\n{text}\nlast") == address


def test_a_configuration_that_keeps_trades_in_memory_is_named(tmp_path: Path) -> None:
    bot = freqtrade(tmp_path / "ft")
    assert list(lost_in_configuration(bot, FREQTRADE)) == []
    config = bot / "user_data" / "config-live.json"
    config.write_text('{"exchange": {"secret": "hunter2"}, "db_url": "sqlite://"}')
    (problem,) = lost_in_configuration(bot, FREQTRADE)
    assert problem.message_id in message_ids()
    said = str(problem.sentence)
    assert str(config) in said and "sqlite://" in said and "hunter2" not in said


def _lost(**facts: object) -> list[Problem]:
    image = "docker.io/freqtradeorg/freqtrade:2026.1@sha256:abc"
    container = Container(**{"name": "ft", "image": image, **facts})  # type: ignore[arg-type]
    return list(lost_in_containers([container], KINDS.values()))


def test_a_container_reset_wiped_the_trades() -> None:
    """freqtrade#4828: the database lay beside the folder that was mounted."""
    (problem,) = _lost(mounts=(DATA,), trades=True)
    assert problem.message_id == "bot-inside-container"
    assert problem.params["path"] == "/freqtrade/tradesv3.sqlite"
    assert "ft:/freqtrade/tradesv3.sqlite" in problem.sentence.hint


@pytest.mark.parametrize(
    "facts",
    [
        {"mounts": (DATA,), "trades": True, "database": "sqlite:////freqtrade/user_data/t.sqlite"},
        {"mounts": (DATA,), "trades": True, "database": "sqlite:///user_data/t.sqlite"},
        {"mounts": (DATA,), "trades": False},
        {"mounts": (Mount("/freqtrade", ""),), "trades": True},
        {"mounts": (), "trades": True, "certain": False},
        {"mounts": (), "image": "redis:7"},
        {"mounts": (DATA,), "trades": True, "working": "/freqtrade/user_data"},
    ],
)
def test_containers_that_lose_nothing(facts: dict[str, object]) -> None:
    assert _lost(**facts) == []


SHIPPED = {
    "freqtrade": """---
services:
  freqtrade:
    image: freqtradeorg/freqtrade:stable
    # image: freqtradeorg/freqtrade:develop
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              capabilities: [gpu]
    volumes:
      - "./user_data:/freqtrade/user_data"
    # Expose api on port 8080 (localhost only)
    ports:
      - "127.0.0.1:8080:8080"
    command: >
      trade
      --logfile /freqtrade/user_data/logs/freqtrade.log
      --db-url sqlite:////freqtrade/user_data/tradesv3.sqlite
      --config /freqtrade/user_data/config.json
""",
    "hummingbot": """services:
  hummingbot:
    image: hummingbot/hummingbot:latest
    volumes:
      - ./conf:/home/hummingbot/conf
      - ./conf/connectors:/home/hummingbot/conf/connectors
      - ./data:/home/hummingbot/data
    logging:
      driver: "json-file"
    #  environment:
    #    - CONFIG_PASSWORD=a
""",
    "octobot": """services:
  octobot:
    image: drakkarsoftware/octobot:stable
    volumes:
       - ./user:/octobot/user
  nginx:
    image: jwilder/nginx-proxy:alpine
""",
    "jesse": """services:
  ### Jesse's workspace ####
  jesse:
    image: salehmir/jesse:latest
    env_file:
      - ../.env
    volumes:
      - ../:/home
    command: bash -c "jesse install-live --no-strict && jesse run"
  postgres:
    image: postgres:14-alpine
    volumes:
      - ./postgres-data:/var/lib/postgresql/data
""",
}


@pytest.mark.parametrize("kind", sorted(SHIPPED))
def test_compose_files_like_those_that_bots_ship_lose_nothing(tmp_path: Path, kind: str) -> None:
    (tmp_path / "docker-compose.yml").write_text(SHIPPED[kind])
    found = services_in(tmp_path)
    assert [kind_by_image(each.image, KINDS.values()) for each in found].count(KINDS[kind]) == 1
    assert list(lost_in_containers(found, KINDS.values())) == []
    nothing = re.sub(r"volumes:", "labels:", SHIPPED[kind])
    (tmp_path / "docker-compose.yml").write_text(nothing)
    lost = list(lost_in_containers(services_in(tmp_path), KINDS.values()))
    assert [each.message_id for each in lost] == ["bot-inside-container"]


def test_nothing_mounted_at_all_and_a_mount_in_memory() -> None:
    (nothing,) = _lost(trades=True)
    assert (nothing.message_id, nothing.params["path"]) == (
        "bot-inside-container", "/freqtrade/user_data",
    )  # fmt: skip
    over = (DATA, Mount("/freqtrade/user_data/db", "", memory=True))
    (memory,) = _lost(mounts=over, trades=True, database="sqlite:///user_data/db/t.sqlite")
    assert memory.message_id == "bot-mounted-in-memory"
    (address,) = _lost(mounts=(DATA,), trades=True, database="sqlite://")
    assert address.message_id == "bot-database-in-memory"


def test_the_address_in_a_mounted_configuration_counts(tmp_path: Path) -> None:
    mount = (Mount("/freqtrade/user_data", str(tmp_path)),)
    assert _lost(mounts=mount, trades=True) != []
    (tmp_path / "config.json").write_text('{"db_url": "sqlite:///user_data/tradesv3.sqlite"}')
    assert _lost(mounts=mount, trades=True) == []


def test_a_search_tells_of_all_of_them_once(tmp_path: Path) -> None:
    bot = freqtrade(tmp_path / "ft")
    (bot / "docker-compose.yml").write_text(
        "services:\n  one:\n    image: freqtradeorg/freqtrade:stable\n    command: trade\n"
        "    volumes:\n      - ./user_data:/freqtrade/user_data\n"
    )
    runs = Program(
        pid=1,
        name="python",
        folder=str(bot),
        arguments=("freqtrade", "trade", "--userdir", "user_data", "--db-url", "sqlite://"),
    )
    container = Container(name="one", image="freqtradeorg/freqtrade", mounts=(DATA,), trades=True)
    monitor = Recorder()
    alive = Alive((runs, runs), (container, container))
    detect([tmp_path], KINDS, monitor=monitor, mounts=Mounts(), alive=alive)
    assert [each.message_id for each in monitor.problems] == [
        "bot-database-in-memory", "bot-inside-container",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        ("freqtradeorg/freqtrade", "freqtrade"),
        ("ghcr.io/freqtradeorg/freqtrade:develop_freqai", "freqtrade"),
        ("localhost:5000/hummingbot/hummingbot", "hummingbot"),
        ("notfreqtradeorg/freqtrade2", None),
        ("redis", None),
    ],
)
def test_bots_are_known_by_their_image(image: str, kind: str | None) -> None:
    found = kind_by_image(image, KINDS.values())
    assert (found.id if found else None) == kind
