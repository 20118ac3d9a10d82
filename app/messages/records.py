"""Sentences about reports and locked years. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "report-no-time": Sentence(
        "There is no time between these two days, or it is still to come.",
        "Name an earlier day with --from, a later one with --to.",
    ),
    "report-folder-not-empty": Sentence(
        "There are files in {path} already.",
        "Name a new folder with --out: what is handed over holds nothing else.",
    ),
    "report-unwritable": Sentence(
        "{path} could not be written: {reason}.",
        "Choose another folder with --out. What was there is as it was.",
    ),
    "report-no-pdf": Sentence(
        "The PDF could not be made: {reason}.",
        "Everything that it would say is in report.json and the tables beside it.",
    ),
    "report-no-font": Sentence(
        "The PDF has empty boxes: no font on this computer has Chinese characters.",
        "Install one, for example Noto Sans CJK, and make the report again. The tables beside it "
        "are complete.",
    ),
    "year-unknown": Sentence(
        "“{text}” is not a year.", "Write it with four digits: tradekeep lock-year 2025"
    ),
    "year-busy": Sentence(
        "A year is being locked already.", "Wait until it is done, then begin again."
    ),
    "year-unwritable": Sentence(
        "The year could not be locked: {path} could not be written: {reason}.",
        "Make room, or mend its permissions. Years that were locked are as they were.",
    ),
    "year-unreadable": Sentence(
        "{path} could not be read: {reason}.", "Mend its permissions, or restore it from a backup."
    ),
    "year-not-locked": Sentence(
        "No year was locked that this could mean: {year}",
        "Lock it: tradekeep lock-year 2025. Those that are locked: tradekeep lock-year --list",
    ),
    "year-which": Sentence(
        "Say which year is to be locked.", "Type, for example: tradekeep lock-year 2025"
    ),
    "year-not-over": Sentence(
        "The year {year} is not over (in UTC).", "What comes later will count as a change."
    ),
    "year-pull-running": Sentence(
        "The exchanges are being asked right now.",
        "Wait until that is done: what comes later will count as a change.",
    ),
    "year-never-fetched": Sentence(
        "Nothing was ever fetched from the account {account}.", "Fetch it first: tradekeep pull"
    ),
    "year-gaps": Sentence(
        "{count} stretches of the year are missing. The first: {stream} of {account}, from {since} "
        "to {until}.",
        "Fetch what can still be had first: tradekeep pull. All are named by: tradekeep report",
        one="{count} stretch of the year is missing: {stream} of {account}, from {since} to "
        "{until}.",
    ),
    "year-gone": Sentence(
        "{exchange} no longer tells {stream} of {account} that are this old: from {since} to "
        "{until} they are missing.",
        "If you have them in a file: tradekeep import csv FILE --account {account} --what {what} "
        "--from {since} --to {until}",
    ),
    "year-gone-days": Sentence(
        "{exchange} tells {stream} of {account} for {days} days only: from {since} to {until} they "
        "are missing.",
        "If you have them in a file: tradekeep import csv FILE --account {account} --what {what} "
        "--from {since} --to {until}",
    ),
    "year-gone-cancelled": Sentence(
        "{exchange} tells cancelled orders ({stream}) of {account} for {days} days only: from "
        "{since} to {until} they may be missing.",
        "If you have them in a file: tradekeep import csv FILE --account {account} --what {what} "
        "--from {since} --to {until}",
    ),
    "year-gone-file": Sentence(
        "{exchange} tells {stream} of {account} that are this old in files only: from {since} to "
        "{until} they are missing.",
        "Have a file made of each quarter: tradekeep exchange file {account} QUARTER. Then: "
        "tradekeep import csv FILE --account {account} --what {what} --from {since} --to {until}",
    ),
    "year-gone-for-good": Sentence(
        "{exchange} no longer tells {stream} of {account} that are this old: from {since} to "
        "{until} they are missing.",
        "Nothing brings them back. No trade and no booking is lost with them.",
    ),
    "year-incomplete": Sentence(
        "The year is not whole. {told}",
        "To lock it as it is, with this written down in it, add --yes.",
    ),
    "year-differs": Sentence(
        "The history of {year} is not as it was locked: {added} rows were added, {changed} "
        "changed, {gone} are gone.",
        "See which: tradekeep lock-year --check. If that is right, lock the year again: the lock "
        "of before is kept.",
    ),
    "year-signature-wrong": Sentence(
        "The signature of the locked year {year} does not fit its manifest ({about}).",
        "Somebody changed one of them. Restore the folder from a snapshot of before.",
    ),
    "year-file-changed": Sentence(
        "In the locked year {year}, the file {about} was changed.",
        "Restore it from a snapshot of before.",
    ),
    "year-file-missing": Sentence(
        "In the locked year {year}, the file {about} is missing.",
        "Restore it from a snapshot of before.",
    ),
    "year-file-added": Sentence(
        "In the locked year {year}, the file {about} was added.",
        "It is not part of what was signed: move it elsewhere.",
    ),
    "year-chain-broken": Sentence(
        "In the locked year {year}, the evidence is no unbroken chain at answer {about}.",
        "Restore the folder from a snapshot of before.",
    ),
    "year-row-unfounded": Sentence(
        "In the locked year {year}, a row rests on answer {about}, which is not there.",
        "Restore the folder from a snapshot of before.",
    ),
    "year-evidence-other": Sentence(
        "The evidence in the archive is not that of the locked year {year}: answer {number} is "
        "another one, or gone.",
        "See what is wrong with it: tradekeep archive verify",
    ),
    "year-key-unknown": Sentence(
        "The locked year {year} was signed by a key that this computer does not know: {key}.",
        "Compare it with the public key on your report of that time. If it is the same, lock the "
        "year again, and this computer’s key signs what is there: the lock of before is kept. If "
        "not, somebody put another year in its place: restore the folder from a snapshot of "
        "before.",
    ),
    "year-lock-missing": Sentence(
        "Lock {known} of the year {year} is missing: {path} is not there.",
        "Restore the folder from a snapshot of before.",
    ),
    "year-stamp-other": Sentence(
        "The time stamp of the locked year {year} is by {authority}; it was by {before}.",
        "Somebody replaced it. Restore the folder from a snapshot of before.",
    ),
    "year-manifest-unreadable": Sentence(
        "The manifest of the locked year in {path} cannot be read.",
        "Restore the folder from a snapshot of before.",
    ),
    "stamp-away": Sentence(
        "No time stamp came from {url}: {reason}.",
        "The year is locked without one. Ask again: tradekeep lock-year YEAR --timestamp URL",
    ),
    "stamp-wrong": Sentence(
        "The time stamp of {url} cannot be trusted: {reason}.",
        "The year is locked without it. Where the service has a root certificate of its own, name "
        "its file with --timestamp-root.",
    ),
    "stamp-root-unreadable": Sentence(
        "The root certificates in {path} cannot be read: {reason}.",
        "Name a file in PEM with --timestamp-root, as the time stamp service publishes it.",
    ),
    "year-stamp-wrong": Sentence(
        "The time stamp of the locked year {year} does not fit its manifest: {reason}.",
        "Restore the folder from a snapshot of before.",
    ),
    "stamp-address": Sentence(
        "“{url}” is not the address of a time stamp service.",
        "It begins with https:// or http://",
    ),
}
