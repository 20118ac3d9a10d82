"""Sentences of setting up and of the recovery kit. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "setup-one-disk": Sentence(
        "Repository and copy would be on the same disk",
        "When it fails, both are gone. A drive that can be unplugged is safer.",
    ),
    "setup-no-copy": Sentence(
        "Without a copy, one disk holds everything",
        "When it fails, the backups go with it. Add a copy soon.",
    ),
    "setup-no-copy-here": Sentence(
        "Without a copy here, one server holds everything",
        "When it fails, or is out of reach, the backups are too. Add a copy soon.",
    ),
    "kit-unproved": Sentence(
        "Nobody has typed the key from your recovery kit yet",
        "If this computer is lost, that paper is the only way in. Print it, then type its key "
        "once.",
    ),
    "setup-no-schedule": Sentence(
        "Nothing is saved unless you think of it",
        "Most losses come on the day on which nobody did. Two times a day cost nothing.",
    ),
    "setup-place-holds-files": Sentence(
        "{place} holds other files", "Choose an empty folder, or a new one."
    ),
    "setup-place-synced": Sentence(
        "{service} carries {place} away",
        "It would upload every backup while it is being written, and may bring back what was "
        "tidied up. Choose a folder outside of {service}.",
    ),
    "kit-place-synced": Sentence(
        "{service} would carry the key away",
        "Whoever gets into that account could open your backups.",
    ),
    "kit-place-in-source": Sentence(
        "This folder is itself backed up, in {source}",
        "The key would lie in the backups that it opens, and help nobody who has lost it.",
    ),
    "kit-place-same-disk": Sentence(
        "This is the disk that your backups are on",
        "Whoever takes it has both, and if it fails both are gone. Print the file, then delete it.",
    ),
    "kit-key-new": Sentence(
        "A new recovery key was made",
        "Print it now. A kit that was printed before opens nothing any more: throw it away.",
    ),
    "kit-printed": Sentence(
        "The kit went to {printer}", "Take the paper out of the printer, then type its key below."
    ),
    "kit-saved": Sentence(
        "The kit is in {path}",
        "Everybody who gets this file can open your backups. Print it, then delete it.",
    ),
    "kit-not-saved": Sentence(
        "The kit could not be written to {path}: {reason}.",
        "Choose another folder; nothing was left behind there.",
    ),
    "kit-not-printed": Sentence(
        "The printer took nothing.",
        "Check that it is on and has paper, then print again, or save the kit as a PDF.",
    ),
    "kit-outdated-key": Sentence(
        "The key on the printed kit opens nothing any more.",
        "It was replaced. Make a new kit, print it, and throw the old paper away.",
    ),
    "kit-outdated-lacks": Sentence(
        "The printed kit does not say where to find {names}.",
        "Type its key, then print it again.",
    ),
    "kit-outdated-gone": Sentence(
        "The printed kit names what is no copy any more: {names}.",
        "Type its key, then print it again.",
    ),
    "key-image-unreadable": Sentence(
        "The picture {path} could not be read: {reason}.",
        "Take a PNG or JPEG picture of the printed kit, or type the key.",
    ),
    "key-image-none": Sentence(
        "There is no QR code to be read in the picture {path}.",
        "Take it again: the whole code, sharp, in good light. Or type the key.",
    ),
    "key-image-other": Sentence(
        "The QR code in the picture {path} is not of a recovery kit.",
        "It is the one on the sheet with the nine groups.",
    ),
    "key-image-version": Sentence(
        "This recovery kit was printed by another version of Tradekeep.",
        "Type the key from the paper.",
    ),
    "recover-suspect-passed": Sentence(
        "The newest backup, {passed}, looks as if somebody had encrypted the files.",
        "The last one that does not, {taken}, is taken. For the newest: --snapshot {passed}",
    ),
    "recover-no-whole": Sentence(
        "There is no backup of a whole computer at {place}.",
        "Restore files from it: tradekeep -r {place} restore latest --target DIR",
    ),
    "recover-which-machine": Sentence(
        "At {place} are backups of several computers: {known}.",
        "Say which one is to come back: --machine NAME.",
    ),
    "recover-map-bad": Sentence(
        "“{given}” does not say which folder lies where now.",
        "Write OLD=NEW with two absolute paths, for example --map /home/old=/home/new.",
    ),
    "recover-no-space": Sentence(
        "There is not enough room at {path}: {needed} are needed, {free} are free.",
        "Nothing was restored. Make room there, choose a larger place with --map, or restore less "
        "with --only.",
    ),
    "recover-target": Sentence(
        "The folder {path} cannot be restored to: {reason}.",
        "Choose another place for it with --map OLD=NEW.",
    ),
    "recover-needs-yes": Sentence(
        "Nobody is here to say yes to what would be restored.",
        "Look at it with --dry-run, then give --yes.",
    ),
    "recover-at-work": Sentence(
        "This computer is being set up from a backup by another process.", "Wait for it to end."
    ),
    "recover-settings-lost": Sentence(
        "The settings in this backup cannot be read.",
        "All that was backed up comes back. Schedule, accounts and rules are to be set up anew, "
        "or recovered from an older snapshot with --snapshot.",
    ),
    "recover-secrets-unread": Sentence(
        "The secrets in this backup cannot be read.", "Give them again when they are asked for."
    ),
    "recover-source-missing": Sentence(
        "The source {name} is not in this snapshot: {path}.",
        "It may have been away then. Look for it in an older one with --snapshot.",
    ),
}
