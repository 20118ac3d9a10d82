"""Files on this computer that a person, a power cut or a later version may have changed: settings,
profiles, kinds of bots, the sealed file, the history, and what small services keep."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from app.bots.kinds import BrokenKinds, parse_kinds
from app.copies import known
from app.copies.marker import NAME, load_marker
from app.copies.owed import OwedDeletions
from app.errors import AppError
from app.exchange import heads
from app.repository import folder_cache, index_cache
from app.repository.index import Index
from app.secret import Secret
from app.services import alerts, key_rights, pausing, profile, proof, suspect
from app.services.dealt import dealt
from app.services.history import History
from app.services.home import Home, read_passwords
from app.services.log import read as read_log
from app.settings.paths import Paths, resource
from app.settings.reading import load
from app.settings.sealed import SealedAccount, SealedError, SealedFile
from app.ui import notices
from app.ui.wizards.answers import AnswerFile
from tests.fuzz.targets import Read, Target, of_file, target
from tests.settings.support import BLOCKS

_NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
_TOLD = '{"id":"file-unreadable","params":{"path":"/a","reason":"x"},"title":"t","hint":"h"}'
RUN = (
    '{"run":"ab12","job":"backup","started":"2026-11-26T07:00:00Z","seconds":1.5,"outcome":"ok",'
    f'"problems":[{_TOLD}],"error":null,"report":{{"files":3}},"steps":[{{"step":"sources",'
    '"seconds":1.0,"items":3,"bytes":9}],"by":"person","place":"","added":7}\n'
).encode()
_SETTINGS = (
    BLOCKS
    + """\
[[sources]]
name = "bots"
kind = "folder"
path = "/srv/bots"
exclude = ["*.tmp"]

[[copies]]
name = "USB"
kind = "folder"
address = "/media/USB"
id = "00000000000000aa"

[[exchanges]]
name = "main"
exchange = "okx"
environment = "live"
since = 2024-01-01
options = { hostname = "eea.okx.com" }

[schedule]
kind = "daily"
at = ["06:30"]

[keep]
last = 3
within = "1y2m"
"""
).encode()
_PROFILE = b"version = 1\n\n" + _SETTINGS[_SETTINGS.index(b"[[sources]]") : _SETTINGS.index(b"[[c")]
_PROFILE += _SETTINGS[_SETTINGS.index(b"[schedule]") :]
_HEAD = (
    b'{"version":1,"head":{"count":3,"link":"%s"},"coverage":[{"account":"main","rows":3,'
    b'"intervals":[[1,2,"complete",""]]}]}' % (b"ab" * 32)
)


def _home(folder: Path) -> Home:
    return Home.find({"TRADEKEEP_HOME": str(folder), "HOME": str(folder)})


def _kept(where: Callable[[Paths], Path], read: Callable[[Home], object]) -> Read:
    """A file of this home, read by whoever keeps it."""

    def put(data: bytes, folder: Path) -> object:
        home = _home(folder)
        path = where(home.paths)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return read(home)

    return put


def _settings(data: bytes, folder: Path) -> None:
    path = folder / "settings.toml"
    path.write_bytes(data)
    load(path)


def _profile(data: bytes, folder: Path) -> None:
    path = folder / "given.toml"
    path.write_bytes(data)
    profile.plan(_home(folder), path)


_KEY = Secret("k" * 43)


def _sealed(data: bytes, folder: Path, *, summed: bool) -> None:
    """Damage that nobody meant, and (`summed`) somebody who makes the sum fit."""
    path = folder / "secrets.sealed"
    path.write_bytes(data + hashlib.sha256(data).digest() if summed else data)
    SealedFile(path, _KEY).accounts()


def _sealed_seed() -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = SealedFile(Path(folder) / "sealed", _KEY)
        file.put("main", SealedAccount({"apiKey": Secret("x" * 20)}, frozenset({"a.example"})))
        return file.path.read_bytes()


def _caches(data: bytes, folder: Path) -> None:
    """Both caches; with a right sum at the end they are looked into."""
    for content in (data, data + hashlib.sha256(data).digest()):
        path = folder / "cache"
        path.write_bytes(content)
        folder_cache.load(path, "ab" * 32, frozenset())
        with suppress(index_cache.Stale):
            index_cache.load(path, "ab" * 32, frozenset())


def _cache_seeds() -> list[bytes]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder, "one"), Path(folder, "two")
        index_cache.save(one, "ab" * 32, Index(), frozenset())
        cache = folder_cache.FolderCache()
        cache.put(b"/a", folder_cache.Record(b"l" * 32, b"t" * 32, b"f" * 32, 1, 2, 3))
        folder_cache.save(two, "ab" * 32, frozenset(), cache)
        return [one.read_bytes()[:-32], two.read_bytes()[:-32]]


def _history(data: bytes, folder: Path) -> None:
    history = History(folder / "data", folder / "logs")
    for path in (
        folder / "data/runs.jsonl",
        folder / "data/running/x.json",
        folder / "logs/x.jsonl",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    history.runs()
    history.running()
    read_log(history, "x")


def _owed(data: bytes, folder: Path) -> None:
    (folder / "abcd.jsonl").write_bytes(data)
    OwedDeletions(folder).pending("abcd")


def _known(data: bytes, folder: Path) -> None:
    (folder / "abcd.json").write_bytes(data)
    known.load(folder, "abcd")


def _marker(data: bytes, folder: Path) -> None:
    (folder / NAME).write_bytes(data)
    load_marker(folder)


def _account() -> object:
    from app.settings.model import Environment, ExchangeSettings

    return ExchangeSettings(name="main", exchange="okx", environment=Environment.LIVE)


def _small() -> list[Target]:
    """What small services keep. None of these may end a command: what cannot be read is as
    nothing, or a sentence."""
    kept = [
        ("pause", b'{"until":"2027-01-01T00:00:00Z"}', lambda p: p.pause_file,
         lambda home: pausing.paused_until(home, _NOW)),
        ("proofs", b'{"version":1,"proofs":[{"repository":"a","key":"b","proved":"2026"}]}',
         lambda p: p.proofs_file, lambda home: proof._load(home.paths.proofs_file)),
        ("alerts", b'{"version":1,"alerts":{"phone":{}}}', lambda p: p.alerts_file, alerts._load),
        ("dealt", b'{"version":1,"dealt":[{"key":"a","how":"put-off","when":"2026-11-26T07:00:00Z",'
         b'"until":"2026-11-27T06:00:00Z","why":""}]}',
         lambda p: p.dealt_file, lambda home: dealt(home, [], _NOW)),
        ("rights", b'{"version":1,"accounts":{"main":{"exchange":"okx","environment":"live",'
         b'"checked":"2026-11-26T07:00:00Z"}}}',
         lambda p: p.rights_file, lambda home: key_rights.as_json(home, _account())),  # type: ignore[arg-type]
        ("suspect", b'{"version":1,"suspects":[]}', lambda p: p.data / "suspect.json",
         suspect.suspects),
        ("told", msgspec.json.encode(notices.Told()), lambda p: p.data / "told.json",
         lambda home: notices.load(home.paths.data / "told.json")),
        ("answers", b'{"version":1,"page":"where","answers":{"a":"b"}}',
         lambda p: p.wizards / "a.json",
         lambda home: AnswerFile(home.paths.wizards / "a.json").load()),
    ]  # fmt: skip
    return [
        target(name, [seed], _kept(where, read), (AppError,)) for name, seed, where, read in kept
    ]


def targets() -> list[Target]:
    marker = b'{"copy":"00000000000000aa","name":"USB","version":1}'
    sealed = _sealed_seed()
    seen = msgspec.json.encode(known.Known(_NOW, frozenset({"ab" * 32}), 9))
    owed = b'{"what":"snapshot","id":"ab","version":1}\n'
    owed += b'{"what":"key","id":"c","version":1,"done":true}\n'
    kinds = resource("bots.toml").read_bytes()
    return [
        target("settings", [_SETTINGS], _settings, (AppError,), cost=3),
        target("profile", [_PROFILE], _profile, (AppError,), cost=3),
        target("kinds", [kinds], parse_kinds, (BrokenKinds,), cost=4),
        target(
            "sealed", [sealed], lambda d, f: _sealed(d, f, summed=False), (SealedError,), text=False
        ),
        target(
            "sealed-summed",
            [sealed[:-32]],
            lambda d, f: _sealed(d, f, summed=True),
            (SealedError,),
            text=False,
        ),
        target("caches", _cache_seeds(), _caches, text=False),
        target("history", [RUN, RUN + RUN], _history),
        target("owed", [owed], _owed),
        target("known", [seen], _known),
        target("marker", [marker], _marker),
        target(
            "password-file",
            [b"K7QM-2VXA-0000\n", b"a password"],
            of_file(read_passwords),
            (AppError,),
        ),
        target("archive-head", [_HEAD], lambda data, _: heads.parse(data, "x"), (ValueError,)),
        *_small(),
    ]
