"""Several editors lose nothing; one that is killed or fails leaves the old file or the new one."""

from __future__ import annotations

import errno
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.errors import AppError
from app.settings import editing
from app.settings.edit_lock import SettingsBusy, edit_lock
from app.settings.settings import add_source, load, remove_source
from tests.settings.support import folder

ROOT = Path(__file__).parents[2]
ADDING = """
import sys
from pathlib import Path
from app.settings.settings import SourceKind, SourceSettings, add_source
for number in range(int(sys.argv[3])):
    source = SourceSettings(f"{sys.argv[2]} {number}", SourceKind.FOLDER, Path("/srv"))
    add_source(Path(sys.argv[1]), source)
"""
CHURNING = """
import sys
from pathlib import Path
from app.settings.settings import SourceKind, SourceSettings, add_source, load, remove_source
file = Path(sys.argv[1])
print("ready", flush=True)
while True:
    if any(source.name == "churn" for source in load(file).sources):
        remove_source(file, "churn")
    add_source(file, SourceSettings("churn", SourceKind.FOLDER, Path("/srv")))
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_two_processes_lose_none(file: Path) -> None:
    several = [start(ADDING, str(file), name, "20") for name in ("one", "two")]
    for process in several:
        process.communicate(timeout=120)
        assert process.returncode == 0
    expected = {f"{name} {number}" for name in ("one", "two") for number in range(20)}
    assert {source.name for source in load(file).sources} == expected


def test_threads_lose_none(file: Path) -> None:
    def add(name: str) -> None:
        for number in range(5):
            add_source(file, folder(f"{name} {number}"))

    threads = [threading.Thread(target=add, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(load(file).sources) == 20


def test_waiting_has_an_end_and_a_sentence(file: Path) -> None:
    with edit_lock(file):
        before = time.monotonic()
        with pytest.raises(SettingsBusy) as caught, edit_lock(file, wait=0.1):
            pass
        assert 0.1 <= time.monotonic() - before < 5
    assert str(file) in str(caught.value)
    with edit_lock(file, wait=0):
        pass  # it was let go


def test_the_lock_is_let_go_after_a_failure(file: Path) -> None:
    with pytest.raises(RuntimeError), edit_lock(file):
        raise RuntimeError("in between")
    with edit_lock(file, wait=0):
        pass


@pytest.mark.chaos
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_at_any_instant(file: Path) -> None:
    for number in range(3):
        add_source(file, folder(str(number)))
    moments = random.Random(7)
    for _ in range(10):
        process = start(CHURNING, str(file))
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(moments.uniform(0.01, 0.12))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        names = [source.name for source in load(file).sources]
        assert names[:3] == ["0", "1", "2"]
        assert names[3:] in ([], ["churn"])
        assert load(file.with_name("settings.toml.bak")).sources[:3] == load(file).sources[:3]
    add_source(file, folder("afterwards"))
    left = {each.name for each in file.parent.iterdir()}
    assert left == {"settings.toml", "settings.toml.bak", "settings.toml.lock"}


@pytest.mark.parametrize("failing", ["settings.toml.bak", "settings.toml"])
def test_a_full_disk_changes_nothing(
    file: Path, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_source(file, folder("a"))
    before = file.read_bytes()
    write = editing.write_atomic

    def full(path: Path, data: bytes) -> None:
        if path.name == failing:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, data)

    monkeypatch.setattr(editing, "write_atomic", full)
    with pytest.raises(AppError) as caught:
        remove_source(file, "a")
    assert caught.value.message_id == "settings-unwritable"
    assert "No space left" in str(caught.value)
    assert file.read_bytes() == before
