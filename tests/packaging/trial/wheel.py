"""The wheel in a fresh environment, with the libraries that it asks for itself."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from tests.packaging.trial.steps import Trial, make_files, run, use


def try_wheel(trial: Trial) -> None:
    """Installs it as pipx does and uses it from another folder than the checkout."""
    place, home = trial.folder / "environment", trial.folder / "person"
    make_files(home / "files")
    run([sys.executable, "-m", "venv", place])
    run([place / "bin/pip", "install", "--quiet", trial.package])
    trial.say("Installed.")
    environment = {
        "PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8",
        "TRADEKEEP_HOME": str(home / "tradekeep"),
        "TRADEKEEP_PASSWORD_FILE": str(home / "device-key"),
    }  # fmt: skip

    def tradekeep(*arguments: object, more: Mapping[str, object] = {}) -> str:
        words = [str(word) for word in arguments]
        own = environment | {name: str(value) for name, value in more.items()}
        return run([place / "bin/tradekeep", *words], env=own, cwd=home)

    use(trial, tradekeep, home, home)
    run([place / "bin/pip", "uninstall", "--yes", "--quiet", "tradekeep"])
    left = [each for each in place.rglob("*") if "tradekeep" in each.name.lower()]
    assert not left, left
    trial.say("Removed, and nothing of it is left.")
