"""A computer on which secrets of every kind lie wherever something comes from that the window
shows: a bot's configurations in two versions, files and their names, settings and their comments,
the sealed file, runs and their logs, an exchange's answers, the environment."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from app.cli.control import Control
from app.cli.events import JsonDisplay
from app.demo.exchange import usdm
from app.errors import AppError
from app.exchange.export.rows import What
from app.monitor import Problem, Progress, Recorder, Step
from app.secret import Secret
from app.services import lock_year
from app.services.history import Job
from app.services.home import Home
from app.services.lock_year import Wanted
from app.services.opening import sealed_file
from app.services.run import Run, perform
from app.settings.sealed import SealedAccount
from tests.cli.support import Machine
from tests.exchange.harness import case_of, lab
from tests.security.planted import NAMED, SECRETS, places
from tests.services.year_home import put, year

BOT = "trend"
PHRASE = SECRETS["twelve words"]
# By their own names files are asked for; they are not shown with them.
FILE_NAMES = (f"{PHRASE}.txt", f"{SECRETS['recovery key']}.txt")
_KEY, _SECRET = SECRETS["api key"], SECRETS["exchange secret in hex"]
_SETTINGS = f"""
# the bot's: secret = "{_KEY}" and {SECRETS["recovery key"]}
[[exchanges]]
name = "main"
exchange = "binanceusdm"
environment = "demo"

[[copies]]  # password: hunter2
name = "Cloud"
kind = "webdav"
address = "https://dav.example.invalid/keep"
user = "me"
id = "{1:016x}"

[[copies]]
name = "Bucket"
kind = "s3"
address = "https://s3.example.invalid/keep"
user = "AKIAEXAMPLE"
id = "{2:016x}"

[[copies]]
name = "Dropbox"
kind = "dropbox"
address = "dropbox:/keep"
id = "{3:016x}"

[[alerts]]
name = "phone"
id = "{4:016x}"
service = "Telegram"
on = ["failed"]
"""
_SEALED = {
    "main": {"apiKey": _KEY, "secret": _SECRET, "password": "hunter2"},
    f"copy:{1:016x}": {"password": "hunter2"},
    f"copy:{2:016x}": {"secret_key": SECRETS["api secret in base64"]},
    f"copy:{3:016x}": {"token": SECRETS["dropbox"]},
    f"alert:{4:016x}": {"address": f"tgram://{SECRETS['telegram']}/12345/"},
}
ENVIRONMENT = {
    "FREQTRADE__EXCHANGE__SECRET": _SECRET,
    "AWS_SECRET_ACCESS_KEY": SECRETS["api secret in base64"],
    "TRADEKEEP_DROPBOX_TOKEN": SECRETS["dropbox"],
    "SEED": PHRASE,
}


def config(secret: str, stake: int) -> str:
    """A configuration as bots have it."""
    exchange = {"name": "binance", "key": _KEY, "secret": secret, "password": "hunter2"}
    made = {
        "stake_amount": stake,
        "exchange": {**exchange, "ccxt_config": {"privateKey": SECRETS["private key"]}},
        "telegram": {"token": SECRETS["telegram"], "chat_id": "1"},
        "api_server": {"jwt_secret_key": SECRETS["jwt"], "password": "hunter2"},
        "dry_run": True,
    }
    return json.dumps(made, indent=2)


def files(*, later: bool) -> dict[str, str]:
    """A bot's files, and the same a day later."""
    secret = SECRETS["api secret in base64"] if later else _SECRET
    stake = 200 if later else 100
    said = "\n".join(text for _where, text in places())
    return {
        "user_data/config.json": config(secret, stake),
        ".env": f"API_KEY={_KEY}\nSECRET={secret}\nWORDS={PHRASE}\nSTAKE={stake}\n",
        "conf/account.yml": (
            f"account:\n  passphrase: hunter2\n  wif: {SECRETS['wif']}\nn: {stake}\n"
        ),
        "docker-compose.yml": (
            "services:\n  bot:\n    image: freqtradeorg/freqtrade:2026.1\n    environment:\n"
            f"      - API_SECRET={secret}\n    command: trade --password hunter2\n"
            "    volumes: ['./user_data:/freqtrade/user_data']\n"
        ),
        "user_data/strategies/trend.py": (
            f'class Trend:\n    stake = {stake}\n    api_secret = "{secret}"\n'
            f"    # {SECRETS['recovery key']}\n"
        ),
        "notes.txt": f"Seed of the vault:\n{PHRASE}\n{SECRETS['recovery key in blanks']}\n"
        f"{SECRETS['recovery key']}\n{SECRETS['pem']}\n{stake}\n",
        **{f"seeds/{name}": f"{stake}" for name in FILE_NAMES},
        "logs/bot.log": f"{said}\n{stake}\n",
    }


def planted(folder: Path) -> Machine:
    """Set up, backed up twice with another key in between, with runs of every outcome."""
    machine = Machine(folder, ENVIRONMENT).set_up()
    bot = folder / BOT
    _write(bot, later=False)
    machine.run("source", "add", "bot", bot, "--name", BOT, code=3)  # a container holds more
    machine.run("backup", code=3)
    _write(bot, later=True)
    machine.run("backup", code=3)
    home = Home.find(machine.environment)
    _settings(home)
    _runs(home)
    _archive(home.fresh(), folder / "pulled")
    return machine


def _write(bot: Path, *, later: bool) -> None:
    for name, content in files(later=later).items():
        (bot / name).parent.mkdir(parents=True, exist_ok=True)
        (bot / name).write_text(content)
    database = sqlite3.connect(bot / "tradesv3.sqlite")
    database.execute("CREATE TABLE IF NOT EXISTS trades (id INTEGER, note TEXT)")
    database.execute("INSERT INTO trades VALUES (1, ?)", (_SECRET,))
    database.commit()
    database.close()


def _settings(home: Home) -> None:
    file = home.paths.settings_file
    file.write_text(file.read_text() + _SETTINGS)
    sealed = sealed_file(home)
    for name, secrets in _SEALED.items():
        kept = {each: Secret(text) for each, text in secrets.items()}
        sealed.put(name, SealedAccount(kept))


def _runs(home: Home) -> None:
    """Runs whose problems quote what others said, as every job has them."""
    display = JsonDisplay(Control())
    for job in (Job.SYNC, Job.PULL, Job.BACKUP):
        run = Run(job, [Step.SOURCES], display, f"rest:{NAMED['in a url']}")
        with contextlib.suppress(ZeroDivisionError):
            perform(run, _meets, history=home.history)


def _meets(run: Run) -> dict[str, object]:
    for _where, text in places():
        run.problem(Problem("file-unreadable", {"path": "/a", "reason": text}))
    run.problem(Problem("file-unreadable", {"path": f"/seeds/{PHRASE}.txt", "reason": "Gone"}))
    run.problem(Problem("place-away", {"place": NAMED["in a url"], "reason": NAMED["in json"]}))
    with run.step(Step.SOURCES):
        run.progress(Progress(Step.SOURCES, "read", 1, 2, item=f"/seeds/{PHRASE}.txt"))
    reason = "\n".join(text for _where, text in places())
    if run.record.job is Job.PULL:
        raise ZeroDivisionError(reason)
    raise AppError("pause-unwritable", path=f"/seeds/{PHRASE}.txt", reason=reason)


def _archive(home: Home, folder: Path) -> None:
    """What an exchange told, with a secret in each of its rows; a year of it is locked."""
    row = usdm.fill_row
    with pytest.MonkeyPatch.context() as patch:
        told = {"apiKey": _KEY, "secret": _SECRET, "note": PHRASE}
        patch.setattr(usdm, "fill_row", lambda fill: {**row(fill), **told})
        made = lab(case_of("binanceusdm"), folder, count=12, days=2)
        with made.server:
            made.pull()
        put(folder / "archive.db", home)
        # One table instead of all: most of the others need libraries that take seconds to load.
        patch.setattr(lock_year, "_all_exports", lambda: [(What.TRADES, "csv")])
        lock_year.lock(home, Wanted.named(home, year(home), None), Recorder())
