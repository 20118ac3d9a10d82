"""Where a frozen build begins: what PyInstaller needs of a program, then the program.

- Worker processes that are spawned (Windows, macOS) come in here and leave by `freeze_support`.
- On Linux PyInstaller's loader puts the build's folder into LD_LIBRARY_PATH. Our own libraries are
  found by then; programs of the system that we start must not load ours, so it goes at once. A
  child that is this program again must be told to begin anew, or it would miss what went.
- The build's OpenSSL looks for certificates where Debian has them; other Linuxes have others.
- `-m app.…` runs one of our modules, as Python would (`app.settings.program.module`).
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
from pathlib import Path

_VARIABLE = "LD_LIBRARY_PATH"
_ANEW = "PYINSTALLER_RESET_ENVIRONMENT"
_DEBIANS = "/usr/lib/ssl/certs"
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Arch, Alpine, NixOS
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora and its relatives
    "/etc/ssl/ca-bundle.pem",  # openSUSE
)


def _give_back_library_path() -> None:
    os.environ[_ANEW] = "1"
    before = os.environ.pop(f"{_VARIABLE}_ORIG", None)
    if before is not None:
        os.environ[_VARIABLE] = before
    elif sys.platform.startswith("linux"):
        os.environ.pop(_VARIABLE, None)


def _find_certificates() -> None:
    """Say where this system has its certificates, unless that is known."""
    if not sys.platform.startswith("linux") or "SSL_CERT_FILE" in os.environ:
        return
    if not Path(_DEBIANS).is_dir():
        found = next((name for name in _BUNDLES if Path(name).is_file()), None)
        if found is not None:
            os.environ["SSL_CERT_FILE"] = found


def _start() -> int:
    if sys.argv[1:2] == ["-m"] and sys.argv[2:3] and sys.argv[2].startswith("app."):
        name = sys.argv[2]
        del sys.argv[1:3]
        runpy.run_module(name, run_name="__main__", alter_sys=True)
        return 0
    from app.__main__ import main

    return main()


if __name__ == "__main__":
    multiprocessing.freeze_support()
    _give_back_library_path()
    _find_certificates()
    sys.exit(_start())
