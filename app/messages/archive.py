"""Sentences about the archive of exchange history. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "archive-none": Sentence(
        "Nothing was ever pulled from an exchange on this computer.",
        "Connect an account: tradekeep exchange add NAME --exchange ID",
    ),
    "export-unwritable": Sentence(
        "{path} could not be written: {reason}.",
        "Choose another file with --out. Nothing that was there was changed.",
    ),
    "export-tax-whole": Sentence(
        "{format} takes one file with everything in it, not {what} alone.",
        "Type: tradekeep export trades --format {format} --out FILE",
    ),
    "export-left-out": Sentence(
        "{count} trades are not in the file: nobody knows the two currencies of their markets any "
        "more. The first is {first}.",
        "Add them by hand: export trades --format csv holds them as the exchange wrote them.",
        one="{count} trade is not in the file: nobody knows the two currencies of its market any "
        "more. It is {first}.",
    ),
    "export-nothing": Sentence(
        "There is nothing to export: no row fits.",
        "The file holds its heading only. See what there is: tradekeep coverage",
    ),
    "export-bad-time": Sentence(
        "“{text}” is not a day or time.",
        "Write 2025-01-01, or 2025-01-01T12:00 with its zone (Z for UTC).",
    ),
    "candles-taken": Sentence(
        "There are candles named {name} already.", "Choose another name with --name."
    ),
    "candles-unknown": Sentence("There are no candles named {name}.", "These are kept: {known}"),
    "no-candles": Sentence(
        "There are no candles yet.",
        "Keep those of a market: tradekeep candles add MARKET TIMEFRAME --exchange ID",
    ),
    "candles-market-near": Sentence(
        "The exchange does not know the market {market}.",
        "Near it are: {near}. If it is new there, fetch the list of markets first: tradekeep pull",
    ),
    "candles-frame-unknown": Sentence(
        "{exchange} has no candles of {timeframe}.", "It has those of: {known}."
    ),
    "candles-none": Sentence(
        "No candles of {name} were fetched yet.", "Fetch them: tradekeep pull"
    ),
    "candles-timeframe": Sentence(
        "“{timeframe}” is not a time frame.",
        "Write a number and m, h, d or w: 1m, 5m, 1h, 4h, 1d.",
    ),
    "candles-no-market": Sentence(
        "The exchange does not know the market {market}.",
        "Write it as BTC/USDT for spot or BTC/USDT:USDT for a perpetual contract.",
    ),
    "candles-failed": Sentence(
        "Candles of {market} could not be asked for: {reason}.",
        "Months that were complete stay as they are; the next run goes on from there.",
    ),
    "candles-damaged": Sentence(
        "The candles in {path} cannot be read: the file is damaged.",
        "Remove it and pull again, or restore it from a snapshot.",
    ),
    "import-not-text": Sentence(
        "The file is not a table in UTF-8 text.",
        "Save it as CSV (UTF-8) from the program that made it.",
    ),
    "import-no-field": Sentence(
        "There is no field {field} in {kind}.",
        "See which there are: tradekeep import csv --help",
    ),
    "import-no-column": Sentence(
        "The file has no column for: {field}.",
        "Say which column it is, for example: --column 'Date(UTC)=datetime' --column Pair=symbol",
    ),
    "import-bad-lines": Sentence(
        "{count} lines were left out. Line {line}: {reason}",
        "Mend them in a copy of the file and import that: what is there already stays as it is.",
        one="{count} line was left out. Line {line}: {reason}",
    ),
    "import-too-large": Sentence(
        "{path} has more than 256 MB.", "Import it in parts, for example a year each."
    ),
    "import-unreadable": Sentence(
        "{path} could not be read: {reason}.", "Check the name of the file and its permissions."
    ),
    "import-which-account": Sentence(
        "There are several accounts named {name}.", "Say which exchange: --exchange ID"
    ),
    "import-kind": Sentence(
        "{what} cannot be imported.",
        "What can: trades, orders, funding, ledger, deposits, withdrawals, transfers.",
    ),
    "archive-newer": Sentence(
        "The archive {path} was written by a newer version of Tradekeep (format {version}).",
        "Update Tradekeep on this computer. Nothing was changed.",
    ),
    "archive-busy": Sentence(
        "The archive {path} is being brought into order by another program ({reason}).",
        "Try again in a minute. Nothing was changed.",
    ),
    "archive-no-room": Sentence(
        "There is no room on the disk to put rows of the archive {path} in order: {reason}.",
        "Make room where temporary files are kept, then try again. The newest rows can be read "
        "meanwhile.",
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
