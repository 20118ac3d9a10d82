"""Sentences about restoring. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "password-twice": Sentence(
        "A password was announced twice.", "Give either --password-file or --password-stdin."
    ),
    "password-stdin-bad": Sentence(
        "There is no key in the first line of standard input.",
        "The first line is the recovery key or a password, as text.",
    ),
    "choice-stdin-bad": Sentence(
        "The paths to restore were not understood: {reason}.",
        "They are one line of JSON on standard input with the lists “include” and “exclude”.",
    ),
    "restore-target": Sentence(
        "The folder {path} cannot be restored to: {reason}.",
        "Choose another folder with --target.",
    ),
    "restore-no-space": Sentence(
        "There is not enough room at {path}: {needed} are needed, {free} are free.",
        "Nothing was restored. Make room there, choose a larger place, or restore less with "
        "--include.",
    ),
    "restore-full": Sentence(
        "The disk at {path} is full.",
        "What was restored so far is complete. Make room and start again: files that are there "
        "already are not written twice.",
    ),
    "restore-file-failed": Sentence(
        "{path} could not be restored: {reason}.",
        "Everything else was restored. Restore this one to another folder.",
    ),
    "restore-same-name": Sentence(
        "{path} was not restored: the place that you restore to takes its name for another one's.",
        "They differ in capital letters or accents. Everything else was restored. Restore this one "
        "to another folder.",
    ),
    "restore-file-lost": Sentence(
        "{path} cannot be restored from here: {reason}",
        "Restore it from another copy, or from an older snapshot.",
    ),
    "restore-link-lost": Sentence(
        "{path} is another name of a file that could not be restored.",
        "Restore both from another copy, or from an older snapshot.",
    ),
    "restore-size-differs": Sentence(
        "{path} has {size} bytes, though its snapshot says {expected}.",
        "It was restored as its content is. Whoever wrote the snapshot recorded another size.",
    ),
    "restore-in-the-way": Sentence(
        "{path} was not restored: a folder of that name is in its place.",
        "Nothing was removed. Move the folder away, or restore to another place.",
    ),
    "restore-folder-in-the-way": Sentence(
        "Nothing below {path} was restored: in its place is a file or a link.",
        "Links are not followed, for safety. Move it away, or restore to another place.",
    ),
    "restore-journal-left": Sentence(
        "{path} was left out: it belongs to a database that stays as it is.",
        "To get the database of the snapshot with its journal, restore both to another folder.",
    ),
    "restore-no-owner": Sentence(
        "The owner could not be set on {count} files and folders ({path}, for example): {reason}.",
        "Their contents are right. They belong to whoever restored them.",
        one="The owner could not be set on {count} file or folder ({path}): {reason}.",
    ),
    "restore-no-permissions": Sentence(
        "Permissions could not be set on {count} files and folders ({path}, for example): "
        "{reason}.",
        "Their contents are right. Drives formatted for Windows know no permissions.",
        one="Permissions could not be set on {count} file or folder ({path}): {reason}.",
    ),
    "restore-no-time": Sentence(
        "The time could not be set on {count} files and folders ({path}, for example): {reason}.",
        "Their contents are right; they carry the time of the restore.",
        one="The time could not be set on {count} file or folder ({path}): {reason}.",
    ),
    "restore-no-attributes": Sentence(
        "Extended attributes could not be set on {count} files and folders ({path}, for "
        "example): {reason}.",
        "Their contents are right. Restore to a file system that has attributes to get these too.",
        one="Extended attributes could not be set on {count} file or folder ({path}): {reason}.",
    ),
    "folder-lost": Sentence(
        "What lies in {path} cannot be listed: {reason}",
        "Another copy, or an older snapshot, may still have it.",
    ),
    "folder-too-deep": Sentence(
        "{path} is nested deeper than any computer works with.",
        "What lies below it was left out. This repository may not have been written honestly.",
    ),
}
