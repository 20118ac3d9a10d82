"""Sentences about the repository: keys, locks, damage, versions. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "repository-missing": Sentence(
        "There is no repository at {place}.",
        "Check the path. A new repository is made with: tradekeep init --repository PATH",
    ),
    "repository-config-missing": Sentence(
        "The repository at {place} has lost its file “config”.",
        "If it is this computer's, run: tradekeep repair — it takes that file from a copy, or "
        "makes it anew. If it is a copy of that, sync it: tradekeep copy sync. Elsewhere, take the "
        "file from another copy of this repository; it is the same everywhere.",
    ),
    "repository-exists": Sentence(
        "There is already a repository at {place}.",
        "Use it with: tradekeep init --join PLACE. Or choose an empty folder for a new one.",
    ),
    "repository-place-keeps": Sentence(
        "The place {place} does not let files be removed: {reason}.",
        "A repository needs that for its locks. Use a key that may remove files, or make this "
        "place a copy, from which nothing is ever removed.",
    ),
    "repository-not-remote": Sentence(
        "The repository at {path} is not behind a network.",
        "Leave out --limit, --off-site and --at-home.",
    ),
    "join-where": Sentence(
        "Which repository is this computer to join?",
        "Name the place: tradekeep init --join PLACE",
    ),
    "join-makes-no-key": Sentence(
        "Joining a repository makes no recovery key.",
        "The one that was printed for it opens it for every computer. Leave out --recovery-out.",
    ),
    "repository-too-new": Sentence(
        "The repository at {place} has format version {version}; this program knows up to 2.",
        "Install the newest Tradekeep (or restic) to read it. Nothing was changed.",
    ),
    "repository-config-damaged": Sentence(
        "The file “config” of the repository at {place} is damaged.",
        "If it is this computer's, run: tradekeep repair — it takes that file from a copy, or "
        "makes it anew. If it is a copy of that, sync it: tradekeep copy sync. Elsewhere, take the "
        "file from another copy of this repository; it is the same everywhere.",
    ),
    "repository-file-damaged": Sentence(
        "The file {file} at {place} is damaged.",
        "Other files are not affected. Another copy may still have it: connect it and run: "
        "tradekeep repair",
    ),
    "index-damaged": Sentence(
        "The index file {file} at {place} is damaged and was set aside.",
        "What only it lists cannot be found for now, but the data is still there. Run: "
        "tradekeep repair",
    ),
    "blob-missing": Sentence(
        "A piece of data ({blob}) is not in the repository at {place}.",
        "Run: tradekeep verify — it names the files and snapshots that need it. "
        "Another copy may still have it.",
    ),
    "blob-unreadable": Sentence(
        "A piece of data ({blob}) could not be read from the drive at {place}.",
        "The drive may be failing. Another copy may still have it.",
    ),
    "blob-damaged": Sentence(
        "A piece of data ({blob}) in {file} at {place} is damaged.",
        "Run: tradekeep verify --read-data — it names everything that is affected. "
        "Another copy may still have it.",
    ),
    "tree-damaged": Sentence(
        "A folder's list ({blob}) at {place} cannot be read: {reason}.",
        "Files in that folder cannot be restored from this copy; another copy may still have it.",
    ),
    "key-wrong": Sentence(
        "This key does not open the repository at {place}.",
        "Check that it belongs to this repository, and that it is typed completely. A file with "
        "another key, the recovery key for example, is named with: --password-file FILE",
    ),
    "key-none": Sentence(
        "The repository at {place} has no key files.",
        "Copy the folder “keys” from another copy of this repository.",
    ),
    "key-file-damaged": Sentence(
        "The key file {key} at {place} is damaged or asks for too much memory.",
        "No other key file opens with this key. With a copy connected, run: tradekeep repair — it "
        "takes that file from there. Or use another key, the printed recovery key for example.",
    ),
    "key-not-found": Sentence(
        "There is no key {key} in this repository.", "Run: tradekeep key list"
    ),
    "key-ambiguous": Sentence(
        "More than one key begins with {key}.", "Give more characters of the key's id."
    ),
    "key-last": Sentence(
        "This is the key that is in use, or the last one, and cannot be removed.",
        "Open the repository with another key, and remove this one then.",
    ),
    "key-last-printed": Sentence(
        "This is the last key that is not kept by a computer, and cannot be removed.",
        "Make another one first: tradekeep key add --recovery-out FILE",
    ),
    "copying-snapshot-incomplete": Sentence(
        "Snapshot {snapshot} at {place} is not whole and was not copied.",
        "Run: tradekeep repair — it fetches what is missing from the copies that have it.",
    ),
    "rekey-same": Sentence(
        "{path} is the same repository.", "Choose an empty folder for the one with the new key."
    ),
    "rekey-needs-key": Sentence(
        "There is a repository at {place}, and no key for it in {path}.",
        "To go on with it, name the file with its recovery key; or choose an empty folder.",
    ),
    "recovery-key-which": Sentence(
        "The repository has {count} keys that look like recovery keys; one has to be named.",
        "Run: tradekeep key list — and name it with --replaces ID.",
    ),
    "recovery-out-needed": Sentence(
        "A new recovery key is not put into JSON lines, which programs may keep.",
        "Name a file for it with --recovery-out, or ask for an event of its own with "
        "--recovery-stdout.",
    ),
    "recovery-out-twice": Sentence(
        "The recovery key can go into a file or to standard output, not to both.",
        "Leave out --recovery-out or --recovery-stdout.",
    ),
    "recovery-key-which-way": Sentence(
        "Either one key is named or all unproved ones are meant, not both.",
        "Leave out --replaces or --unproved.",
    ),
    "proof-other-key": Sentence(
        "This opens the repository, but it is not a recovery key.",
        "Type the recovery key from its paper: nine groups of four letters and digits.",
    ),
    "key-stdin-empty": Sentence(
        "No key came in on standard input.", "Give it as the first line, followed by a line end."
    ),
    "machine-unknown": Sentence(
        "No device key was made on {host}.",
        "Machines with a device key: {known}. A recovery key is removed with: tradekeep key remove",
    ),
    "machine-in-use": Sentence(
        "The key that is in use was made on {host}.",
        "To shut this machine out, do it from another one, or with the recovery key: "
        "--password-file FILE",
    ),
    "key-too-many": Sentence(
        "The repository already has {count} keys; more would make it slow to open.",
        "Remove a key that is no longer used: tradekeep key list, tradekeep key remove ID",
    ),
    "recovery-key-group": Sentence(
        "Group {group} of the recovery key is not right.",
        "Compare it with the printed key; the other groups before it are right.",
    ),
    "recovery-key-length": Sentence(
        "The recovery key has {expected} characters; {typed} were typed.",
        "Compare it with the printed key: nine groups of four.",
    ),
    "locked": Sentence(
        "The repository at {place} is in use by {user} on {host} (process {pid}) since {since}.",
        "Wait until that is done and try again. If that computer is gone for good, the lock "
        "expires by itself after 30 minutes.",
    ),
    "lock-unreadable": Sentence(
        "The repository at {place} holds a lock that cannot be read ({file}).",
        "Try again in a minute. If it stays, and no other program or computer works on this "
        "repository, delete that file: it holds no data.",
    ),
    "lock-lost": Sentence(
        "Our lock at {place} disappeared while we were working.",
        "Somebody removed it, or this computer slept too long. Nothing is lost: "
        "start again, and it goes on from what was saved.",
    ),
    "worker-died": Sentence(
        "A worker process ended unexpectedly, perhaps because memory ran out.",
        "Nothing is lost. Close other programs and start again; it goes on from what was saved.",
    ),
    "snapshot-not-found": Sentence(
        "There is no snapshot {snapshot} at {place}.", "Run: tradekeep snapshots"
    ),
    "snapshot-ambiguous": Sentence(
        "More than one snapshot begins with {snapshot}.", "Give more characters of its id."
    ),
    "snapshot-none": Sentence(
        "No snapshot at {place} fits.",
        "Run: tradekeep snapshots — and check --host, --tag and --path.",
    ),
    "path-in-no-snapshot": Sentence(
        "No snapshot has {path}.",
        "Find names in all snapshots with: tradekeep find NAME — deleted files too.",
    ),
    "snapshot-path-missing": Sentence(
        "There is no {path} in snapshot {snapshot}.", "Run: tradekeep ls {snapshot}"
    ),
}
