"""What is told of a place before something is put there."""

from __future__ import annotations

from tests.cli.support import Machine


def test_places_are_told_by_what_they_hold_and_where_they_lie(ready: Machine) -> None:
    strange = ready.folder / "strange"
    strange.mkdir()
    (strange / "file").touch()
    new, inside = ready.folder / "Dropbox" / "new", ready.folder / "notes" / "deep"
    done = ready.run("drives", strange, new, inside, ready.repository, "--json")
    paths = done.report["paths"]
    assert isinstance(paths, list)
    first, second, third, fourth = paths
    assert (first["holds"], first["exists"], first["source"]) == ("files", True, None)
    assert (second["holds"], second["exists"]) == ("nothing", False)
    assert second["synced"] == "Dropbox"
    assert second["free"] > 0
    assert third["source"] == "notes"
    assert fourth["holds"] == "repository"
    assert first["disk"] == second["disk"] == fourth["disk"]
    default = done.report["default"]
    assert isinstance(default, dict)
    assert default["path"] == str(ready.home / "repository")
    assert "Dropbox" in ready.run("drives", new).out
