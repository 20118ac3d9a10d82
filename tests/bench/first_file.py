"""What somebody waits for who has lost a computer: from the accepted key to the first file.

    python -m tests.bench.first_file [--files 5000] [--snapshots 60] [--latency 0.1]

An empty computer, no cache; a folder, and the tests' Dropbox with so much latency a request. The
reading child is asked as the wizard asks it: all snapshots (then the key is accepted), the top of
the newest, a folder, the beginning of a file. Aimed at: that file within 2 s.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.backends.dropbox_server import APP_KEY
from tests.bench.browse import Child
from tests.bench.mirror import dropbox
from tests.cli.support import Machine

AIM = 2.0


class NewComputer(Child):
    """`tradekeep browse` of another computer's place, with the key from the paper."""

    def __init__(self, machine: Machine, place: str, key: Path) -> None:
        self.process = machine.start("-r", place, "--password-file", key, "browse", "--json")
        self._line()


def looked_at(machine: Machine, place: str, key: Path, folder: Path) -> tuple[float, float]:
    """Seconds until the snapshots are there, and from then on to the first file."""
    began = time.perf_counter()
    child = NewComputer(machine, place, key)
    assert child.ask(do="snapshots", start=0, count=500)["rows"]
    accepted = time.perf_counter()
    asked = {"snapshot": "latest"}
    child.ask(do="stat", path="/.tradekeep", **asked)
    assert child.ask(do="folder", path=str(folder), **asked)["rows"]
    child.ask(do="preview", path=str(folder / "notes.txt"), **asked)
    opened = time.perf_counter()
    child.process.communicate()
    return accepted - began, opened - accepted


def made(folder: Path, files: int, snapshots: int) -> tuple[Machine, Path]:
    """A computer with its backups, and the folder that matters in it."""
    machine = Machine(folder / "old")
    machine.folder.mkdir()
    machine.set_up()
    content = {f"data/{n % 50}/{n}.csv": os.urandom(2000) for n in range(files)}
    bot = machine.add("bot", {"notes.txt": b"what I did\n", **content})
    for number in range(snapshots):
        (bot / "notes.txt").write_bytes(b"what I did\n" * (number + 1))
        machine.run("backup")
    return machine, bot


def places(folder: Path, old: Machine, latency: float) -> Iterator[tuple[str, Machine, str]]:
    """A name, an empty computer, and the place, one after the other."""
    for name, more, place in _places(old, latency):
        new = Machine(folder / name.replace(" ", "-"), more)
        new.folder.mkdir()
        yield name, new, place


def _places(old: Machine, latency: float) -> Iterator[tuple[str, dict[str, str], str]]:
    yield "a folder", {}, str(old.repository)
    with dropbox(latency) as server:
        more = {"TRADEKEEP_DROPBOX_APP_KEY": APP_KEY, "TRADEKEEP_DROPBOX_TOKEN": server.token}
        mirrored(old, more)
        yield "Dropbox", more, "dropbox:/tradekeep"


def mirrored(old: Machine, more: dict[str, str]) -> None:
    """The repository into the account, without a sign-in."""
    from app.backends.dropbox.backend import open_dropbox
    from app.monitor import Recorder
    from app.repository.mirror import mirror
    from app.secret import Secret
    from app.services.home import Access, Home, open_for

    home = Home.find(old.environment)
    source = open_for(home, Access(str(old.repository), old.recovery, None, lambda: None))
    place = open_dropbox("tradekeep", Secret(more["TRADEKEEP_DROPBOX_TOKEN"]), APP_KEY)
    place.create()
    mirror(source, place, monitor=Recorder())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--snapshots", type=int, default=60)
    parser.add_argument("--latency", type=float, default=0.1)
    options = parser.parse_args()
    met = True
    with tempfile.TemporaryDirectory(prefix="tradekeep-bench-") as temporary:
        folder = Path(temporary)
        old, bot = made(folder, options.files, options.snapshots)
        for name, new, place in places(folder, old, options.latency):
            accepted, opened = looked_at(new, place, old.recovery, bot)
            met = met and opened <= AIM
            print(f"{name}: key to snapshots {accepted:.2f} s, then the first file {opened:.2f} s")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
