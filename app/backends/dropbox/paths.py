"""Which file of a repository stands at which path of Dropbox.

Dropbox's paths begin with a slash, are below the app's own folder, and do not tell large letters
from small ones; "" is the app's folder itself.
"""

from __future__ import annotations

import msgspec

from app.backends.contract import CONFIG, FileName, Kind
from app.backends.layout import is_name, path_of

_KINDS = frozenset(kind.value for kind in Kind) - {CONFIG.kind.value}


class Folder(msgspec.Struct, frozen=True):
    """The folder of a repository, as Dropbox names it."""

    path: str

    @classmethod
    def named(cls, name: str) -> Folder:
        """From what a person says: `a/b`, `/a/b/`, or nothing for the whole of the app's folder."""
        parts = [part for part in name.split("/") if part]
        return cls("".join(f"/{part}" for part in parts))

    @property
    def place(self) -> str:
        """For sentences."""
        return f"dropbox:{self.path[1:]}"

    def path_to(self, file: FileName) -> str:
        """ValueError for a name that no file can have."""
        return f"{self.path}/{path_of(file)}"

    def below(self, path: str) -> str:
        """The rest of a path, in whichever letters Dropbox writes it; "" for the folder."""
        return "/".join(path.split("/")[self.path.count("/") + 1 :])

    def label(self, path: str) -> str:
        """What a sentence calls a path: a file of the repository, or the place."""
        rest = self.below(path)
        file = file_at(rest)
        return str(file) if file is not None else rest or self.place


def file_at(path: str) -> FileName | None:
    """Which of a repository's files stands at a path below its folder, if any."""
    if path == CONFIG.kind.value:
        return CONFIG
    folder, _, name = path.rpartition("/")
    kind = folder.partition("/")[0]
    if kind not in _KINDS or not is_name(name):
        return None
    file = FileName(Kind(kind), name)
    return file if path_of(file) == path else None
