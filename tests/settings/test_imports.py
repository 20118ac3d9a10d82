"""Every command imports this room, so it must not bring along what it seldom needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = """
import sys
from pathlib import Path
import app.settings.settings, app.settings.keyring
from app.settings.paths import Paths
paths = Paths.find({"TRADEKEEP_HOME": sys.argv[1]})
settings = app.settings.settings.load(paths.settings_file)
assert settings.sources[0].name == "a", settings
app.settings.keyring.find({})
heavy = {"tomlkit", "keyring", "platformdirs", "secretstorage", "hypothesis"} & set(sys.modules)
assert not heavy, heavy
"""


def test_nothing_heavy_comes_along(tmp_path: Path) -> None:
    file = tmp_path / "config" / "settings.toml"
    file.parent.mkdir()
    text = 'version = 1\n[[sources]]\nname = "a"\nkind = "folder"\npath = "/a"\n'
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-c", CODE, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
