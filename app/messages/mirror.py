"""Sentences about mirroring a repository to a copy. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "mirror-other-repository": Sentence(
        "Another repository is at {place}.",
        "Nothing was changed there. Choose an empty folder for this copy.",
    ),
    "mirror-foreign-files": Sentence(
        "The folder {place} is not empty and holds no repository (it has {file}, for example).",
        "Nothing was changed there. Choose an empty folder for this copy.",
    ),
    "mirror-no-space": Sentence(
        "There is not enough space at {place}: {missing} more are needed.",
        "This copy lacks {needed}, and {free} are free. Make room there, or use a larger place. "
        "What is on the copy already stays usable.",
    ),
    "mirror-not-kept": Sentence(
        "The place {place} did not keep what was written to it ({file} reads back differently).",
        "The drive or its cable may be failing. Earlier snapshots on it were not touched; "
        "check it with: tradekeep verify --read-data — and use another drive.",
    ),
    "mirror-source-changed": Sentence(
        "The repository at {place} was tidied again and again while it was being copied.",
        "Nothing is lost. Start again when no other program is working on it.",
    ),
    "mirror-source-damaged": Sentence(
        "The file {file} at {place} is damaged and was not copied.",
        "Copies keep what they have. Run: tradekeep verify --read-data — "
        "it names the files and snapshots that are affected.",
    ),
    "mirror-source-unreadable": Sentence(
        "The file {file} at {place} could not be read and was not copied: {reason}",
        "The next run tries again. If it stays, check the drive with: tradekeep verify --read-data",
    ),
}
