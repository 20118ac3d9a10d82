"""Sentences about keeping and removing snapshots. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "keep-nothing": Sentence(
        "These rules keep nothing, so they were not taken.",
        "Give at least one number above 0, or --all to keep every snapshot.",
    ),
    "policy-empty": Sentence(
        "Nothing says which snapshots to keep, so none was removed.",
        "Give at least one rule, for example: --keep-daily 7 --keep-monthly 12",
    ),
    "policy-empties-group": Sentence(
        "These rules keep no snapshot of {group}, so none was removed.",
        "Add a rule such as --keep-last 1, or say --allow-empty if that is what you want.",
    ),
    "forget-names-and-rules": Sentence(
        "Snapshots were named and rules for keeping were given, so none was removed.",
        "Give either the ids of snapshots, or --keep options.",
    ),
    "owed-unusable": Sentence(
        "What still has to be removed at the copies cannot be noted in {path}: {reason}.",
        "Nothing is removed at a copy without that note. Check the disk and the folder's rights.",
    ),
    "span-unreadable": Sentence(
        "“{text}” is no length of time.",
        "Write years, months, days and hours, for example: 1y6m or 14d12h",
    ),
    "group-by-unknown": Sentence(
        "Snapshots cannot be grouped by “{text}”.", "Give host, paths, tags, or several: host,tags"
    ),
    "prune-incomplete": Sentence(
        "Something that snapshots need is missing at {place}, so nothing was removed.",
        "Connect a copy and run: tradekeep repair — it names what no copy has. What still is on "
        "this computer, the next backup saves anew; else give up the snapshots that it names: "
        "tradekeep forget ID",
    ),
    "prune-index-damaged": Sentence(
        "An index file at {place} cannot be read, so nothing was removed.",
        "Run: tradekeep repair — it makes the index anew from the data.",
    ),
    "prune-snapshot-damaged": Sentence(
        "Snapshot {snapshot} at {place} cannot be read, so nothing was removed.",
        "What it needs cannot be known. Connect a copy and run: tradekeep repair — if no copy has "
        "it, give it up: tradekeep forget {snapshot}",
    ),
    "prune-pack-damaged": Sentence(
        "A piece of data in {file} at {place} is damaged, so nothing was removed.",
        "Run: tradekeep verify --read-data — it names the files and snapshots that need it.",
    ),
    "unused-unreadable": Sentence(
        "“{text}” is no amount of data.", "Give a percentage (5%), bytes (200M), or unlimited."
    ),
    "snapshot-is-pinned": Sentence(
        "Snapshot {snapshot} is pinned and was not removed.",
        "Run first: tradekeep unpin {snapshot}",
    ),
}
