"""The Debian package and the folder for other Linuxes, on a Debian that is empty but for them."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.bench.window import started
from tests.packaging.trial.root import PERSON, Root, empty_debian
from tests.packaging.trial.steps import Trial, make_files, run, use

_HOME = Path("/home") / PERSON
_PERSONS = {
    "PATH": f"/usr/local/bin:/usr/bin:/bin:{_HOME}/.local/bin", "HOME": str(_HOME),
    "USER": PERSON, "LANG": "C.UTF-8",
    "TRADEKEEP_HOME": str(_HOME / "tradekeep"),
    "TRADEKEEP_PASSWORD_FILE": str(_HOME / "device-key"),
}  # fmt: skip
# What a Linux with a desktop has, and a program for it may rely on.
_DESKTOP = (
    "libgl1", "libegl1", "libglib2.0-0", "libdbus-1-3", "libfontconfig1", "libgssapi-krb5-2",
    "libwayland-client0", "libwayland-cursor0", "libwayland-egl1", "libx11-xcb1", "libxkbcommon0",
    "libxcb-glx0", "libxcb-randr0", "libxcb-render0", "libxcb-shape0", "libxcb-shm0",
    "libxcb-sync1", "libxcb-xfixes0", "xz-utils",
)  # fmt: skip
_STARTS = 5


def try_deb(trial: Trial) -> None:
    """Installed by apt with what it depends on and nothing else, and purged."""
    with empty_debian(trial.folder, trial.release) as root:
        # apt itself recommends them, and so would not take them away again.
        root.apt("install", "--no-install-recommends", "ca-certificates")
        before = root.files()
        shutil.copy(trial.package, root.folder / "tmp" / trial.package.name)
        root.apt("install", "--no-install-recommends", f"/tmp/{trial.package.name}")
        trial.say(f"Installed; {_size(root.folder / 'usr/lib/tradekeep')} of them its own.")
        _live(trial, root)
        root.apt("purge", "tradekeep")
        root.apt("autoremove", "--purge")
        _compare(trial, before, root)


def try_folder(trial: Trial) -> None:
    """Unpacked by a person into the own home, put into the menu, and deleted."""
    with empty_debian(trial.folder, trial.release) as root:
        root.apt("install", "--no-install-recommends", *_DESKTOP)
        before = root.files() | _menu(root)
        shutil.copy(trial.package, root.home / trial.package.name)
        person = root.as_person(_PERSONS)
        run([*person, "tar", "--extract", f"--file={trial.package.name}"])
        (place,) = (each for each in root.home.glob("tradekeep-*") if each.is_dir())
        run([*person, f"./{place.name}/install.sh"])
        trial.say(f"Unpacked and in the menu; {_size(place)}.")
        _live(trial, root)
        run([*person, f"./{place.name}/uninstall.sh"])
        run([*person, "rm", "-r", place.name])
        _compare(trial, before, root, _menu(root))


def _live(trial: Trial, root: Root) -> None:
    """What a person does with it."""
    make_files(root.home / "files")
    run(["chroot", root.folder, "chown", "-R", f"{PERSON}:{PERSON}", _HOME])

    def tradekeep(*arguments: object, more: Mapping[str, object] = {}) -> str:
        words = [str(word) for word in arguments]
        own = _PERSONS | {name: str(value) for name, value in more.items()}
        return run([*root.as_person(own), "tradekeep", *words])

    use(trial, tradekeep, root.home, _HOME)
    with _screen() as display:
        _measure_window(trial, root, display)
    root.wait_until_alone()
    assert (root.home / "repository" / "config").exists()


def _measure_window(trial: Trial, root: Root, display: str) -> None:
    """Warm starts to the window on the screen, each with a tray that ends before the next."""
    runtime = root.home / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    shutil.chown(runtime, *_owner(root))
    own = {
        **_PERSONS, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb",
        "XDG_RUNTIME_DIR": str(_HOME / "runtime"),
    }  # fmt: skip
    outside = {"DISPLAY": display, "PATH": os.defpath + ":/usr/sbin"}
    times = []
    for _ in range(_STARTS + 1):
        with started([*root.as_person(own), "tradekeep"], outside) as (_pid, took):
            times.append(took)
    median = statistics.median(times[1:])
    trial.say(f"Window up in {median:.2f} s (first {times[0]:.2f} s).")
    assert median < trial.within, times


def _owner(root: Root) -> tuple[int, int]:
    status = root.home.stat()
    return status.st_uid, status.st_gid


@contextmanager
def _screen() -> Iterator[str]:
    """A display of this machine, which a program inside reaches without any file; with a window
    manager."""
    name = ":97"
    server = ["Xvfb", name, "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-ac"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {"DISPLAY": name, "PATH": "/usr/bin:/bin", "HOME": "/"}
    with subprocess.Popen(server, **quiet) as screen:  # type: ignore[call-overload]
        _until(["xprop", "-root"], environment, "")
        manager = subprocess.Popen(["openbox"], env=environment, **quiet)  # type: ignore[call-overload]
        _until(["xprop", "-root", "_NET_CLIENT_LIST"], environment, "window id")
        try:
            yield name
        finally:
            manager.terminate()
            manager.wait()
            screen.terminate()


def _until(command: list[str], environment: Mapping[str, str], words: str) -> None:
    for _ in range(100):
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode == 0 and words in done.stdout:
            return
        time.sleep(0.1)
    raise AssertionError(f"no display: {done.stdout}{done.stderr}")


def _menu(root: Root) -> dict[str, str]:
    """What lies in the person's own menu and commands."""
    places = (".local/share", ".local/bin", ".config")
    found = [each for place in places for each in (root.home / place).rglob("*")]
    return {str(each): "" for each in found if not each.is_dir()}


def _compare(
    trial: Trial, before: Mapping[str, str], root: Root, more: Mapping[str, str] | None = None
) -> None:
    """What a person made stays; everything else is as it was."""
    assert (root.home / "repository" / "config").exists()
    after = {**root.files(), **(more or {})}
    new = sorted(set(after) - set(before))
    gone = sorted(set(before) - set(after))
    other = sorted(name for name in set(before) & set(after) if before[name] != after[name])
    assert not (new or gone or other), f"new {new[:20]}\ngone {gone[:20]}\nother {other[:20]}"
    trial.say(f"Removed: {len(after)} files and folders are as they were; the backup is kept.")


def _size(folder: Path) -> str:
    total = sum(each.lstat().st_size for each in folder.rglob("*") if not each.is_dir())
    return f"{total / 1e6:.0f} MB"
