"""`python -m tests.packaging.trial PACKAGE`: builds a package, installs it, uses it, removes it.

    wheel    into a fresh environment, as pipx and uv tool make them
    deb      into an empty Debian
    folder   on a Debian that has what every desktop has

On an empty Debian (debootstrap, as root) a person who is not root makes a backup, verifies and
restores it, tries the demo, and opens the window under Xvfb; how long that takes is measured. Then
the package is removed, and every file of that Debian is compared with what was there before.

    --package FILE   this one, instead of building it
    --release NAME   of Debian (that of this machine)
    --within S       the window has to be up within so many seconds (1.0)
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.packaging.trial.building import built
from tests.packaging.trial.debian import try_deb, try_folder
from tests.packaging.trial.steps import Trial
from tests.packaging.trial.wheel import try_wheel


def main() -> int:
    """Tries one package; the exit code says whether all of it went well."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=("wheel", "deb", "folder"))
    parser.add_argument("--package", type=Path)
    parser.add_argument("--release", default="")
    parser.add_argument("--within", type=float, default=1.0)
    options = parser.parse_args()
    package = options.package or built(options.kind)
    with tempfile.TemporaryDirectory(prefix="tradekeep-trial-") as temporary:
        trial = Trial(package.resolve(), Path(temporary), options.release, options.within)
        trial.say(f"{package.name}, {package.stat().st_size / 1e6:.1f} MB")
        {"wheel": try_wheel, "deb": try_deb, "folder": try_folder}[options.kind](trial)
    trial.say("Everything is as it must be.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
