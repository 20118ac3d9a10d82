"""Adding, finding and removing sources; through services, and once through the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.bots.kinds import BrokenKinds
from app.errors import WrongUsage
from app.monitor import Recorder
from app.services.home import Home
from app.services.sources import (
    add_bot,
    add_folder,
    capsule_of,
    detect_bots,
    kinds_of,
    list_sources,
    remove,
)
from app.settings.settings import (
    CopySettings,
    RepositorySettings,
    SourceKind,
    add_copy,
    set_repository,
)
from tests.bots.support import KINDS, freqtrade, grow


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "user").mkdir()
    names = {"TRADEKEEP_HOME": str(tmp_path / "own"), "HOME": str(tmp_path / "user")}
    return Home.find(names)


def _folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def test_a_folder_is_added_under_its_own_name(home: Home, tmp_path: Path) -> None:
    added = add_folder(home, _folder(tmp_path / "charts"), exclude=["*.tmp"])
    (source,) = list_sources(home.fresh())
    assert added.source == source
    assert (source.name, source.kind, source.exclude) == ("charts", SourceKind.FOLDER, ("*.tmp",))
    assert added.problems == ()


def test_names_are_unique_whatever_their_case(home: Home, tmp_path: Path) -> None:
    add_folder(home, _folder(tmp_path / "a" / "Charts"))
    assert add_folder(home.fresh(), _folder(tmp_path / "b" / "charts")).source.name == "charts-2"
    assert add_folder(home.fresh(), _folder(tmp_path / "c" / "CHARTS")).source.name == "CHARTS-3"
    with pytest.raises(WrongUsage) as caught:
        add_folder(home.fresh(), _folder(tmp_path / "d"), "cHarts")
    assert caught.value.params["suggestion"] == "cHarts-4"


@pytest.mark.parametrize("name", ["...", " ", 'a"b\\c', "\n"])
def test_a_folder_with_an_odd_name_can_be_added(home: Home, tmp_path: Path, name: str) -> None:
    add_folder(home, _folder(tmp_path / "x" / name))
    (source,) = list_sources(home.fresh())
    assert source.path == tmp_path / "x" / name
    assert source.name


def test_a_path_that_is_not_text_is_refused_in_words(home: Home, tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), b"caf\xe9")))
    with pytest.raises(WrongUsage):
        add_folder(home, _folder(odd))


def test_what_is_refused(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    add_folder(home, _folder(tmp_path / "charts"))
    (tmp_path / "link").symlink_to(tmp_path / "charts")
    repository = RepositorySettings(_folder(tmp_path / "backups" / "repo"), "a1" * 32, "b2" * 32)
    set_repository(home.paths.settings_file, repository)
    keep = CopySettings("KEEP", "folder", str(_folder(tmp_path / "keep")), "c3" * 8)
    add_copy(home.paths.settings_file, keep)
    fresh = home.fresh()
    for path, message_id in (
        (tmp_path / "gone", "path-not-there"),
        (file, "source-not-a-folder"),
        (tmp_path / "charts", "source-taken"),
        (tmp_path / "link", "source-taken"),
        (repository.path, "source-inside-place"),
        (_folder(tmp_path / "keep" / "below"), "source-inside-place"),
    ):
        with pytest.raises(WrongUsage) as caught:
            add_folder(fresh, path)
        assert caught.value.message_id == message_id
    with pytest.raises(WrongUsage) as caught:
        add_folder(fresh, _folder(tmp_path / "more"), exclude=["!"])
    assert caught.value.message_id == "source-pattern-wrong"
    assert len(list_sources(home.fresh())) == 1


def test_a_folder_around_the_repository_is_added_with_a_warning(home: Home, tmp_path: Path) -> None:
    repository = RepositorySettings(_folder(tmp_path / "all" / "repo"), "a1" * 32, "b2" * 32)
    set_repository(home.paths.settings_file, repository)
    added = add_folder(home.fresh(), tmp_path / "all")
    assert [each.message_id for each in added.problems] == ["source-holds-place"]
    assert len(list_sources(home.fresh())) == 1


def test_a_bot_is_recognised_and_nothing_of_it_left_out(home: Home, tmp_path: Path) -> None:
    added = add_bot(home, freqtrade(tmp_path / "ft"))
    assert (added.source.bot, added.source.leave_out) == ("freqtrade", ())
    assert added.kind and added.kind.leave_out
    assert (
        add_bot(
            home.fresh(),
            grow(tmp_path / "z", KINDS["zenbot"].markers[0]),
            leave_out=["__pycache__/"],
        )
        .problems[0]
        .message_id
        == "bot-beyond-files"
    )
    assert [each.bot for each in list_sources(home.fresh())] == ["freqtrade", "zenbot"]


def test_an_unknown_bot_is_refused_with_a_list_of_kinds(home: Home, tmp_path: Path) -> None:
    folder = _folder(tmp_path / "strange")
    for kind in (None, "strange"):
        with pytest.raises(WrongUsage) as caught:
            add_bot(home, folder, kind)
        assert "freqtrade" in str(caught.value)
    assert add_bot(home, folder, "Freqtrade").source.bot == "freqtrade"


def test_the_users_own_kinds_are_found(home: Home, tmp_path: Path) -> None:
    home.paths.config.mkdir(parents=True)
    own = home.paths.config / "bots.toml"
    own.write_text('[Mine]\nname = "Mine"\nmarkers = [["mine.json"]]\n')
    _folder(tmp_path / "user" / "bot")
    (tmp_path / "user" / "bot" / "mine.json").touch()
    (found,) = detect_bots(home, [tmp_path / "user"], Recorder())
    assert found.kind.id == "Mine"
    added = add_bot(home, found.path, "mine").source
    own.write_text("[Mine]\n")
    with pytest.raises(BrokenKinds):
        kinds_of(home)
    assert capsule_of(home, added).environment.bot == "Mine", "a backup goes on"


def test_the_usual_places_are_searched(home: Home, tmp_path: Path) -> None:
    bot = freqtrade(tmp_path / "user" / "bots" / "ft")
    assert bot in [each.path for each in detect_bots(home, [], Recorder())]
    with pytest.raises(WrongUsage):
        detect_bots(home, [tmp_path / "gone"], Recorder())


def test_removing(home: Home, tmp_path: Path) -> None:
    folder = _folder(tmp_path / "Charts")
    add_folder(home, folder)
    assert remove(home.fresh(), "charts").name == "Charts"
    assert list_sources(home.fresh()) == ()
    assert folder.is_dir()
    with pytest.raises(WrongUsage) as caught:
        remove(home.fresh(), "charts")
    assert caught.value.message_id == "no-sources"


# --- the command line ------------------------------------------------------------------------


def _run(home: Home, *arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "app", "source", *arguments],
        env={**os.environ, **home.environment, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


def _report(text: str) -> dict[str, object]:
    (line,) = text.splitlines()
    event = json.loads(line)
    assert event["event"] == "done"
    report: dict[str, object] = event["report"]
    return report


def test_the_command_line_from_beginning_to_end(home: Home, tmp_path: Path) -> None:
    bot = freqtrade(tmp_path / "user" / "ft")
    assert "source detect" in _run(home, "list")[1]
    code, text, _ = _run(home, "detect", str(tmp_path / "user"))
    assert code == 0 and "Freqtrade" in text and str(bot) in text
    found = _report(_run(home, "detect", str(tmp_path / "user"), "--json")[1])["bots"]
    assert isinstance(found, list)
    assert (found[0]["kind"], found[0]["added"], found[0]["beyond"]) == ("freqtrade", False, [])
    assert found[0]["groups"]["charts"] == {"files": 1, "bytes": 5000}

    code, text, _ = _run(home, "add", "bot", str(bot), "--leave-out", "*.pyc")
    assert code == 0 and "__pycache__/" in text
    code, text, _ = _run(
        home, "add", "folder", str(_folder(tmp_path / "c")), "--name", "charts", "--json"
    )
    assert code == 0 and _report(text)["name"] == "charts"
    sources = _report(_run(home, "list", "--json")[1])["sources"]
    assert isinstance(sources, list)
    assert [(each["name"], each["there"]) for each in sources] == [("ft", True), ("charts", True)]
    assert "1 pattern" in _run(home, "list")[1]

    assert _run(home, "remove", "CHARTS")[0] == 0
    code, text, errors = _run(home, "remove", "charts")
    assert (code, text) == (2, "") and "no source called charts" in errors
    code, text, errors = _run(home, "add", "folder", str(tmp_path / "gone"))
    assert code == 2 and "gone" in errors


def test_a_bot_that_needs_a_dump_is_added_with_problems(home: Home, tmp_path: Path) -> None:
    bot = grow(tmp_path / "zenbot", KINDS["zenbot"].markers[0])
    code, text, errors = _run(home, "add", "bot", str(bot))
    assert code == 3 and "zenbot" in text and "mongodump" in errors
