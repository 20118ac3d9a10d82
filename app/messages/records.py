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
}
