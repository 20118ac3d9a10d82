"""What brings a bot's environment back, and what never stands in it."""

from __future__ import annotations

import string
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bots import redact
from app.bots.capsule import Capsule, Environment, capsule, open_in, read_environment
from app.bots.compose import image_names, outline
from app.bots.containers import Container, Mount
from app.bots.open_trades import OpenTrade, What
from app.bots.postgres import Dumped
from app.bots.release import Release
from app.bots.units import Starters, cron_lines, mentions, unit_outline
from app.messages import message_ids
from tests.bots.support import KINDS, freqtrade, grow

SECRET = "hunter2swordfish"
COMPOSE = f"""
services:
  freqtrade:
    image: freqtradeorg/freqtrade:2024.10
    restart: unless-stopped
    container_name: freqtrade
    volumes:
      - "./user_data:/freqtrade/user_data"
    ports:
      - "127.0.0.1:8080:8080"
    environment:
      - FREQTRADE__API_SERVER__PASSWORD={SECRET}
      - OTHER: {SECRET}
    command: >
      trade --db-url sqlite:////x
      --token {SECRET}
  db:
    image: "postgres:16@sha256:{"ab" * 32}"
    environment:
      POSTGRES_PASSWORD: {SECRET}
      NESTED:
        deeper: {SECRET}
    build: {{context: ., args: {{KEY: {SECRET}}}}}
x-env: &env
  KEY: {SECRET}
"""
UNIT = f"""[Unit]
Description=The bot
# {SECRET}
[Service]
Environment="API_KEY={SECRET}" B={SECRET} \\
  C='{SECRET} {SECRET}'
EnvironmentFile=/srv/ft/.env
WorkingDirectory=/srv/ft
ExecStart=/srv/ft/.venv/bin/freqtrade trade --api-key "{SECRET}" --password={SECRET} -c config.json
SetCredential=x:{SECRET}
[Install]
WantedBy=multi-user.target
"""


def _environment(tmp_path: Path, home: Path) -> Capsule:
    bot = home / "ft"
    units = home / "units"
    table = home / "crontab"
    starters = Starters((units,), (table,), lambda: f"0 4 * * * TOKEN={SECRET} {bot}/run --x\n")
    return capsule(bot, KINDS["freqtrade"], starters=starters, stop_at=home)


def _build(home: Path) -> None:
    bot = freqtrade(home / "ft")
    (home / "docker-compose.yml").write_text("services:\n  not_ours:\n    image: other\n")
    (bot / "docker-compose.yml").write_text(COMPOSE)
    (home / "units").mkdir()
    (home / "units" / "ft.service").write_text(UNIT.replace("/srv/ft", str(bot)))
    (home / "units" / "ft.timer").write_text("[Timer]\nOnCalendar=daily\n")
    (home / "units" / "other.service").write_text(f"[Service]\nExecStart={bot}2/run\n")
    (home / "crontab").write_text(f"# {bot}\n@daily root {bot}/x.sh --secret {SECRET}\n@daily y\n")
    venv = bot / ".venv"
    for name, version in (("ccxt", "4.4.1"), ("Freqtrade", "2024.10")):
        info = venv / "lib" / "python3.11" / "site-packages" / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (venv / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.7\n")
    git = bot / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/stable\n")
    (git / "packed-refs").write_text(f"# pack-refs\n{'ab' * 20} refs/heads/stable\n")
    remote = f"https://me:{SECRET}@github.com/freqtrade/freqtrade.git"
    (git / "config").write_text(f'[core]\n[remote "origin"]\n\turl = {remote}\n[branch "x"]\n')


def test_the_environment_of_a_bot(tmp_path: Path) -> None:
    _build(tmp_path)
    found = _environment(tmp_path, tmp_path).environment
    assert found.bot == "freqtrade"
    assert found.images == (
        "freqtradeorg/freqtrade:2024.10", f"postgres:16@sha256:{'ab' * 32}",
    )  # fmt: skip
    assert [Path(each.path).name for each in found.compose] == ["docker-compose.yml"]
    assert [Path(each.path).name for each in found.units] == ["ft.service", "ft.timer"]
    assert found.crontab == (
        f"0 4 * * * TOKEN=*** {tmp_path}/ft/run --x", f"@daily root {tmp_path}/ft/x.sh --secret ***"
    )  # fmt: skip
    assert found.release == Release("2024.10", "Freqtrade==2024.10")
    (python,) = found.python
    assert (python.version, python.packages) == ("3.11.7", ("ccxt==4.4.1", "Freqtrade==2024.10"))
    (git,) = found.checkouts
    assert (git.commit, git.branch) == ("ab" * 20, "stable")
    assert git.origin == "https://***@github.com/freqtrade/freqtrade.git"


def test_an_environment_elsewhere_is_found_by_the_unit_that_starts_it(tmp_path: Path) -> None:
    bot = freqtrade(tmp_path / "bots" / "ft")
    venv = tmp_path / "venvs" / "ft"
    info = venv / "lib" / "python3.12" / "site-packages" / "freqtrade-2026.3.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: freqtrade\nVersion: 2026.3\n")
    (venv / "pyvenv.cfg").write_text("version = 3.12.4\n")
    (tmp_path / "units").mkdir()
    line = f"ExecStart={venv}/bin/freqtrade trade --userdir {bot}/user_data"
    (tmp_path / "units" / "ft.service").write_text(f"[Service]\n{line}\n")
    found = capsule(bot, KINDS["freqtrade"], starters=Starters((tmp_path / "units",))).environment
    assert [(each.path, each.version) for each in found.python] == [(str(venv), "3.12.4")]
    assert found.release == Release("2026.3", "freqtrade==2026.3")


def test_the_image_of_a_container_that_nobody_composed(tmp_path: Path) -> None:
    bot = freqtrade(tmp_path / "ft")
    mounts = (Mount("/freqtrade/user_data", str(bot / "user_data")),)
    mine = Container(
        name="a", image="freqtradeorg/freqtrade:2026.2", mounts=mounts, trades=True, working="/x"
    )
    other = Container(name="b", image="freqtradeorg/freqtrade:1.0", trades=True)
    found = capsule(bot, KINDS["freqtrade"], starters=Starters(), containers=[other, mine, mine])
    assert found.environment.images == ("freqtradeorg/freqtrade:2026.2",)
    assert found.environment.release == Release("2026.2", "freqtradeorg/freqtrade:2026.2")
    (problem,) = found.problems
    assert problem.message_id == "bot-inside-container", "a backup says what it does not hold"
    assert problem.params["path"] == "/x/tradesv3.sqlite"


@pytest.mark.parametrize(
    ("kind", "name", "text", "version"),
    [
        ("freqtrade", "freqtrade/__init__.py", '__version__ = "2026.4-dev"\n', "2026.4-dev"),
        ("hummingbot", "hummingbot/VERSION", "dev-2.5.0\n", "2.5.0"),
        ("octobot", "octobot/__init__.py", 'PROJECT = "x"\nVERSION = "2.0.1"\n', "2.0.1"),
        ("passivbot", "pyproject.toml", '[project]\nversion = "7.3"\n', "7.3"),
        ("gunbot", "package.json", '{"version": "30.1.2"}', "30.1.2"),
        ("freqtrade", "compose.yml", "services:\n x:\n  image: freqtradeorg/freqtrade:dev", None),
        ("freqtrade", "docker-compose.yml", "services:\n x:\n  image: redis:7.2\n", None),
    ],
)  # fmt: skip
def test_a_bots_version_is_read_where_it_is_said(
    tmp_path: Path, kind: str, name: str, text: str, version: str | None
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    found = capsule(tmp_path, KINDS[kind], starters=Starters()).environment.release
    assert (found.version if found else None) == version
    assert found is None or found.told_by == name


def test_a_record_is_read_again_and_one_of_a_later_version_is_not(tmp_path: Path) -> None:
    trade = OpenTrade(
        what=What.TRADE, id="1", pair="A/B", side="long", amount="1", opened="", exchange="x"
    )
    told = Environment(
        bot="freqtrade",
        name="Freqtrade",
        path="/x",
        release=Release("1", "y"),
        open=(open_in("a.sqlite", [trade] * 300),),
        dumps=(Dumped(file="f", database="d", server="s", restore="r"),),
    )
    raw = msgspec.json.encode(told)
    assert read_environment(raw) == told
    assert (told.open[0].trades, told.open[0].orders, len(told.open[0].records)) == (300, 0, 200)
    assert read_environment(raw.replace(b'"version":1', b'"version":9')) is None
    assert read_environment(b"no json") is None
    assert (
        read_environment(b'{"version":1,"bot":"x","name":"X","path":"/y","later":[1]}') is not None
    )


def test_equal_facts_make_an_equal_record_without_a_secret(tmp_path: Path) -> None:
    _build(tmp_path)
    first = msgspec.json.encode(_environment(tmp_path, tmp_path).environment)
    assert msgspec.json.encode(_environment(tmp_path, tmp_path).environment) == first
    assert msgspec.json.decode(first, type=Environment)
    assert SECRET.encode() not in first
    assert b"ExecStart=" in first and b"API_KEY=***" in first


def test_a_capsule_counts_its_files_when_asked(tmp_path: Path) -> None:
    _build(tmp_path)
    assert _environment(tmp_path, tmp_path).summary.databases == ["user_data/tradesv3.sqlite"]


def test_what_a_copy_of_files_cannot_hold_is_said_until_a_dump_is_there(tmp_path: Path) -> None:
    bot = grow(tmp_path / "zenbot", KINDS["zenbot"].markers[0])
    (problem,) = capsule(bot, KINDS["zenbot"], starters=Starters()).problems
    assert problem.message_id == "bot-beyond-files"
    assert problem.message_id in message_ids()
    assert "MongoDB" in problem.sentence.title
    assert "mongodump" in problem.sentence.hint
    (bot / "dumps").mkdir()
    (bot / "dumps" / "zenbot.archive").touch()
    assert capsule(bot, KINDS["zenbot"], starters=Starters()).problems == ()


def test_a_bot_with_nothing_around_it(tmp_path: Path) -> None:
    found = capsule(tmp_path / "gone", KINDS["gekko"], starters=Starters()).environment
    assert found.compose == found.units == found.crontab == found.python == ()


# --- parts -----------------------------------------------------------------------------------


def test_a_compose_file_keeps_what_brings_it_back() -> None:
    text = outline(COMPOSE)
    assert SECRET not in text
    for wanted in ("image: freqtradeorg/freqtrade:2024.10", "  freqtrade:", "./user_data:",
                   "127.0.0.1:8080:8080", "restart: unless-stopped"):  # fmt: skip
        assert wanted in text
    assert image_names(COMPOSE)[0] == "freqtradeorg/freqtrade:2024.10"


def test_a_unit_keeps_names_of_variables_only() -> None:
    text = unit_outline(UNIT)
    assert SECRET not in text
    for wanted in ("Environment=API_KEY=*** B=*** C=***", "WorkingDirectory=/srv/ft",
                   "freqtrade trade --api-key ***", "-c config.json", "[Install]"):  # fmt: skip
        assert wanted in text


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("WorkingDirectory=/srv/bot", True),
        ("ExecStart=/srv/bot/run.sh", True),
        ("cd '/srv/bot' && run", True),
        ("/srv/bot2/run", False),
        ("/mnt/srv/bot/run", False),
        ("/srv/bot-old", False),
    ],
)
def test_a_folder_is_told_from_its_neighbours(text: str, is_named: bool) -> None:
    assert mentions(text, Path("/srv/bot")) is is_named


def test_cron_lines_are_found_in_all_tables(tmp_path: Path) -> None:
    table = tmp_path / "t"
    table.write_text("@daily /srv/bot/a\n")
    starters = Starters((), (table, tmp_path / "none"), lambda: "@daily /srv/bot/b\n#/srv/bot\n")
    assert cron_lines(Path("/srv/bot"), starters) == ["@daily /srv/bot/a", "@daily /srv/bot/b"]


SECRETS = st.text(string.ascii_letters + string.digits + "/+!$%&.,@", min_size=8, max_size=50).map(
    lambda text: f"Z9{text}q7"
)
PLACES = [
    "API_KEY={} run", "export key='{}' ; run", 'run --api-key "{}"', "run --password={} x",
    "run '--secret' '{}'", "sh -c 'TOKEN={} run --x'", "curl https://x.y/?token={}",
    "curl -H 'X-Auth: {}'", "run -p {}", 'run \'{{"key": "{}"}}\'', 'run \'{{"secret":"{}"}}\'',
    "A=\"{} and {}\" run", "mysql -u me -p {} db", "run --private-key {} --x",
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@given(secret=SECRETS)
def test_no_secret_gets_through_a_command(place: str, secret: str) -> None:
    assert secret not in redact.command(place.format(secret, secret))


@given(secret=SECRETS, name=st.from_regex(r"[A-Z_]{1,20}", fullmatch=True))
def test_no_environment_value_gets_through_at_all(secret: str, name: str) -> None:
    assert secret not in redact.command(f"{name}={secret} run")
    assert secret not in unit_outline(f"[Service]\nEnvironment={name}={secret} B='{secret} x'\n")
    assignment, pair = f"{name}={secret}", f"{name}: {secret}"
    for line in (f"- {assignment}", f"- {pair}", pair, f"{name}: |\n        {secret}"):
        for indent in ("    ", "      "):
            block = f"    environment:\n{indent}{line}\n    restart: no\n"
            assert secret not in outline(f"services:\n  bot:\n    image: x\n{block}")


@given(st.text())
def test_any_text_can_be_outlined(text: str) -> None:
    outline(text)
    unit_outline(text)
    redact.command(text)
    redact.variables(text)


def test_what_is_no_secret_stays_readable() -> None:
    line = "/srv/ft/.venv/bin/python3.11 -m freqtrade trade --config user_data/config.json"
    assert redact.command(line) == line
