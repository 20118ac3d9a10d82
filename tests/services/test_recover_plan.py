"""What a recovery brings back and where to, also when its backup is not whole."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from app.copies.drives import Mounted
from app.errors import WrongUsage
from app.monitor import Recorder
from app.repository.backup_model import ContextFile
from app.repository.restorer import restore
from app.repository.snapshot import Snapshot, SnapshotFile
from app.secret import Secret
from app.services.copies import kind_on_disk
from app.services.home import Home
from app.services.opening import backend_for, place_of, sealed_name
from app.services.recover_paths import (
    Placing,
    Why,
    folders_of_copies,
    free_name,
    home_rules,
    read_rule,
)
from app.services.recover_plan import RecoverPlan, RecoverRequest, What, make_plan
from app.services.recover_settings import adopt, seal
from app.settings.model import CopySettings
from app.settings.reading import parse
from app.settings.sealed import SealedFile
from tests.chaos.support import Rig
from tests.services.test_opening import REMOTE

HEAD = "version = 1\n"


class Lost:
    """A backup of a machine with these settings, and an empty machine to recover on."""

    def __init__(self, folder: Path) -> None:
        self.rig = Rig(folder)
        self.home = Home.find({"TRADEKEEP_HOME": str(folder / "new")})
        self.recorder = Recorder()

    def save(self, settings: str | None, *names: str, secrets: bytes | None = None) -> None:
        for name in names:
            self.rig.write(f"{name}/file", name)
        context = [ContextFile("other.json", b"{}", 1)]
        if settings is not None:
            context.append(ContextFile("settings.toml", settings.encode(), 1))
        if secrets is not None:
            context.append(ContextFile("secrets.json", secrets, 1))
        self.rig.save(*(self.rig.home / name for name in names), context=tuple(context))

    def plan(self, *maps: str, only: frozenset[What] = frozenset(What)) -> RecoverPlan:
        request = RecoverRequest(maps=tuple(map(read_rule, maps)), only=only)
        return make_plan(self.home, self.rig.open(), request, self.recorder)

    @property
    def problems(self) -> list[str]:
        return [problem.message_id for problem in self.recorder.problems]


@pytest.fixture
def lost(tmp_path: Path) -> Lost:
    return Lost(tmp_path)


def source(name: str, path: Path | str) -> str:
    return f'[[sources]]\nname = "{name}"\nkind = "folder"\npath = "{path}"\n'


def paths_of(text: str, table: str = "sources", key: str = "path") -> list[str]:
    return [each[key] for each in tomllib.loads(text)[table]]


def test_what_no_source_accounts_for_is_the_archive_and_the_candles(lost: Lost) -> None:
    said = HEAD + source("trend", lost.rig.home / "trend")
    lost.save(said, "trend", "data/archive", "data/candles")
    plan = lost.plan("/none=/nowhere")
    assert {part.name: part.new for part in plan.parts} == {
        "trend": lost.rig.home / "trend",
        "archive": lost.home.paths.archive_file.parent,
        "candles": lost.home.paths.candles,
    }
    assert lost.problems == []
    assert plan.text == said, "comments and all stay as they were"
    only = lost.plan(only=frozenset({What.ARCHIVE}))
    assert {part.name for part in only.parts} == {"archive", "candles"}


def test_a_source_behind_a_link_is_found_by_its_name(lost: Lost) -> None:
    lost.save(HEAD + source("trend", "/link/to/trend"), "trend")
    (part,) = lost.plan("/link=/srv").parts
    assert (part.old, part.new) == (lost.rig.home / "trend", Path("/srv/to/trend"))


def test_a_source_that_was_away_is_named(lost: Lost) -> None:
    said = HEAD + source("trend", lost.rig.home / "trend") + source("usb", "/media/usb/x")
    lost.save(said, "trend")
    assert [part.name for part in lost.plan().parts] == ["trend"]
    assert lost.problems == ["recover-source-missing"]


def test_a_source_in_the_home_folder_goes_to_the_one_here(
    lost: Lost, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "newcomer"))
    lost.save(HEAD + source("trend", "~/trend"), "trend")
    plan = lost.plan()
    assert plan.parts[0].new == tmp_path / "newcomer" / "trend"
    assert paths_of(plan.text) == ["~/trend"]


@pytest.mark.parametrize(
    ("user", "there"),
    [("ada", "/home/ada"), ("ada", "/Users/ada"), ("root", "/root"), ("../ada", None)],
)
def test_from_another_system_and_another_user(
    user: str, there: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/bob")
    file = SnapshotFile(time="2030-01-01T00:00:00Z", tree="00" * 32, paths=[], username=user)
    rules = home_rules(Snapshot("00" * 32, file))
    if there is None:
        assert rules == []
    else:
        known = Placing(homes=tuple(rules))
        assert known.place(Path(there) / "bots") == (Path("/home/bob/bots"), Why.HOME)
        assert known.place(Path("/srv/bots")) == (Path("/srv/bots"), Why.SAME)


def test_what_was_backed_up_on_windows_is_found_in_its_tree_and_comes_back(
    lost: Lost, tmp_path: Path
) -> None:
    parts = lost.rig.home.parts[1:]
    there = "\\\\" + "\\".join([*parts, "bots"])  # \\\\tmp\\…\\home\\bots
    said = f"""{HEAD}
[repository]
path = 'C:\\Users\\bob\\Tradekeep'
id = "{"f" * 64}"
device_key = "{"c" * 64}"
[[sources]]
name = 'bots'
kind = 'folder'
path = '{there}'
[[copies]]
name = 'KEEP-1'
kind = 'drive'
address = 'E:\\Tradekeep'
id = "{"1" * 16}"
"""
    lost.save(said, "bots")
    repository = lost.rig.open()
    (snapshot,) = repository.snapshots(Recorder())
    changes = {"paths": [there], "username": "DESK\\bob", "time": "2099-01-01T00:00:00Z"}
    repository.save_snapshot(msgspec.structs.replace(snapshot.file, **changes))
    plan = lost.plan(f"{there}={tmp_path / 'here' / 'bots'}")
    assert lost.problems == []
    assert paths_of(plan.text, "sources", "path") == [str(tmp_path / "here" / "bots")]
    assert paths_of(plan.text, "copies", "address") == [str(Path.home() / "E" / "Tradekeep")]
    assert parse(plan.text, lost.home.paths.settings_file).repository
    (part,) = plan.parts
    report = restore(
        repository, plan.snapshot, part.target, selection=part.selection, monitor=lost.recorder
    )
    assert (report.files, lost.problems) == (1, [])
    assert (tmp_path / "here" / "bots" / "file").read_text() == "bots"


@pytest.mark.parametrize("settings", [None, "version = 1\n[nonsense]\n", "not = [toml"])
def test_where_the_settings_are_lost_every_folder_comes_back(
    lost: Lost, settings: str | None
) -> None:
    lost.save(settings, "one/bot", "two/bot", "data/archive")
    plan = lost.plan()
    assert sorted(part.name for part in plan.parts) == ["archive", "bot", "bot 2"]
    assert len(paths_of(plan.text)) == 2
    assert len(lost.problems) == 1


def test_secrets_are_never_shown(lost: Lost) -> None:
    told = b'{"version": 1, "accounts": {"main": {"apiKey": "k1", "secret": "s3cr3t"}}}'
    lost.save(HEAD, "trend", secrets=told)
    plan = lost.plan()
    assert plan.secrets["main"]["secret"].reveal() == "s3cr3t"
    assert "s3cr3t" not in repr(plan)


def test_secrets_that_cannot_be_read_are_a_problem(lost: Lost) -> None:
    lost.save(HEAD, "trend", secrets=b'{"accounts": {"main": "s3cr3t"}}')
    assert lost.plan().secrets == {}
    assert "recover-secrets-unread" in lost.problems
    assert "s3cr3t" not in str([problem.sentence for problem in lost.recorder.problems])


# --- paths and names --------------------------------------------------------------------------


def test_the_longest_rule_decides() -> None:
    rules = (read_rule("/home/a=/home/b"), read_rule("/home/a/bots=/srv/bots"))
    known = Placing(asked=rules)
    assert known.place(Path("/home/a/bots/trend")) == (Path("/srv/bots/trend"), Why.ASKED)
    assert known.place(Path("/home/a/notes")) == (Path("/home/b/notes"), Why.ASKED)
    assert known.place(Path("/home/ab")) == (Path("/home/ab"), Why.SAME)
    assert known.place(Path("/home/a")) == (Path("/home/b"), Why.ASKED)


@pytest.mark.parametrize("bad", ["", "=", "/a", "/a=", "=/b", "a=/b", "/a=b"])
def test_a_rule_has_two_absolute_paths(bad: str) -> None:
    with pytest.raises(WrongUsage):
        read_rule(bad)


def test_a_taken_name_gets_a_number() -> None:
    assert free_name("USB", {"nas"}) == "USB"
    assert free_name("USB", {"usb", "usb 2"}) == "USB 3"


def test_copies_in_folders_move_with_their_folders_and_others_stay() -> None:
    text = HEAD
    for name, kind, address in (
        ("nas", "folder", "/home/a/nas"),
        ("usb", "drive", "/home/a/usb"),
        ("cloud", "s3", "https://s3.example.org/bucket"),
    ):
        text += f'[[copies]]\nname = "{name}"\nkind = "{kind}"\naddress = "{address}"\n'
        text += f'id = "{name.encode().hex():0>16}"\n'
    moved = folders_of_copies(text, Placing(asked=(read_rule("/home/a=/home/b"),)))
    wanted = ["/home/b/nas", "/home/a/usb", "https://s3.example.org/bucket"]
    assert paths_of(moved, "copies", "address") == wanted


# --- the copy and its secrets -----------------------------------------------------------------


@pytest.mark.parametrize("copy", REMOTE.values(), ids=REMOTE)
def test_a_place_behind_a_network_is_adopted_with_what_opened_it(
    tmp_path: Path, copy: CopySettings
) -> None:
    told = {
        "TRADEKEEP_HOME": str(tmp_path),
        "TRADEKEEP_DROPBOX_APP_KEY": "key",
        "TRADEKEEP_DROPBOX_TOKEN": "t0ken",
        "AWS_ACCESS_KEY_ID": "AKID",
        "AWS_SECRET_ACCESS_KEY": "t0ken",
        "TRADEKEEP_WEBDAV_USER": "me",
        "TRADEKEEP_WEBDAV_PASSWORD": "t0ken",
    }
    home = Home.find(told)
    place = copy.address if copy.kind == "dropbox" else f"{copy.kind}:{copy.address}"
    backend = backend_for(place, home)
    text, adopted = adopt(home, HEAD, place, backend, Recorder())
    assert adopted is not None
    assert place_of(adopted) == backend.place
    assert adopted.user == copy.user
    again, known = adopt(home, text, place, backend, Recorder())
    assert (again, known) == (text, adopted), "it is known by its address"
    device = Secret("d" * 43)
    assert sealed_name(adopted) in seal(home, device, {}, adopted)
    kept = SealedFile(home.paths.sealed_file, device).accounts()[sealed_name(adopted)]
    assert [secret.reveal() for secret in kept.secrets.values()] == ["t0ken"]


def test_a_place_that_another_key_opened_is_not_left_with_the_lost_computers_one(
    tmp_path: Path,
) -> None:
    told = {"AWS_ACCESS_KEY_ID": "LOST", "AWS_SECRET_ACCESS_KEY": "revoked"}
    home = Home.find({"TRADEKEEP_HOME": str(tmp_path), **told})
    place, device = "s3:https://s3.example.org/bucket", Secret("d" * 43)
    text, lost = adopt(home, HEAD, place, backend_for(place, home), Recorder())
    assert lost is not None
    seal(home, device, {}, lost)
    told = {"AWS_ACCESS_KEY_ID": "NEW", "AWS_SECRET_ACCESS_KEY": "good"}
    home = Home.find({"TRADEKEEP_HOME": str(tmp_path), **told})
    text, copy = adopt(home, text, place, backend_for(place, home), Recorder())
    assert copy is not None
    seal(home, device, {}, copy)
    (said,) = tomllib.loads(text)["copies"]
    kept = SealedFile(home.paths.sealed_file, device).accounts()[sealed_name(copy)]
    assert (said["id"], said["user"]) == (lost.id, "NEW")
    assert [secret.reveal() for secret in kept.secrets.values()] == ["good"]


def test_a_sealed_file_of_another_key_is_put_aside(tmp_path: Path) -> None:
    home = Home.find({"TRADEKEEP_HOME": str(tmp_path)})
    first, second = Secret("a" * 43), Secret("b" * 43)
    mine = {"main": {"apiKey": Secret("k")}}
    assert seal(home, first, mine, None) == {"main"}
    assert seal(home, second, {}, None) == set()
    assert seal(home, second, mine, None) == {"main"}
    (aside,) = home.paths.data.glob("secrets.sealed.before-restore*")
    assert SealedFile(aside, first).accounts().keys() == {"main"}


@pytest.mark.parametrize(
    ("folder", "wanted"),
    [
        ("/media/me/usb", ("drive", "")),
        ("/media/me/usb/deep/copy", ("drive", "deep/copy")),
        ("/srv/copy", ("folder", "")),
    ],
)
def test_a_copy_on_a_drive_is_known_as_one(folder: str, wanted: tuple[str, str]) -> None:
    mounts = [Mounted("/dev/sda1", "/", "ext4"), Mounted("/dev/sdb1", "/media/me/usb", "exfat")]
    assert kind_on_disk(Path(folder), mounts) == wanted
