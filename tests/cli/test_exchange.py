"""`tradekeep exchange` as a person or a program types it, against a sample exchange here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings.sealed import SealedFile
from tests.cli.exchange_support import (
    CREDENTIALS,
    KEY,
    SECRET,
    Place,
    connect,
    options_file,
    sample_exchange,
    since,
)
from tests.cli.support import ROOT, Machine, typed

ADD = ("exchange", "add", "main", "--exchange", "binanceusdm", "--credentials-stdin", "--json")


@pytest.fixture(scope="module")
def _served() -> Iterator[Place]:
    with sample_exchange() as place:
        yield place


@pytest.fixture
def place(_served: Place) -> Iterator[Place]:
    """The sample exchange, with a key that may only read."""
    yield _served
    _served.wire.may_trade = _served.wire.may_withdraw = False
    _served.server.faults.clear()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path).set_up()


def settings(machine: Machine) -> dict[str, object]:
    file = machine.home / "config" / "settings.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def sealed(machine: Machine) -> Path:
    return machine.home / "data" / "secrets.sealed"


def nothing_stored(machine: Machine) -> None:
    assert "exchanges" not in settings(machine)
    assert not sealed(machine).exists()


def test_an_account_is_added_listed_checked_and_removed(machine: Machine, place: Place) -> None:
    report = connect(machine, place, "--json").report
    assert report["rights"] == {"withdraw": False, "trade": False}
    assert report["environment"] == "live"
    assert report["since"] == since()
    assert report["secrets_in_backup"] is False
    assert abs(int(str(report["clock_offset_ms"]))) < 5000
    (account,) = settings(machine)["exchanges"]  # type: ignore[misc]
    assert account["name"] == "main"
    listed = machine.run("exchange", "list", "--json").report["accounts"]
    assert listed == [
        {
            "name": "main",
            "exchange": "binanceusdm",
            "environment": "live",
            "since": since(),
            "last_pull": None,
            "outcome": None,
        }
    ]
    assert "takes the key" in machine.run("exchange", "check", "MAIN").out
    assert "archive stays" in machine.run("exchange", "remove", "Main").out
    assert machine.run("exchange", "list", "--json").report == {"accounts": []}
    kept = SealedFile(sealed(machine), _device_key(machine)).accounts()
    assert kept == {}


def _device_key(machine: Machine):  # type: ignore[no-untyped-def]
    from app.secret import Secret

    return Secret((machine.folder / "device-key").read_text(encoding="utf-8").strip())


def test_the_secret_is_nowhere_but_in_the_sealed_file(machine: Machine, place: Place) -> None:
    done = connect(machine, place, "--json")
    checked = machine.run("exchange", "check", "main", "--json")
    pulled = machine.run("pull", "--json")
    for each in (done, checked, pulled, machine.run("doctor"), machine.run("exchange", "list")):
        assert SECRET not in each.out + each.err
        assert KEY not in each.out + each.err
    assert sealed(machine).exists()
    for file in machine.folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert SECRET.encode() not in content, file
            assert KEY.encode() not in content, file


def test_without_set_up_no_secret_is_asked_for(tmp_path: Path, place: Place) -> None:
    done = connect(Machine(tmp_path), place, "--json", code=10)
    assert done.error["id"] == "not-set-up"


def test_a_key_that_may_withdraw_is_refused(machine: Machine, place: Place) -> None:
    place.wire.may_withdraw = True
    done = connect(machine, place, "--json", code=1)
    assert done.error["id"] == "exchange-key-withdraws"
    nothing_stored(machine)


def test_a_key_that_may_trade_is_warned_of(machine: Machine, place: Place) -> None:
    place.wire.may_trade = True
    done = connect(machine, place, code=3)
    assert "may trade" in done.err
    assert settings(machine)["exchanges"]
    place.wire.may_withdraw = True
    checked = machine.run("exchange", "check", "main", "--json", code=1)
    assert checked.error["id"] == "exchange-key-withdraws"


def test_a_wrong_key_is_refused(machine: Machine, place: Place) -> None:
    wrong = json.dumps({"apiKey": "nobodys-key-0123", "secret": SECRET})
    done = connect(machine, place, "--json", code=1, credentials=wrong)
    assert done.error["id"] == "exchange-key-refused"
    nothing_stored(machine)


def test_an_exchange_that_is_not_there(machine: Machine) -> None:
    file = machine.folder / "options.json"
    file.write_text('{"address": "http://127.0.0.1:9"}')
    done = machine.run(*ADD, "--options", file, code=1, stdin=CREDENTIALS)
    assert done.error["id"] == "exchange-unreachable"
    nothing_stored(machine)


@pytest.mark.parametrize(
    ("options", "message_id", "says"),
    [
        ({"address": "http://example.org"}, "exchange-address-open", "example.org"),
        ({"address": "https://example.org"}, "exchange-host-foreign", "--allow-host example.org"),
        ({"verbose": True}, "exchange-option-unknown", "verbose"),
        ({"apiKey": "x"}, "exchange-option-secret", "apiKey"),
        ({"sandbox": 1}, "exchange-option-wrong", "sandbox"),
        (["sandbox"], "exchange-options-unreadable", "list"),
        ("{", "exchange-options-unreadable", "JSON"),
    ],
)
def test_options_that_are_refused(
    machine: Machine, options: object, message_id: str, says: str
) -> None:
    file = machine.folder / "options.json"
    file.write_text(options if isinstance(options, str) else json.dumps(options))
    done = machine.run(*ADD, "--options", file, code=2, stdin=CREDENTIALS)
    assert done.error["id"] == message_id
    assert says in f"{done.error['title']} {done.error['hint']}"
    nothing_stored(machine)


@pytest.mark.parametrize(
    ("credentials", "message_id", "says"),
    [
        ("", "credentials-not-json", "JSON"),
        ("[]", "credentials-not-json", "JSON"),
        ('{"apiKey": 5, "secret": "x"}', "credentials-not-json", "JSON"),
        ('{"apiKey": "x"}', "credentials-missing", "secret"),
        ('{"apiKey": "x", "secret": " "}', "credentials-missing", "secret"),
        ('{"apiKey": "x", "secret": "y", "pin": "z"}', "credentials-unknown", "pin"),
    ],
)
def test_credentials_that_do_not_fit(
    machine: Machine, place: Place, credentials: str, message_id: str, says: str
) -> None:
    done = connect(machine, place, "--json", code=2, credentials=credentials)
    assert done.error["id"] == message_id
    assert says in f"{done.error['title']} {done.error['hint']}"
    nothing_stored(machine)


def test_without_a_terminal_the_key_is_not_waited_for(machine: Machine, place: Place) -> None:
    command = ("exchange", "add", "main", "--exchange", "binanceusdm", "--json")
    done = machine.run(*command, "--options", options_file(machine, place), code=2, stdin="")
    assert done.error["id"] == "credentials-needed"


def test_there_is_no_option_for_a_secret(machine: Machine) -> None:
    told = machine.run("exchange", "add", "--help").out.lower()
    assert "--secret " not in told
    assert "--api" not in told
    assert "--password" not in told


def test_names_and_ids_that_do_not_fit(machine: Machine, place: Place) -> None:
    connect(machine, place)
    before = settings(machine)
    assert connect(machine, place, "--json", name="MAIN", code=2).error["id"] == "exchange-taken"
    for command in ("check", "remove", "key"):
        more = ("--credentials-stdin",) if command == "key" else ()
        done = machine.run(*("exchange", command, "no", "--json", *more), code=2, stdin=CREDENTIALS)
        assert done.error["id"] == "exchange-unknown"
    assert machine.run("pull", "no", "--json", code=2).error["id"] == "exchange-unknown"
    done = machine.run(
        *("exchange", "add", "x", "--exchange", "binanceusd", "--credentials-stdin", "--json"),
        code=2,
        stdin=CREDENTIALS,
    )
    assert done.error["id"] == "exchange-no-such"
    assert "binanceusdm" in str(done.error["hint"])
    assert settings(machine) == before


def test_where_there_is_no_account_nothing_is_listed_instead(machine: Machine) -> None:
    """It said: There are: –."""
    for command in (("exchange", "check"), ("exchange", "remove"), ("pull",)):
        error = machine.run(*command, "no", "--json", code=2).error
        assert error["id"] == "no-exchanges"
        assert "exchange add" in str(error["hint"])
    others = {"candles": "no-candles", "copy": "no-copies", "source": "no-sources"}
    for group, told in others.items():
        done = machine.run(group, "remove", "no", "--json", code=2)
        assert done.error["id"] == told
        assert "–" not in str(done.error["hint"])


def test_another_device_key_is_told_from_damage(machine: Machine, place: Place) -> None:
    connect(machine, place)
    kept = sealed(machine).read_bytes()
    damaged = bytearray(kept)
    damaged[-40] ^= 1
    sealed(machine).write_bytes(damaged)
    assert machine.run("pull", "--json", code=1).error["id"] == "sealed-damaged"
    other = Machine(machine.folder / "other")
    other.folder.mkdir()
    other.set_up()
    sealed(other).parent.mkdir(parents=True, exist_ok=True)
    sealed(other).write_bytes(kept)
    file = other.home / "config" / "settings.toml"
    account = '\n[[exchanges]]\nname = "main"\nexchange = "binanceusdm"\n'
    file.write_text(file.read_text(encoding="utf-8") + account, encoding="utf-8")
    done = other.run("pull", "--json", code=1)
    assert done.error["id"] == "sealed-other-key"
    assert "exchange key" in str(done.error["hint"])


def test_the_key_is_replaced_only_by_one_that_is_taken(machine: Machine, place: Place) -> None:
    connect(machine, place)
    key = ("exchange", "key", "main", "--credentials-stdin", "--json")
    wrong = json.dumps({"apiKey": "nobodys-key-0123", "secret": "x"})
    assert machine.run(*key, code=1, stdin=wrong).error["id"] == "exchange-key-refused"
    machine.run("exchange", "check", "main")
    machine.run(*key, stdin=CREDENTIALS)
    machine.run("exchange", "check", "main")


def test_an_environment_that_contradicts_its_options_is_not_pulled(
    machine: Machine, place: Place
) -> None:
    connect(machine, place)
    file = machine.home / "config" / "settings.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("since =", 'environment = "demo"\nsince ='), encoding="utf-8")
    done = machine.run("pull", "--json", code=3)
    assert [e["id"] for e in done.events if e["event"] == "problem"] == [
        "exchange-environment-differs"
    ]


@pytest.mark.parametrize(
    "arguments", [["--version"], ["exchange", "list"], ["backup"], ["snapshots"], ["status"]]
)
def test_ccxt_is_not_loaded_for_nothing(machine: Machine, arguments: list[str]) -> None:
    machine.add("notes", {"a.txt": b"alpha"})
    code = (
        "import sys; from app.cli.main import run; code = run(sys.argv[1:]);"
        " heavy = {'ccxt', 'aiohttp', 'pyarrow'} & set(sys.modules);"
        " sys.exit(f'loaded: {heavy}' if heavy else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=machine.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_a_rekeyed_repository_keeps_the_accounts(machine: Machine, place: Place) -> None:
    connect(machine, place)
    machine.run("pull")
    machine.run("backup")
    target = machine.folder / "second"
    recovery = machine.folder / "second-recovery.txt"
    machine.run("rekey", target, "--recovery-out", recovery, "--use")
    machine.run("exchange", "check", "main")
    machine.run("pull")


def test_the_doctor_misses_a_key(machine: Machine, place: Place) -> None:
    connect(machine, place)
    assert "account main" in machine.run("doctor").out
    sealed(machine).unlink()
    done = machine.run("doctor", "--json", code=3)
    found = {each["name"]: each["fine"] for each in done.report["findings"]}  # type: ignore[attr-defined]
    assert found["account main"] is False


@pytest.mark.skipif(os.name == "nt", reason="POSIX terminals")
def test_at_a_terminal_the_key_is_asked_for_and_not_shown(machine: Machine, place: Place) -> None:
    shown = typed(
        machine,
        (
            *("exchange", "add", "main", "--exchange", "binanceusdm", "--since", since()),
            *("--options", str(options_file(machine, place))),
        ),
        [KEY, SECRET, ""],
    )
    assert "apiKey (not shown)" in shown
    assert "whoever has a recovery key" in shown
    assert "takes the key" in shown
    assert KEY not in shown
    assert SECRET not in shown
    assert settings(machine)["secrets"] == {"in_backup": False}
