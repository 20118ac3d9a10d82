"""A real Secret Service: gnome-keyring on a bus, in a home and with a display of its own (none).

Without a display every prompt ends as if it had been dismissed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("dbus-run-session", "gnome-keyring-daemon")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

PROBE = """
import json, sys
from contextlib import closing
from app.errors import AppError
from app.secret import Secret
from app.settings.keyring import KeyringKeys
ID, KEY = "ab" * 32, Secret("a device key")
keys = KeyringKeys()
def lock():
    import secretstorage
    with closing(secretstorage.dbus_init()) as bus:
        secretstorage.get_default_collection(bus).lock()
calls = {
    "get": lambda: keys.get(ID),
    "put": lambda: keys.put(ID, KEY),
    "remove": lambda: keys.remove(ID),
    "lock": lock,
}
for name in sys.argv[1:]:
    try:
        found = calls[name]()
        said = found == KEY if found is not None else None
    except AppError as error:
        said = error.message_id
    print(json.dumps(said))
"""
UNLOCKED = "printf %s password | gnome-keyring-daemon --unlock --components=secrets"
STARTED = "gnome-keyring-daemon --start --components=secrets"


def ask(home: Path, before: str, *calls: str) -> list[object]:
    """Answers of the keyring on a bus of its own: true for the key, an id for an error."""
    for folder in ("run", "data", "config", "cache"):
        (home / folder).mkdir(mode=0o700, exist_ok=True)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PYTHONPATH": str(ROOT),
    }
    script = f'{before} >/dev/null; exec "$0" "$@"'
    command = ["dbus-run-session", "--", "sh", "-c", script, sys.executable, "-c", PROBE, *calls]
    done = subprocess.run(
        command, env=environment, cwd=home, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_key_is_kept_and_found_again_after_logging_in(tmp_path: Path) -> None:
    said = ask(tmp_path, UNLOCKED, "get", "remove", "put", "get", "put", "get")
    assert said == [None, None, None, True, None, True]
    assert ask(tmp_path, UNLOCKED, "get", "remove", "get") == [True, None, None]


def test_a_locked_keyring_says_so(tmp_path: Path) -> None:
    said = ask(tmp_path, UNLOCKED, "put", "lock", "get", "put", "remove")
    assert said == [None, None, *["keyring-locked"] * 3]
    assert ask(tmp_path, STARTED, "get", "put") == ["keyring-locked"] * 2
    assert ask(tmp_path, UNLOCKED, "get") == [True]


def test_a_dismissed_prompt_says_so(tmp_path: Path) -> None:
    """There is no collection yet, and making one needs an answer."""
    assert ask(tmp_path, STARTED, "get", "put") == ["keyring-denied"] * 2


def test_no_bus_is_no_keyring(tmp_path: Path) -> None:
    unset = "unset DBUS_SESSION_BUS_ADDRESS"
    assert ask(tmp_path, unset, "get", "put", "remove") == ["keyring-absent"] * 3
