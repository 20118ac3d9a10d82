"""Sentences about the archive of exchange history. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "archive-none": Sentence(
        "Nothing was ever pulled from an exchange on this computer.",
        "Connect an account: tradekeep exchange add NAME --exchange ID",
    ),
    "archive-newer": Sentence(
        "The archive {path} was written by a newer version of Tradekeep (format {version}).",
        "Update Tradekeep on this computer. Nothing was changed.",
    ),
    "archive-broken": Sentence(
        "The archive {path} cannot be opened: {reason}.",
        "Keep the file. Bring the archive back from the last snapshot: tradekeep restore latest "
        "--include '{path}' — the next pull then asks for what is missing.",
    ),
    "archive-unwritable": Sentence(
        "The archive {path} could not be written: {reason}.",
        "What was there is as it was; what was just asked for will be asked for again. Check "
        "that the disk has room and that no other program holds the file.",
    ),
    "archive-changed": Sentence(
        "Answer {number} in the archive is not what it was when it was received.",
        "Somebody or something changed it. Records that follow from it prove nothing any more. "
        "Restore the archive from a snapshot made before that.",
    ),
    "archive-missing": Sentence(
        "Answers before number {number} are missing from the archive.",
        "They were removed. Restore the archive from a snapshot made before that.",
    ),
    "archive-unreadable": Sentence(
        "Answer {number} in the archive cannot be unpacked.",
        "The file is damaged there. Restore the archive from the last snapshot.",
    ),
    "archive-cut-off": Sentence(
        "The archive ends before answer {number}, which a snapshot has seen ({origin}).",
        "Its end was cut off, or an old archive was put in its place. Restore the archive from "
        "that snapshot.",
    ),
    "archive-other-history": Sentence(
        "At answer {number} the archive has another history than a snapshot has seen ({origin}).",
        "It was written anew, or belongs to another computer. Restore the archive of that "
        "snapshot beside it and compare.",
    ),
    "archive-not-derived": Sentence(
        "The records are not what the evidence says: {changed} differ, {added} are missing, "
        "{gone} follow from nothing.",
        "Derive them again: tradekeep archive rebuild",
    ),
    "reconcile-ledger": Sentence(
        "{account}: {of} changed by {expected} from {since} to {until}, the ledger explains "
        "{found}.",
        "Entries are missing, or the exchange keeps some kinds apart. See: tradekeep coverage",
    ),
    "reconcile-fills": Sentence(
        "{account}: order {of} says that {expected} was filled, its fills add up to {found}.",
        "Fills are missing, or too old for the exchange. See: tradekeep coverage",
    ),
    "reconcile-funding": Sentence(
        "{account}: a position in {of} was held from {since} to {until} without any funding.",
        "Funding rows are missing, or too old for the exchange. See: tradekeep coverage",
    ),
    "reconcile-ids": Sentence(
        "{account}: rows of {of} are missing from number {expected} on; the next is {found}.",
        "The exchange numbers them without gaps. Pull again: tradekeep pull",
    ),
}
