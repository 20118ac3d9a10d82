"""Sentences of the window: what a page opens with, and what befell a child. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

_SAFE = "Your older snapshots are safe."

SENTENCES: dict[str, Sentence] = {
    # --- what the Overview opens with ---
    "window-reading": Sentence("Looking at your backups", "This takes a moment."),
    "window-unreadable": Sentence("How things stand cannot be read", "{why}"),
    "window-not-set-up": Sentence(
        "Tradekeep is not set up on this computer yet",
        "Set-up makes an encrypted place for your backups and a recovery key for you to print. "
        "It takes about five minutes.",
    ),
    "window-repository-missing": Sentence(
        "Your backups are not where they should be",
        "{path} is not there. If it is on a drive, plug it in. {last}",
    ),
    "window-keyring-locked": Sentence(
        "Your keyring is locked",
        "Backups wait until it is open. Unlock it in your system, then back up again. {last}",
    ),
    "window-suspect": Sentence(
        "This looks like somebody encrypted your files",
        "Seen by the backup {when}, such as: {examples}. Nothing is removed here or at a copy "
        "until you decide.",
    ),
    "window-suspect-kept": Sentence(
        "Somebody encrypted your files",
        "Seen by the backup {when}, such as: {examples}. Disconnect this computer from the network "
        "and unplug the drives with copies. On a sound computer: tradekeep restore {clean} "
        "--target FOLDER",
    ),
    "window-failed": Sentence("The last backup failed", "{why} " + _SAFE),
    "window-failed-first": Sentence("The first backup failed", "{why}"),
    "window-overdue": Sentence(
        "Backup overdue since {since}",
        "It starts by itself as soon as it can, or now if you like. {last}",
    ),
    "window-overdue-waits": Sentence("Backup overdue since {since}", "{waits} {last}"),
    "window-paused": Sentence("Paused until {until}", "{last}"),
    "window-paused-due": Sentence(
        "Paused until {until}", "{last} The backup due at {due} runs then."
    ),
    "window-old": Sentence(
        "No backup for {days}",
        "{last} There is no schedule yet: a backup runs when you start it.",
    ),
    "window-nothing-protected": Sentence(
        "Nothing is protected yet",
        "Tell Tradekeep which bots and folders to keep.",
    ),
    "window-no-backup": Sentence(
        "Nothing is backed up yet",
        "The first backup saves what is listed below. It can be stopped and continued at any time.",
    ),
    "window-problems": Sentence(
        "Backed up, with {problems}", "Everything else was saved {when}, {ago}."
    ),
    "window-stopped": Sentence(
        "The last backup was stopped",
        "What was copied is kept; the next backup continues there. {last}",
    ),
    "window-just-stopped": Sentence(
        "Stopped",
        "What was copied is kept; the next backup continues there. {last}",
    ),
    "window-proof-old": Sentence(
        "{name} was last verified {ago}",
        "It counts again once it is verified.",
    ),
    "window-drill-old": Sentence(
        "{name} was last restored from {ago}",
        "It counts again once a restore from it is practised.",
    ),
    "window-kit-unproved": Sentence(
        "The recovery key was never typed to prove it",
        "On a new computer it is the only way in. Take the printed kit and type it once.",
    ),
    "window-kit-outdated": Sentence(
        "Your printed recovery kit is out of date",
        "{what}",
    ),
    "window-kit-old": Sentence(
        "The recovery key was last proved {ago}",
        "Take the printed kit and type its key: so you know that it is there, and readable.",
    ),
    "window-unproven": Sentence(
        "Saved, but not proven yet",
        "Last backup {when}, {ago}. It counts as proven once its data was read back.",
    ),
    "window-undrilled": Sentence(
        "Saved, but not proven yet",
        "Last backup {when}, {ago}. {name} counts as proven once a restore from it is practised.",
    ),
    "window-copies-stale": Sentence(
        "{name} is {days} old", "It holds nothing newer. The next backup brings it up to date."
    ),
    "window-no-off-site": Sentence(
        "Not yet safe from fire or theft",
        "Last backup {when}, {ago}. No copy is known to be kept away from this place.",
    ),
    "window-incomplete": Sentence(
        "Backed up, but not yet in three copies on two media",
        "Last backup {when}, {ago}. {reason}.",
    ),
    "window-well": Sentence("All is well", "Last backup {when}, {ago}."),
    "window-well-next": Sentence("All is well", "Last backup {when}, {ago}. Next {next}."),
    # --- somebody else is at work ---
    "window-other-running": Sentence(
        "A backup is running in another window or terminal",
        "Started {when}. This page follows it and shows how it ended. {last}",
    ),
    "window-other-job": Sentence(
        "Another job is running: {job}",
        "Started {when}. This page follows it and shows how it ended. {last}",
    ),
    # --- copies ---
    "window-copy-other": Sentence(
        "Another copy is at the place of {name}",
        "The marker at {address} belongs to another copy. Nothing is written there. "
        "If drives were swapped, plug in the right one.",
    ),
    "window-copy-bare": Sentence(
        "{name} is not at its place",
        "The folder {address} is there without the copy’s marker, so nothing is written to it. "
        "If it is on a drive, plug the drive in.",
    ),
    "window-copy-away": Sentence("{name} has been away for {days}", "{plug}"),
    "window-copy-owed": Sentence(
        "{name} has been away for {days}", "It is owed {snapshots}. {plug}"
    ),
    "window-copy-owed-size": Sentence(
        "{name} has been away for {days}", "It is owed {snapshots}, about {size}. {plug}"
    ),
    "window-copy-never-seen": Sentence(
        "{name} is away and has never been filled", "Plug it in; the next backup fills it."
    ),
    # --- children ---
    "window-child-crashed": Sentence(
        "The backup process ended unexpectedly ({how})",
        "Nothing that was saved before is lost; the next backup continues there. "
        "If it happens again, report it with the details.",
    ),
    "window-child-not-started": Sentence(
        "The process could not be started", "{reason}. Tradekeep may have to be installed anew."
    ),
    "window-reader-gone": Sentence(
        "What you asked for could not be read",
        "The reading process ended unexpectedly. Try again; nothing is changed by reading.",
    ),
    "window-protocol-other": Sentence(
        "The window and the command line are of different versions",
        "The command line speaks protocol {protocol}, this window {known}. "
        "Tradekeep was updated while this window was open: close it and open it again.",
    ),
    "window-answer-unknown": Sentence(
        "The command line answered in a way that this window does not understand",
        "Tradekeep was updated while this window was open: close it and open it again.",
    ),
    "window-job-at-work": Sentence(
        "Stop what is running and quit?",
        "What was done until now is kept; the next backup continues there. Nothing is backed up "
        "on schedule until Tradekeep runs again.",
    ),
    "window-no-tray": Sentence(
        "This desktop has no tray",
        "So closing this window quits Tradekeep, and nothing is backed up on schedule until it "
        "runs again. GNOME has a tray with the extension AppIndicator.",
    ),
    "window-no-runtime-folder": Sentence(
        "Tradekeep cannot start: {folder} is not a private folder of yours",
        "It belongs to somebody else or others can enter it. Remove it, or have it removed, then "
        "start again.",
    ),
    "window-first-silent": Sentence(
        "Tradekeep is running already, but does not answer",
        "End its process, for example by logging out and in again, then start it again.",
    ),
}
