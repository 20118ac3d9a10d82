"""What each operating system is told, and what becomes of it when it says no."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.errors import AppError
from app.services.timer import Part, Timer, install, is_installed, lingers, remove, timer_for

COMMAND = ("/opt/my trade/bin/tradekeep",)
SERVICE = """\
[Unit]
Description=Tradekeep: what is due

[Service]
Type=oneshot
Environment="TRADEKEEP_HOME=/home/jane/50%% off"
ExecStart="/opt/my trade/bin/tradekeep" backup --if-due
SuccessExitStatus=3 4
Nice=10
IOSchedulingClass=idle
"""
TIMER = """\
[Unit]
Description=Tradekeep: looks every few minutes whether something is due

[Timer]
OnStartupSec=5min
OnUnitInactiveSec=5min
AccuracySec=30s

[Install]
WantedBy=timers.target
"""


def made(platform: str, tmp_path: Path) -> Timer:
    environment = {"TRADEKEEP_HOME": "/home/jane/50% off", "PATH": "/bin", "SECRET": "hunter2"}
    return timer_for(platform, COMMAND, environment, tmp_path, tmp_path / "data")


def test_a_systemd_timer(tmp_path: Path) -> None:
    timer = made("linux", tmp_path)
    service, clock = timer.parts
    assert service.path == tmp_path / ".config/systemd/user/tradekeep-backup.service"
    assert service.text == SERVICE
    assert clock.text == TIMER
    assert timer.start[-1] == ("systemctl", "--user", "enable", "--now", "tradekeep-backup.timer")


def test_a_dollar_in_the_home_s_path_leads_a_systemd_timer_to_that_home(tmp_path: Path) -> None:
    environment = {"TRADEKEEP_HOME": "/home/jane/$cash"}
    timer = timer_for("linux", ("/opt/$x/tradekeep",), environment, tmp_path, tmp_path)
    assert "Environment=TRADEKEEP_HOME=/home/jane/$cash\n" in timer.parts[0].text
    assert "ExecStart=/opt/$$x/tradekeep backup" in timer.parts[0].text


def test_systemd_finds_the_units_sound(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    program = tmp_path / "trade keep"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    timer = timer_for("linux", (str(program),), {}, tmp_path, tmp_path)
    for part in timer.parts:
        part.path.parent.mkdir(parents=True, exist_ok=True)
        part.path.write_text(part.text)
    files = [str(part.path) for part in timer.parts]
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", *files],
        capture_output=True,
        text=True,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path)},
    )
    assert "tradekeep" not in done.stderr, done.stderr


def test_a_launch_agent(tmp_path: Path) -> None:
    (part,) = made("darwin", tmp_path).parts
    agent = plistlib.loads(part.text.encode())
    assert agent == {
        "Label": "org.tradekeep.backup",
        "ProgramArguments": [*COMMAND, "backup", "--if-due"],
        "StartInterval": 300,
        "ProcessType": "Background",
        "EnvironmentVariables": {"TRADEKEEP_HOME": "/home/jane/50% off"},
    }


def test_a_task_of_windows(tmp_path: Path) -> None:
    (part,) = made("win32", tmp_path).parts
    root = ElementTree.fromstring(part.content)
    found = {each.tag.split("}")[1]: each.text for each in root.iter()}
    assert found["Command"] == COMMAND[0]
    assert found["Arguments"] == "backup --if-due"
    assert found["Interval"] == "PT5M"


def test_the_task_is_written_as_its_first_line_says(tmp_path: Path) -> None:
    (part,) = made("win32", tmp_path).parts
    install(Timer((part,), (), ()))
    assert part.path.read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff")
    assert 'encoding="UTF-16"' in part.path.read_text(encoding="utf-16")
    assert is_installed(Timer((part,), (), ()))


def test_nothing_of_the_environment_but_what_decides_which_home(tmp_path: Path) -> None:
    for platform in ("linux", "darwin", "win32"):
        for part in made(platform, tmp_path).parts:
            assert "hunter2" not in part.text


def test_installed_twice_and_removed_twice(tmp_path: Path) -> None:
    log = tmp_path / "log"
    part = Part(tmp_path / "deep" / "unit", "text\n")
    timer = Timer((part,), (("sh", "-c", f"echo on >> {log}"),), (("sh", "-c", "true"),))
    assert not is_installed(timer)
    install(timer)
    install(timer)
    assert is_installed(timer)
    assert log.read_text() == "on\non\n"
    remove(timer)
    remove(timer)
    assert not part.path.exists()


def test_a_system_that_says_no_is_quoted(tmp_path: Path) -> None:
    part = Part(tmp_path / "unit", "text")
    refused = Timer((part,), (("sh", "-c", "echo no bus >&2; exit 1"),), ())
    with pytest.raises(AppError) as caught:
        install(refused)
    assert "no bus" in str(caught.value)
    with pytest.raises(AppError) as caught:
        install(Timer((part,), (("no-such-program",),), ()))
    assert caught.value.message_id == "timer-no-program"


def test_a_timer_that_the_system_refused_does_not_look_installed(tmp_path: Path) -> None:
    part = Part(tmp_path / "unit", "text")
    refused = Timer((part,), (("sh", "-c", "exit 1"),), ())
    with pytest.raises(AppError):
        install(refused)
    assert not is_installed(refused)
    assert not part.path.exists()
    install(Timer((part,), (), ()))
    with pytest.raises(AppError):  # one that was there runs perhaps: it is left
        install(refused)
    assert part.path.exists()


def test_a_timer_goes_though_the_system_does_not_stop_it(tmp_path: Path) -> None:
    part, log = Part(tmp_path / "unit", "text"), tmp_path / "log"
    deaf = Timer(
        (part,),
        (),
        (("sh", "-c", "echo no bus >&2; exit 1"),),
        gone=(("sh", "-c", f"test ! -e {part.path} && echo read again > {log}"),),
    )
    install(deaf)
    with pytest.raises(AppError) as caught:
        remove(deaf)
    assert "no bus" in str(caught.value)
    assert not part.path.exists()
    assert log.read_text() == "read again\n"
    remove(deaf)


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        (("echo", "yes"), True),
        (("echo", "no"), False),
        (("echo", "what?"), None),
        (("false",), None),
        (("no-such-program",), None),
        ((), None),
    ],
)
def test_whether_it_runs_while_nobody_is_logged_in(
    command: tuple[str, ...], wanted: bool | None
) -> None:
    assert lingers(Timer((), (), (), lingers=command)) is wanted


def test_the_timer_of_a_package_that_somebody_switched_on_is_seen_and_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timer = made("linux", tmp_path)
    brought = tmp_path / "lib/tradekeep-backup.timer"
    brought.parent.mkdir()
    brought.touch()
    assert timer.switch is not None
    timer.switch.parent.mkdir(parents=True)
    assert not is_installed(timer)
    timer.switch.symlink_to(brought)
    assert is_installed(timer)
    told: list[tuple[str, ...]] = []
    monkeypatch.setattr("app.services.timer._run", told.append)
    remove(timer)
    assert ("systemctl", "--user", "disable", "--now", "tradekeep-backup.timer") in told
