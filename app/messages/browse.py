"""Sentences about looking into snapshots: the reading child, and mounting. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "browse-of-archive": Sentence(
        "This child was started for snapshots.", "Ask of the archive with: browse --archive"
    ),
    "browse-of-snapshots": Sentence(
        "This child was started for the archive.", "Ask of snapshots without --archive."
    ),
    "browse-question-bad": Sentence(
        "A line was not understood: {reason}.",
        "Each line is one JSON object with “id” and “do”; app/cli/browse.py lists what can be "
        "asked.",
    ),
    "browse-question-long": Sentence(
        "A line was longer than {most} bytes and was not read.", "Ask with shorter lines."
    ),
    "browse-id-taken": Sentence(
        "Question {id} is still being answered.", "Give each question an id of its own."
    ),
    "browse-needs-json": Sentence(
        "This command talks with programs only.",
        "For programs: tradekeep browse --json. People use: tradekeep snapshots, ls, find, "
        "history, diff",
    ),
    "path-is-no-folder": Sentence(
        "{path} is not a folder in every snapshot that was asked for.",
        "Ask for the folder that it lies in.",
    ),
    "mount-needs-extra": Sentence(
        "Mounting needs the library “mfusepy”, which is not installed.",
        "Type: pip install 'tradekeep[mount]' — or look into snapshots with: tradekeep ls, find, "
        "restore",
    ),
    "mount-needs-fuse": Sentence(
        "Mounting needs FUSE, which this computer does not have: {reason}.",
        "On Debian and Ubuntu type: sudo apt install fuse3 — on macOS install macFUSE. Without it, "
        "look into snapshots with: tradekeep ls, find, restore",
    ),
    "mount-not-on-windows": Sentence(
        "Windows cannot mount snapshots with this program.",
        "Look into snapshots with: tradekeep ls, find, restore",
    ),
    "mount-folder-missing": Sentence(
        "There is no folder {path}.", "Make an empty folder there first, then mount."
    ),
    "mount-folder-not-empty": Sentence(
        "The folder {path} is not empty.",
        "What is in it could not be seen while the snapshots are there. Choose an empty folder.",
    ),
    "mount-refused": Sentence(
        "The snapshots could not be mounted at {path}.",
        "The lines above, if any, are the system's own reason. Use an empty folder of your own, "
        "on a drive of this computer.",
    ),
    "path-is-no-file": Sentence("{path} is not a file.", "Only files can be looked into."),
    "snapshot-gone": Sentence(
        "Snapshot {snapshot} was removed while it was being read.",
        "Nothing is damaged: another program removed it on purpose. Choose another snapshot.",
    ),
    "window-changes-untold": Sentence("What changed since {when} cannot be told", "{why}"),
}
