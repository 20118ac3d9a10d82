"""Sentences about exchange accounts, their secrets, pulls and the archive. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

_SEALED: dict[str, Sentence] = {
    "sealed-other-key": Sentence(
        "The secrets in {path} were sealed with another device key than this computer's.",
        "They cannot be read here. If the key was replaced or the file comes from another "
        "computer, move the file away and give each account its key again: "
        "tradekeep exchange key NAME",
    ),
    "sealed-damaged": Sentence(
        "The sealed file {path} with the secrets of exchange accounts is damaged.",
        "It was not touched. Move it away and give each account its key again: "
        "tradekeep exchange key NAME. What was archived is not affected; check the disk.",
    ),
    "sealed-newer": Sentence(
        "A newer Tradekeep wrote the sealed file {path} (version {version}).",
        "It was not touched. Install that version here, too.",
    ),
    "sealed-mismatch": Sentence(
        "The secrets that were written to {path} do not read back as they were written.",
        "Do not rely on them. Check the disk, then give each account its key again: "
        "tradekeep exchange key NAME",
    ),
    "sealed-unreadable": Sentence(
        "The sealed file {path} with the secrets of exchange accounts could not be read: {reason}.",
        "Check the file and its permissions.",
    ),
    "sealed-unwritable": Sentence(
        "The secrets could not be written to {path}: {reason}.",
        "Nothing was added. Check the folder, its permissions and the free space.",
    ),
}

_ACCOUNTS: dict[str, Sentence] = {
    "exchange-taken": Sentence(
        "There is already an exchange account called {name}.",
        "Choose another name (upper and lower case count as the same). To give that account "
        "another API key: tradekeep exchange key {name}",
    ),
    "exchange-unknown": Sentence(
        "There is no exchange account called {name}.", "There are: {known}."
    ),
}

SENTENCES: dict[str, Sentence] = {**_SEALED, **_ACCOUNTS}
