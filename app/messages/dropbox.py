"""Sentences about copies in Dropbox; what all places have in common is in `storage`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "dropbox-sign-in": Sentence(
        "Dropbox does not accept the sign-in for {place} any more.",
        "Sign in to Dropbox again, with: tradekeep copy sign-in. A sign-in ends when it is taken "
        "back on Dropbox's page of connected apps, for example. What was saved there is complete.",
    ),
    "dropbox-permission": Sentence(
        "The Dropbox app behind {place} lacks a permission: {reason}.",
        "Give the app this permission in the Dropbox App Console, then sign in again, with: "
        "tradekeep copy sign-in",
    ),
    "dropbox-busy": Sentence(
        "Dropbox takes nothing more at {place} for the moment.",
        "Too much is written to this account at once. Start again in a few minutes; it goes on "
        "from what was saved.",
    ),
    "dropbox-not-itself": Sentence(
        "Something else answers in the place of Dropbox ({place}: {reason}).",
        "A network that asks you to sign in, or a proxy, stands in between, or this computer's "
        "clock is wrong. Open any page in the browser and sign in to the network, or use another "
        "one, and start again.",
    ),
    "dropbox-folder-gone": Sentence(
        "There is no folder for {place} in Dropbox.",
        "Somebody may have deleted or moved it. Dropbox keeps what was deleted for at least 30 "
        "days. Bring it back from there: tradekeep copy recover NAME",
    ),
    "recover-no-versions": Sentence(
        "{place} keeps nothing of what was overwritten or deleted there.",
        "That is for copies in Dropbox. Others are mended from here, with: tradekeep copy sync",
    ),
    "recover-lost": Sentence(
        "{count} files could not be brought back: {place} has nothing sound of them any more.",
        "What is on this computer is sent again by: tradekeep copy sync",
        one="{count} file could not be brought back: {place} has nothing sound of it any more.",
    ),
    "recover-nothing-here": Sentence(
        "This computer has no repository that says what belongs to {place}.",
        "To bring back all that was ever deleted there, add --everything.",
    ),
    "dropbox-code": Sentence(
        "Dropbox does not accept this code.",
        "A code works once and for a few minutes. Open the address again, and enter the whole "
        "code that Dropbox shows.",
    ),
    "dropbox-no-app-key": Sentence(
        "Tradekeep needs an app key of Dropbox, and has none.",
        "At dropbox.com/developers/apps choose “Create app”, “Scoped access” and “App folder”. "
        "Under “Permissions” tick account_info.read, files.metadata.read, files.content.read and "
        "files.content.write, and submit. Then enter the “App key” from “Settings” here, or: "
        "tradekeep copy dropbox-app KEY",
    ),
}
