"""`diff`, `find` and `history` as a person uses them."""

from __future__ import annotations

from tests.cli.support import Machine


def test_diff_of_two_snapshots_and_with_the_disk(ready: Machine) -> None:
    ready.run("backup", "--tag", "one")
    (ready.folder / "notes/a.txt").write_bytes(b"changed, and longer")
    assert "M  " + str(ready.folder / "notes/a.txt") in ready.run("diff", "latest").out
    first = str(ready.run("snapshots", "--json").report["snapshots"][0]["id"])  # type: ignore[index]
    (ready.folder / "notes/new.txt").write_bytes(b"new")
    ready.run("backup")
    report = ready.run("diff", first, "latest", str(ready.folder / "notes"), "--json").report
    changes = report["changes"]
    assert isinstance(changes, list)
    assert {(each["path"].rpartition("/")[2], each["kind"]) for each in changes} == {
        ("a.txt", "changed"), ("new.txt", "added"),
    }  # fmt: skip
    assert report["bytes_added"] == 3
    assert ready.run("diff", "latest", "--json").report["changes"] == []


def test_find_and_history_of_a_deleted_file(ready: Machine) -> None:
    ready.run("backup")
    path = ready.folder / "notes/a.txt"
    path.write_bytes(b"second version")
    ready.run("backup")
    path.unlink()
    ready.run("backup")
    found = ready.run("find", "a.*", "--json").report["found"]
    assert isinstance(found, list)
    assert [(each["path"], each["gone"], len(each["versions"])) for each in found] == [
        (str(path), True, 2)
    ]
    assert "gone since" in ready.run("find", "a.*").out
    assert "has it no more" in ready.run("history", path).out
    sizes = [each["size"] for each in ready.run("history", path, "--json").report["versions"]]  # type: ignore[attr-defined]
    assert sizes == [5, 14]
    assert "Nothing named nothing* in 3 snapshots." in ready.run("find", "nothing*").out
    done = ready.run("history", "/nowhere", "--json", code=2)
    assert done.error["id"] == "path-in-no-snapshot"
