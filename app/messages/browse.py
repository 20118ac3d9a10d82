"""Sentences about looking into snapshots: the reading child, and mounting. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
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
    "path-is-no-file": Sentence("{path} is not a file.", "Only files can be looked into."),
    "snapshot-gone": Sentence(
        "Snapshot {snapshot} was removed while it was being read.",
        "Nothing is damaged: another program removed it on purpose. Choose another snapshot.",
    ),
}
