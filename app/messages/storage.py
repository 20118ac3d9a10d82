"""Sentences about places (backends): away, full, refusing, failing. See `app.messages`.

Every sentence gets {place} (how a person names the place), {file} (a file or folder below it;
the place itself where nothing smaller is meant) and {reason} (the system's own words; may be "").
"""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "file-not-there": Sentence(
        "There is no file {file} at {place}.",
        "Another program may have removed it. If it is needed, another copy may still have it.",
    ),
    "place-away": Sentence(
        "The place {place} is not there now.",
        "Connect the drive or the network, or check the path, and start again. "
        "What was saved there is complete.",
    ),
    "place-full": Sentence(
        "There is no space left at {place}.",
        "Make room there, or use a larger place, and start again: it goes on from what was saved. "
        "Earlier snapshots are not affected.",
    ),
    "place-file-too-large": Sentence(
        "The place {place} cannot take a file as large as {file}.",
        "Its file system, or a limit of this account, is too small for it. Use a drive that is "
        "formatted for large files. Earlier snapshots are not affected.",
    ),
    "place-read-only": Sentence(
        "The place {place} can only be read, not written to.",
        "Check the drive's lock switch and how it is mounted. A drive with errors is set to "
        "read-only by the system: then copy what is on it to another one first.",
    ),
    "place-denied": Sentence(
        "The place {place} refuses access to {file}: {reason}.",
        "Check that this user may read and write there. Files that another user or root has "
        "made must be given to this user first.",
    ),
    "place-not-a-folder": Sentence(
        "The place {place} is not a folder that can hold a repository ({file}: {reason}).",
        "Something else has a name that a folder needs. Check the path, or move it away.",
    ),
    "place-not-a-file": Sentence(
        "At {place} there is something else where the file {file} should be.",
        "Look what it is and move it away. Another copy may have the file itself.",
    ),
    "place-busy": Sentence(
        "The system refuses to open more files while working at {place}: {reason}.",
        "Close other programs and start again; it goes on from what was saved.",
    ),
    "place-address": Sentence(
        "The address {place} cannot be used: it must begin with https and hold no password.",
        "Without encryption (http) only this computer itself can be reached. User and password "
        "are entered apart from the address.",
    ),
    "place-no-bucket": Sentence(
        "There is no such bucket: {place} ({reason}).",
        "Check the bucket's name, the region and the address, or make the bucket there first.",
    ),
    "place-key-refused": Sentence(
        "The place {place} does not accept the key or password ({reason}).",
        "Enter it anew. It may have been replaced or have expired there; for a bucket, check the "
        "region too.",
    ),
    "place-clock": Sentence(
        "The place {place} refuses everything, because its clock and this computer's differ "
        "({reason}).",
        "Have this computer's clock set from the network, and start again.",
    ),
    "place-keeps": Sentence(
        "The place {place} does not let {file} be removed: {reason}.",
        "Its rules, or an object lock, keep files from being removed with this key. Backups go on "
        "there; what should have been removed stays and takes up room. Remove it with a key that "
        "may.",
    ),
    "place-unproven": Sentence(
        "Whatever answers at {place} cannot prove that it is that place ({reason}).",
        "Nothing was sent. In a hotel or café, sign in to the network first; else check the "
        "address and this computer's clock.",
    ),
    "place-broken": Sentence(
        "The place {place} answers with an error ({file}: {reason}).",
        "Start again; it goes on from what was saved. If it happens again, the drive, its cable "
        "or the connection may be failing: check it with: tradekeep verify --read-data",
    ),
}
