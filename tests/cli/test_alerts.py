"""Alerts by whole processes: told once, told later without a network, and never their address."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.backends.contract import Kind
from tests.cli.support import Machine
from tests.faults import files_of, flip_bit
from tests.services.alert_server import CHECK, HOOK, TOPIC, AlertServer

_PLANTED = (TOPIC, HOOK.strip("/"), CHECK.strip("/"), "k3Yw90")


@pytest.fixture
def server() -> Iterator[AlertServer]:
    with AlertServer() as made:
        yield made


@pytest.fixture
def alerted(ready: Machine, server: AlertServer) -> Machine:
    """A computer with an alert of each kind, which was never backed up."""
    ready.run("alert", "add", "phone", "--address-stdin", stdin=server.ntfy + "\n")
    on = ("--on", "failed", "--on", "recovered")
    ready.run("alert", "add", "hook", *on, "--address-stdin", stdin=server.hook + "\nmore")
    ready.run("alert", "add", "watchdog", "--silence", "--address-stdin", stdin=server.check)
    return ready


def breaks(machine: Machine) -> Path:
    """The repository is gone: every backup fails."""
    return machine.repository.rename(machine.folder / "hidden")


def mends(machine: Machine) -> None:
    (machine.folder / "hidden").rename(machine.repository)


def alerts(machine: Machine) -> dict[str, dict[str, object]]:
    found = machine.run("status", "--json").report["alerts"]
    assert isinstance(found, list)
    return {str(each["name"]): each for each in found}


def test_a_failure_is_told_once_and_the_next_good_backup_too(
    alerted: Machine, server: AlertServer
) -> None:
    alerted.run("backup")
    assert server.received.calls == ["ok"]
    assert server.received.ntfy == []
    breaks(alerted)
    alerted.run("backup", code=10)
    alerted.run("backup", code=10)
    assert [title.split(": ")[1] for title, _text in server.received.ntfy] == ["Backup failed"]
    assert [title.split(": ")[1] for title, _text in server.received.hook] == ["Backup failed"]
    assert "/" not in server.received.ntfy[0][1]
    mends(alerted)
    alerted.run("backup")
    assert [title.split(": ")[1] for title, _text in server.received.ntfy] == [
        "Backup failed",
        "Backups are well again",
    ]
    assert server.received.calls == ["ok", "fail", "fail", "ok"]
    assert server.received.refused == []
    assert all(each["last_sent"] and not each["last_error"] for each in alerts(alerted).values())


def test_damage_that_a_verification_finds_is_told_at_once(
    alerted: Machine, server: AlertServer
) -> None:
    alerted.run("backup")
    (pack, *_more) = files_of(alerted.repository, Kind.PACK)
    flip_bit(pack, pack.stat().st_size // 3)
    alerted.run("verify", "--read-data", code=3)
    flip_bit(pack, pack.stat().st_size // 3)
    alerted.run("verify", "--read-data")
    told = [title.split(": ")[1] for title, _text in server.received.ntfy]
    assert told == ["Damage was found", "Backups are well again"]
    assert "/" not in server.received.ntfy[0][1]


def test_what_did_not_get_through_is_told_later_once(alerted: Machine, server: AlertServer) -> None:
    breaks(alerted)
    server.faults.extend([500, 500, 500])
    done = alerted.run("backup", "--json", code=10)
    assert done.events[-1]["event"] == "done"
    assert server.received.ntfy == server.received.hook == []
    found = alerts(alerted)
    assert {str(each["last_error"]["id"]) for each in found.values()} == {"alert-refused"}  # type: ignore[index]
    shown = alerted.run("status").err
    assert "ntfy refused the alert phone (code 500)." in shown
    runs = alerted.run("runs", "--json").report["runs"]
    assert isinstance(runs, list)
    log = alerted.run("runs", str(runs[0]["run"]), "--log").out
    assert "refused the alert phone" in log
    alerted.run("backup", "--if-due", code=4)
    assert len(server.received.ntfy) == len(server.received.hook) == 1
    assert server.received.calls == ["fail"]
    alerted.run("backup", "--if-due", code=4)
    assert len(server.received.ntfy) == 1
    assert not any(each["last_error"] for each in alerts(alerted).values())


def test_a_backup_is_as_good_as_ever_when_no_alert_gets_through(ready: Machine) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{free.getsockname()[1]}"
    ready.run(
        "alert", "add", "watchdog", "--silence", "--address-stdin", stdin=f"http://{at}{CHECK}"
    )
    began = time.monotonic()
    assert ready.run("backup", "--json").events[-1]["outcome"] == "ok"
    assert time.monotonic() - began < 15
    error = alerts(ready)["watchdog"]["last_error"]
    assert isinstance(error, dict)
    assert error["id"] == "alert-unreachable"


def test_no_address_stands_anywhere_but_in_the_sealed_file(
    alerted: Machine, server: AlertServer
) -> None:
    server.faults.extend([500, 500, "hang"])
    breaks(alerted)
    child = subprocess.Popen(
        alerted.command("backup", "--json"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=alerted.environment,
    )  # fmt: skip
    arguments = _command_line(child.pid)
    out, err = child.communicate(timeout=60)
    said = [arguments, out, err]
    for command in (
        ("alert", "list"), ("alert", "list", "--json"), ("status", "--json"), ("doctor",),
        ("diagnostics", "--json"), ("runs", "--json"),
    ):  # fmt: skip
        done = subprocess.run(
            alerted.command(*command), capture_output=True, text=True, env=alerted.environment
        )
        said += [done.stdout, done.stderr]
    profile = alerted.folder / "profile.toml"
    alerted.run("profile", "export", "--out", profile)
    files = {path: path.read_bytes() for path in alerted.home.rglob("*") if path.is_file()}
    assert any(path.name == "alerts.json" for path in files)
    assert any(path.name == "secrets.sealed" for path in files)
    assert "watchdog" not in alerted.run("diagnostics", "--json").out  # what somebody named
    for planted in _PLANTED:
        assert planted not in "".join(said)
        assert planted not in profile.read_text()
        assert [path for path, content in files.items() if planted.encode() in content] == []


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def test_with_secrets_in_the_backups_an_alerts_address_still_stays_here(
    alerted: Machine, server: AlertServer
) -> None:
    settings = alerted.home / "config" / "settings.toml"
    account = '\n[secrets]\nin_backup = true\n\n[[exchanges]]\nname = "main"\nexchange = "kraken"\n'
    settings.write_text(settings.read_text() + account)
    alerted.run("backup", code=3)  # no key of that account is there
    out = alerted.folder / "out"
    alerted.run("restore", "latest", "--target", out)
    (secrets,) = out.rglob("secrets.json")
    assert all(planted not in secrets.read_text() for planted in _PLANTED)


def test_alerts_are_listed_chosen_tried_and_removed(alerted: Machine, server: AlertServer) -> None:
    listed = alerted.run("alert", "list").out
    assert "phone" in listed
    assert "failed, with problems, overdue, well again" in listed
    assert "dead man’s switch" in listed
    alerted.run("alert", "test", "PHONE")
    alerted.run("alert", "test", "watchdog")
    assert server.received.ntfy[0][0].endswith(": This is a test")
    assert server.received.calls == ["ok"]
    server.faults.append(403)
    refused = alerted.run("alert", "test", "phone", "--json", code=1).error
    assert refused["id"] == "alert-refused"
    assert refused["params"] == {"code": 403, "name": "phone", "service": "ntfy"}
    alerted.run("alert", "set", "phone", "--off")
    breaks(alerted)
    alerted.run("backup", code=10)
    assert len(server.received.ntfy) == 1
    for name in ("phone", "hook", "Watchdog"):
        alerted.run("alert", "remove", name)
    assert alerted.run("alert", "list", "--json").report == {"alerts": []}
    assert "[[alerts]]" not in (alerted.home / "config" / "settings.toml").read_text()
    assert (alerted.home / "data" / "alerts.json").read_text() == '{"version":1,"alerts":{}}'


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "message_id"),
    [
        (("add", "phone", "--address-stdin"), "nonsense\n", 2, "alert-address-unknown"),
        (("add", "phone", "--address-stdin"), "\n", 2, "alert-address-needed"),
        (("add", "phone"), "", 2, "alert-address-needed"),
        (("add", "w", "--silence", "--address-stdin"), "ntfy://a/b", 2, "alert-address-no-web"),
        (("test", "phone"), None, 2, "alert-unknown"),
        (("remove", "phone"), None, 2, "alert-unknown"),
        (("set", "phone", "--off"), None, 2, "alert-unknown"),
    ],
)
def test_what_makes_no_sense_is_a_sentence_and_changes_nothing(
    ready: Machine, arguments: tuple[str, ...], stdin: str | None, code: int, message_id: str
) -> None:
    before = (ready.home / "config" / "settings.toml").read_bytes()
    done = ready.run("alert", *arguments, "--json", code=code, stdin=stdin)
    assert done.error["id"] == message_id
    assert (ready.home / "config" / "settings.toml").read_bytes() == before


def test_before_anything_is_set_up_an_alert_says_so(machine: Machine) -> None:
    done = machine.run("alert", "add", "phone", "--address-stdin", "--json", code=10, stdin="x")
    assert done.error["id"] == "not-set-up"


def test_nothing_is_loaded_for_alerts_where_there_are_none(ready: Machine) -> None:
    code = (
        "import sys; from app.cli.main import run; code = run(['backup', '--json']); "
        "assert code == 0; bad = {'apprise', 'requests'} & sys.modules.keys(); assert not bad, bad"
    )
    done = subprocess.run(
        [ready.command()[0], "-c", code], capture_output=True, text=True, env=ready.environment
    )
    assert done.returncode == 0, done.stderr
