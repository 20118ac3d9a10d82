"""The set-up: what it decides and what it says. Nothing here installs anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import bootstrap
import debian
import environment
import pytest
import system_parts
from system_parts import Part


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that has what an environment is made from."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    locks = tmp_path / "packaging" / "lock"
    locks.mkdir(parents=True)
    for level in (environment.RUN, environment.DEVELOP):
        (locks / f"{level}.txt").write_text(f"{level}==1\n")
    return tmp_path


@pytest.fixture
def ready(checkout: Path) -> Path:
    """The same with an environment for developing that is current."""
    python = environment.python_of(checkout)
    python.parent.mkdir(parents=True)
    python.touch()
    stamp = environment.fingerprint(checkout, environment.DEVELOP)
    (checkout / ".venv" / "tradekeep-stamp").write_text(stamp)
    return checkout


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The levels that were installed, instead of installing them."""
    done: list[str] = []
    monkeypatch.setattr(environment, "_is_usable", lambda root: True)
    monkeypatch.setattr(environment, "_install", lambda root, level: done.append(level))
    return done


@pytest.mark.parametrize("level", [environment.RUN, environment.DEVELOP])
def test_a_current_environment_is_left_alone(ready: Path, installs: list[str], level: str) -> None:
    environment.prepare(ready, level)
    assert installs == []


@pytest.mark.parametrize("name", ["pyproject.toml", "packaging/lock/dev.txt"])
def test_a_change_installs_again_once(ready: Path, installs: list[str], name: str) -> None:
    (ready / name).write_text("changed==2\n")
    environment.prepare(ready, environment.DEVELOP)
    environment.prepare(ready, environment.DEVELOP)
    assert installs == [environment.DEVELOP]


def test_an_interrupted_setup_is_done_again(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(root: Path, level: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "_is_usable", lambda root: True)
    monkeypatch.setattr(environment, "_install", interrupt)
    lock = environment.lock_file(ready, environment.DEVELOP)
    before = lock.read_text()
    lock.write_text("changed==2\n")
    with pytest.raises(KeyboardInterrupt):
        environment.prepare(ready, environment.DEVELOP)
    lock.write_text(before)  # even what was current before is not trusted any more
    assert not (ready / ".venv" / "tradekeep-stamp").exists()


def test_a_moved_checkout_is_set_up_again(ready: Path, tmp_path: Path) -> None:
    before = environment.fingerprint(ready, environment.RUN)
    moved = ready.rename(tmp_path.parent / f"{tmp_path.name}-moved")
    assert environment.fingerprint(moved, environment.RUN) != before


def test_without_venv_it_says_what_to_type(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_makers", list)
    monkeypatch.setattr(debian, "is_here", lambda: True)
    with pytest.raises(environment.SetupFailed, match=r"apt-get install python3\.\d+-venv"):
        environment.prepare(checkout, environment.RUN)


def test_an_old_python_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST_PYTHON", (99, 1))
    assert bootstrap.main(["demo"]) == 1
    assert "Tradekeep needs Python 99.1 or later" in capsys.readouterr().err


def test_an_unknown_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["dmeo"]) == 2
    assert "There is no command" in capsys.readouterr().err


def test_help_names_every_command(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(root / "packaging" / "bootstrap.py"), "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    for command in ("demo", "test", "run", "setup", "lock"):
        assert f"  {command} " in done.stdout


def test_the_entry_is_understood_by_older_pythons(root: Path) -> None:
    source = (root / "packaging" / "bootstrap.py").read_text(encoding="utf-8")
    compile(source, "bootstrap.py", "exec")
    import ast

    ast.parse(source, feature_version=(3, 7))


def test_parts_that_are_there_need_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "install", lambda packages: pytest.fail("it installed"))
    assert system_parts.provide([Part("python3", "runs this", module="sys")]) == []


def test_missing_parts_are_installed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(debian, "install", lambda packages: asked.append(list(packages)) or "")
    nowhere = [Part(name, "a test", program=f"no-such-{name}") for name in ("one", "two")]
    assert system_parts.provide(nowhere) == nowhere
    assert asked == [["one", "two"]]


def test_missing_parts_are_named_with_their_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(debian, "install", lambda packages: debian.NO_RIGHT)
    monkeypatch.setattr(debian, "is_here", lambda: True)
    system_parts.provide([Part("restic", "the judge", program="no-such-program")])
    told = capsys.readouterr().out
    assert "restic" in told and "the judge" in told
    assert debian.NO_RIGHT in told
    assert "apt-get install restic" in told


def test_other_systems_are_told_to_use_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "is_here", lambda: False)
    assert "its own package manager" in debian.install(["restic"])


def test_an_unknown_package_does_not_keep_the_others_away(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []

    def apt(elevation: list[str], action: str, *packages: str) -> str:
        if "unknown" in packages:
            return "E: Unable to locate package unknown"
        installed.extend(packages)
        return ""

    monkeypatch.setattr(debian, "is_here", lambda: True)
    monkeypatch.setattr(debian, "_elevation", list)
    monkeypatch.setattr(debian, "_apt", apt)
    assert "unknown" in debian.install(["restic", "unknown", "xvfb"])
    assert installed == ["restic", "xvfb"]


def test_offline_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "is_here", lambda: True)
    monkeypatch.setattr(debian, "_elevation", list)
    monkeypatch.setattr(debian, "_apt", lambda *command: "Err:1 Temporary failure resolving")
    assert "Is this machine online?" in debian.install(["restic"])


def test_every_part_can_be_recognised() -> None:
    for part in (system_parts.VENV, *system_parts.WINDOW, *system_parts.TESTS):
        assert part.why
        assert part.library or part.program or part.module or part.file


def test_a_checkout_that_cannot_be_written_to_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ended in a traceback."""

    def refuse(level: str) -> None:
        raise OSError(30, "Read-only file system", f"/ro/{level}")

    monkeypatch.setattr(bootstrap, "_set_up", refuse)
    assert bootstrap.main(["demo"]) == 1
    assert "Read-only file system" in capsys.readouterr().err
