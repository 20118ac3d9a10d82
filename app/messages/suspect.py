"""Sentences about backups that look like the work of ransomware. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "suspect-backup": Sentence(
        "This looks like somebody encrypted your files, such as: {examples}.",
        "Nothing is removed here or at a copy until you decide. Was it you: tradekeep suspect "
        "dismiss {snapshot} — if not: tradekeep suspect keep {snapshot}",
    ),
    "suspect-frozen": Sentence(
        "Nothing is removed: a backup looks like somebody encrypted your files.",
        "See what was found, and decide: tradekeep suspect list",
    ),
    "suspect-unusable": Sentence(
        "What was found suspect cannot be kept or read in {path}: {reason}.",
        "Nothing is removed while nobody knows. Check the disk and the folder's rights.",
    ),
    "suspect-unknown": Sentence(
        "“{snapshot}” names no suspect snapshot, or several.",
        "See them: tradekeep suspect list — all of them are meant by: all",
    ),
    "suspect-restored": Sentence(
        "The backup {snapshot} looks as if somebody had encrypted the files before it was taken.",
        "Encrypted files come back encrypted. The last one before it that does not look so is "
        "{clean}.",
    ),
    "suspect-restored-only": Sentence(
        "The backup {snapshot} looks as if somebody had encrypted the files before it was taken.",
        "Encrypted files come back encrypted. This place holds no older one that does not look so.",
    ),
    "suspect-encrypted": Sentence(
        "{count} files that were readable look encrypted now.",
        one="{count} file that was readable looks encrypted now.",
    ),
    "suspect-lost": Sentence(
        "{count} databases, pictures or archives are none any more.",
        one="{count} database, picture or archive is none any more.",
    ),
    "suspect-swapped": Sentence(
        "{count} files that look encrypted came where others vanished.",
        one="{count} file that looks encrypted came where others vanished.",
    ),
    "suspect-notes": Sentence(
        "What reads like a ransom note came into {count} folders.",
        one="What reads like a ransom note came into {count} folder.",
    ),
}
