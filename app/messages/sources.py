"""Sentences about what is read: folders, bots, live databases. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "source-rolled-back": Sentence(
        "{path} was rolled back while it was being read, twice.",
        "This snapshot may hold some files of before and some of after. Back up again.",
    ),
    "source-gone": Sentence(
        "{path} is not there.",
        "Nothing of it was saved this time; earlier snapshots still hold it. "
        "If it is on a drive, plug it in. If it is gone for good: tradekeep source remove NAME",
    ),
    "source-empty": Sentence(
        "There is nothing in {path}.",
        "Earlier snapshots still hold what was in it. If it is on a drive, plug it in. "
        "If it is to be empty, accept this, or: tradekeep source remove NAME",
    ),
    "file-unreadable": Sentence(
        "{path} could not be read: {reason}.",
        "It is not in this snapshot. Check its permissions, or leave it out.",
    ),
    "file-vanished": Sentence(
        "{path} vanished while the backup ran.",
        "It was there when the folder was listed. Nothing to do if a program removed it.",
    ),
    "file-changed-kind": Sentence(
        "{path} was replaced by something of another kind while the backup ran.",
        "It is not in this snapshot; the next backup will find what it is now.",
    ),
    "file-changed-while-read": Sentence(
        "{path} kept changing while it was read.",
        "It was saved as it was read last, and may be inconsistent. "
        "The next backup saves it again.",
    ),
    "backup-nothing": Sentence(
        "Nothing could be read, so no snapshot was made.",
        "Check the paths of the sources: tradekeep source list",
    ),
    "backup-parent-damaged": Sentence(
        "What the last backup wrote is damaged: {reason}",
        "The list of that folder may be missing from this snapshot, too. Run: tradekeep repair — "
        "and then back up again.",
    ),
    "database-crash-consistent": Sentence(
        "{path} was in use all the time, so its files were saved as they were found.",
        "They are what a power cut would have left: mostly they open without trouble, but the "
        "last changes may be missing. For a copy that is sure, back up while the bot is stopped.",
    ),
    "database-damaged": Sentence(
        "The database {path} is damaged: {reason}.",
        "It was saved as it is; restoring it brings back the damaged file. Restore an earlier "
        "snapshot of it beside it and compare, before the bot writes more. If a program "
        "encrypts it, nothing is wrong.",
    ),
    "database-no-room": Sentence(
        "There is no room at {place} for a copy of the database {path}.",
        "Its files were saved as they were found, perhaps in the middle of a change. Free some "
        "space on that disk; the next backup makes a copy that is sure.",
    ),
    "database-in-memory": Sentence(
        "The database {path} ({name}) lies in the computer's memory and is gone when it restarts.",
        "Backups hold it as often as they run. Let the bot keep it on a disk: change its "
        "database's path, or what its container has mounted there.",
    ),
    "detect-incomplete": Sentence(
        "The search for bots was ended before it had looked everywhere (folders seen: {folders}).",
        "Name the folder to search in: tradekeep source detect FOLDER",
    ),
    "bot-beyond-files": Sentence(
        "{name} at {path} keeps data in {what}, and no copy of its files holds that.",
        "Dump it into the bot's folder before each backup, by cron or a timer; there: {how}",
    ),
    "bot-unknown": Sentence(
        "{path} does not look like a bot that Tradekeep knows.",
        "Say which one it is with --kind ({kinds}), or save it as a folder: "
        "tradekeep source add folder {path}",
    ),
    "bot-kind-unknown": Sentence(
        "There is no kind of bot called {kind}.",
        "There are: {kinds}. Your own can be described in bots.toml beside the settings.",
    ),
    "bots-unreadable": Sentence(
        "The descriptions of bots in {path} could not be read: {reason}.",
        "Check the file and its permissions, or remove it.",
    ),
    "bots-not-toml": Sentence(
        "The descriptions of bots in {path} cannot be read as TOML: {reason}.",
        "Correct the file in an editor, or remove it.",
    ),
    "bots-broken": Sentence(
        "The descriptions of bots in {path} have mistakes: {count}.",
        "Correct them in an editor and try again:\n{mistakes}",
    ),
    "bots-mistake": Sentence("{where} should be {right}."),
    "bots-right-table": Sentence("a table that begins with [id]"),
    "bots-right-known": Sentence("left out; there are: {keys}"),
    "bots-right-text": Sentence("a text in quotation marks"),
    "bots-right-texts": Sentence('a list of patterns in quotation marks, like ["*.tmp", "/cache"]'),
    "bots-right-relative": Sentence("a list of paths without a slash in front and without .."),
    "bots-right-absolute": Sentence("a list of paths that begin with a slash, without .."),
    "bots-right-markers": Sentence(
        'a list of groups of paths, like [["config.json", "strategies/"], [".env ~ MY_BOT"]]'
    ),
    "bots-right-leave-out": Sentence(
        'a list like [{{ pattern = "cache/", reason = "it is made again" }}]'
    ),
    "bots-right-beyond": Sentence(
        'a list like [{{ what = "PostgreSQL", how = "pg_dump …", dumps = ["*.dump"] }}]'
    ),
    "source-not-a-folder": Sentence(
        "{path} is not a folder.",
        "Only folders can be sources. Add the folder that it is in, and leave out the rest with "
        "--exclude.",
    ),
    "source-taken": Sentence(
        "{path} is already saved as the source {name}.",
        "To change what is left out of it, edit the settings, or remove the source and add it "
        "again: tradekeep source remove {name}",
    ),
    "source-name-taken": Sentence(
        "There is already a source called {name}.",
        "Choose another name (upper and lower case count as the same), for example: "
        "--name {suggestion}",
    ),
    "source-pattern-wrong": Sentence(
        "“{pattern}” is no pattern that can be left out.",
        "Patterns are written as in .gitignore: *.tmp, /cache, logs/",
    ),
    "source-inside-place": Sentence(
        "{path} lies in {place}, where backups are kept.",
        "Saving backups in themselves would let them grow without end. Choose another folder.",
    ),
    "source-holds-place": Sentence(
        "{path} holds {place}, where backups are kept.",
        "The source was added; that folder is left out of it by itself.",
    ),
}
