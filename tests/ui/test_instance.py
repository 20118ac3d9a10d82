"""One process for each home."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.ui import instance as module
from app.ui.instance import Instance, NoFolder, runtime_folder

HOME = Path("/home/trader/.config/tradekeep")


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Short: the path of a socket may have 107 bytes."""
    made = tmp_path_factory.mktemp("run")
    made.chmod(0o700)
    return made


_SECOND = """
import sys
from pathlib import Path
from app.ui.instance import Instance
second = Instance(Path(sys.argv[1]), Path(sys.argv[2]))
sys.exit(7 if second.claim() else 0 if second.ask(sys.argv[3]) else 1)
"""


def second_start(folder: Path, token: str = "") -> subprocess.Popen[bytes]:
    """A process that finds ours; 0: it was heard, 1: not, 7: it took itself for the first."""
    return subprocess.Popen([sys.executable, "-c", _SECOND, str(folder), str(HOME), token])


def test_a_second_start_is_not_the_first_and_the_first_hears_of_it(
    folder: Path, qtbot: QtBot
) -> None:
    first = Instance(folder, HOME)
    assert first.claim()
    assert first.listen()
    with qtbot.waitSignal(first.asked, timeout=10_000) as asked:
        second = second_start(folder, "token-7")
    assert asked.args == ["token-7"]
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=10_000)
    assert second.returncode == 0


def test_another_home_is_another_instance(folder: Path) -> None:
    assert Instance(folder, HOME).claim()
    assert Instance(folder, HOME / "other").claim()


def test_what_a_killed_process_left_behind_is_taken_over(folder: Path, qtbot: QtBot) -> None:
    code = (
        "import os, sys; from pathlib import Path; from PySide6.QtCore import QCoreApplication;"
        "from app.ui.instance import Instance; application = QCoreApplication([]);"
        "first = Instance(Path(sys.argv[1]), Path(sys.argv[2]));"
        "assert first.claim() and first.listen(); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(folder), str(HOME)])
    assert ended.returncode == -9
    assert len(list(folder.iterdir())) == 2, "the socket and the lock are still there"
    ours = Instance(folder, HOME)
    assert ours.claim()
    assert ours.listen()
    with qtbot.waitSignal(ours.asked, timeout=10_000):
        second = second_start(folder)
    qtbot.waitUntil(lambda: second.poll() == 0, timeout=10_000)


def test_a_first_instance_that_does_not_answer_is_not_waited_for_for_ever(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.3)
    first, second = Instance(folder, HOME), Instance(folder, HOME)
    assert first.claim()
    assert not second.claim()
    assert not second.ask()


def test_words_that_are_no_question_open_nothing(folder: Path, qtbot: QtBot) -> None:
    from PySide6.QtNetwork import QLocalSocket

    first = Instance(folder, HOME)
    assert first.claim()
    assert first.listen()
    (path,) = folder.glob("*.socket")
    socket = QLocalSocket()
    with (
        qtbot.assertNotEmitted(first.asked),
        qtbot.waitSignal(socket.disconnected, timeout=5_000),
    ):
        socket.connectToServer(str(path))
        socket.write(b"GET / HTTP/1.1\n")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_the_socket_is_for_its_user_alone(folder: Path, qapp: object) -> None:
    first = Instance(folder, HOME)
    assert first.claim()
    assert first.listen()
    (path,) = folder.glob("*.socket")
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
class TestTheFolder:
    def test_is_made_private(self, folder: Path) -> None:
        made = runtime_folder({"XDG_RUNTIME_DIR": str(folder)})
        assert made == folder / "tradekeep"
        assert made.stat().st_mode & 0o777 == 0o700

    def test_that_others_can_enter_is_refused(self, folder: Path) -> None:
        (folder / "tradekeep").mkdir()
        (folder / "tradekeep").chmod(0o755)
        with pytest.raises(NoFolder):
            runtime_folder({"XDG_RUNTIME_DIR": str(folder)})

    def test_that_is_a_link_is_refused(self, folder: Path) -> None:
        (folder / "elsewhere").mkdir(mode=0o700)
        (folder / "tradekeep").symlink_to(folder / "elsewhere")
        with pytest.raises(NoFolder):
            runtime_folder({"XDG_RUNTIME_DIR": str(folder)})

    @pytest.mark.skipif(
        getattr(os, "getuid", int)() != 0 or sys.platform == "win32",
        reason="only root gives files away",
    )
    def test_of_another_user_is_not_touched(self, folder: Path) -> None:
        (folder / "tradekeep").mkdir(mode=0o700)
        os.chown(folder / "tradekeep", 65534, 65534)
        with pytest.raises(NoFolder):
            runtime_folder({"XDG_RUNTIME_DIR": str(folder)})
        assert not list((folder / "tradekeep").iterdir())


def test_a_folder_that_is_too_long_for_a_socket_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first could not listen, and a second start was told that it does not answer."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    long = tmp_path / ("x" * 100)
    long.mkdir(mode=0o700)
    made = runtime_folder({"XDG_RUNTIME_DIR": str(long)})
    assert made == tmp_path / f"tradekeep-{os.getuid()}"
