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
}
