"""Sentences about verifying. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

_OTHER_COPY = "Another copy may still have what was in it. Do not remove other copies now."

SENTENCES: dict[str, Sentence] = {
    "listing-differs": Sentence(
        "The file {file} at {place} is not what it is here.",
        "Send it again: tradekeep verify --copy NAME --listing --mend",
    ),
    "listing-ours-damaged": Sentence(
        "The file {file} is damaged on this computer; the copy was left as it is.",
        "Run: tradekeep repair — it mends from the copies.",
    ),
    "listing-lacking": Sentence(
        "{count} files have vanished from {place}.",
        "Bring the copy up to date: tradekeep copy sync. What removed them there is worth knowing.",
        one="{count} file has vanished from {place}.",
    ),
    "check-affected": Sentence(
        "{path} is damaged in snapshot {snapshots}.",
        "Run: tradekeep repair — it mends from copies that are connected; what still is on this "
        "computer, the backup after that saves anew.",
    ),
    "check-tree-lost": Sentence(
        "The list of a folder is lost or damaged: {reason}",
        "Run: tradekeep repair — it mends from copies that are connected; what still is on this "
        "computer, the backup after that saves anew.",
    ),
    "check-pack-missing": Sentence("The file {file} is missing at {place}.", _OTHER_COPY),
    "check-pack-gone": Sentence(
        "The file {file} vanished from {place} while it was verified.", _OTHER_COPY
    ),
    "check-pack-size": Sentence(
        "The file {file} at {place} has {size} bytes; it should have {expected}.", _OTHER_COPY
    ),
    "check-pack-hash": Sentence(
        "The file {file} at {place} is not what was written ({count} pieces of data are lost).",
        "The drive may be failing. " + _OTHER_COPY,
        one="The file {file} at {place} is not what was written ({count} piece of data is lost).",
    ),
    "check-pack-header": Sentence(
        "The list at the end of {file} at {place} cannot be read.",
        "The data itself is found by the index (pieces of it that are damaged: {count}).",
    ),
    "check-pack-index": Sentence(
        "What {file} at {place} holds is not what the index says of it.",
        "Pieces of data that are not where they should be: {count}. " + _OTHER_COPY,
    ),
    "check-pack-blob": Sentence(
        "{count} pieces of data in {file} at {place} are not what their names say.",
        "They were damaged before they were written, perhaps by bad memory in the computer that "
        "wrote them. " + _OTHER_COPY,
        one="{count} piece of data in {file} at {place} is not what its name says.",
    ),
    "check-pack-unreadable": Sentence(
        "The file {file} at {place} cannot be read from the drive.",
        "The drive may be failing. " + _OTHER_COPY,
    ),
    "check-blob-damaged": Sentence(
        "A piece of data ({blob}) in {file} at {place} is damaged.",
        "Below it is said which files need it.",
    ),
    "scope-not-percent": Sentence(
        "“{sample}” is no share of the data.", "Give a percentage, for example: --sample 10%"
    ),
    "scope-twice": Sentence("--read-data and --sample exclude each other.", "Give one of them."),
}
