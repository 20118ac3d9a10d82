"""Known-good snapshots by hand, and that rules never take the last one, here or at a copy."""

from __future__ import annotations

from pathlib import Path

from tests.cli.rollback_support import NAME, make_bot, snapshots
from tests.cli.support import Machine


def at(machine: Machine, place: str) -> list[list[str]]:
    """The tags of each snapshot at a copy."""
    found = machine.run("-r", place, "snapshots", "--json").report["snapshots"]
    assert isinstance(found, list)
    return [each["tags"] for each in found]


def test_the_last_known_good_and_the_last_proven_snapshot_stay_here_and_at_the_copy(
    machine: Machine, tmp_path: Path
) -> None:
    make_bot(tmp_path / NAME)
    machine.set_up()
    machine.run("source", "add", "bot", tmp_path / NAME, "--name", NAME)
    machine.run("copy", "add", "folder", tmp_path / "stick", "--name", "stick")
    zeros = [f"--{each}=0" for each in ("hourly", "daily", "weekly", "monthly", "yearly")]
    machine.run("keep", "set", "--last", "1", *zeros)
    machine.run("backup")
    machine.run("drill", "--copy", "stick")
    proven = str(snapshots(machine)[-1]["id"])
    machine.run("backup")
    machine.run("known-good", NAME, "latest")
    good = snapshots(machine)[-1]
    assert good["tags"] == [f"known-good:{NAME}"]
    machine.run("backup")

    here = [str(each["id"]) for each in snapshots(machine)]
    assert here[:2] == [proven, good["id"]]
    assert len(here) == 3
    machine.run("-r", tmp_path / "stick", "forget", "--keep-last", "1", "--prune")
    assert at(machine, "stick") == [[], [f"known-good:{NAME}"], []]
    refused = machine.run("forget", str(good["id"]), "--json", code=2)
    assert refused.error["id"] == "snapshot-is-known-good"
    (row,) = machine.run("known-good", "list", "--json").report["known_good"]  # type: ignore[misc]
    assert (row["bot"], row["last"], row["snapshot"]["id"]) == (NAME, True, good["id"])
    assert "1 snapshot of “trend-btc”" in machine.run("known-good", "clear", NAME.upper()).out
    assert machine.run("known-good", "clear", NAME, "--json", code=2).error["id"]
    machine.run("forget", "--keep-last", "1")
    assert [str(each["id"]) for each in snapshots(machine)] == [proven, here[2]]
    other = f"known-good:{NAME}"  # another machine's bot of that name
    machine.run("backup", "--host", "another", "--tag", other, "--no-copies", tmp_path / NAME)
    machine.run("known-good", NAME, "latest")
    machine.run("known-good", "clear", NAME)
    assert [each["host"] for each in snapshots(machine) if each["tags"]] == ["another"]
