"""Sentences about taking a bot back to an earlier snapshot. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "rollback-no-bot": Sentence(
        "“{name}” is no bot but a folder.",
        "A folder is restored, not rolled back: tradekeep restore SNAPSHOT --in-place",
    ),
    "rollback-not-in-snapshot": Sentence(
        "The snapshot {snapshot} does not hold the bot “{name}” at {path}.",
        "See which ones do: tradekeep snapshots --path {path}",
    ),
    "rollback-no-undo": Sentence(
        "There is no rollback of “{name}” to undo.",
        "Choose a snapshot instead: tradekeep snapshots",
    ),
    "known-good-none": Sentence(
        "No snapshot is called known-good for “{name}”.", "See them: tradekeep known-good list"
    ),
    "snapshot-is-known-good": Sentence(
        "The snapshot {snapshot} is the last known-good one of “{name}”, so it stays.",
        "Call another one known-good first, or clear it: tradekeep known-good clear {name}",
    ),
    "rollback-busy": Sentence(
        "A rollback is at work on this computer already.", "Wait until it has ended."
    ),
    "rollback-at-work": Sentence(
        "“{name}” is running, so it was not rolled back.",
        "{signs} Nothing was changed. Stop the bot, then roll back again.",
    ),
    "rollback-sign-process": Sentence("The program {name} (process {pid}) works in its folder."),
    "rollback-sign-database": Sentence("A program has the database {name} open."),
    "rollback-sign-container": Sentence("The container {name} has its folder."),
    "rollback-mounted": Sentence(
        "{path} is a file system of its own, or holds one, and cannot change places as a whole.",
        "Nothing was changed. Stop the bot and restore into it: tradekeep restore SNAPSHOT "
        "--in-place --overwrite if-changed",
    ),
    "rollback-holds-place": Sentence(
        "{path} holds {place}, which Tradekeep needs itself.",
        "Nothing was changed. Move it out of the bot's folder first.",
    ),
    "rollback-folder-gone": Sentence(
        "The bot's folder {path} is not there.",
        "There is nothing to roll back. Restore it: tradekeep restore SNAPSHOT --in-place",
    ),
    "rollback-undo-incomplete": Sentence(
        "What “{name}” is now could not be saved as a whole, so it was not rolled back.",
        "The problems say why. Nothing was changed.",
    ),
    "rollback-not-whole": Sentence(
        "The snapshot {snapshot} cannot bring “{name}” back as a whole, so it was not rolled back.",
        "The problems say why. Nothing was changed. Try another snapshot, or repair: tradekeep "
        "repair",
    ),
    "rollback-changed": Sentence(
        "Something changed in the folder of “{name}” while it was being rolled back.",
        "Nothing was changed by the rollback. Stop what writes there, then roll back again.",
    ),
    "rollback-no-place": Sentence(
        "The new folder cannot be made beside {path}: {reason}.",
        "Nothing was changed. The folder above it must be writable.",
    ),
    "rollback-in-the-way": Sentence(
        "What the source leaves out of {path} could not be kept: {reason}.",
        "Nothing was changed.",
    ),
    "rollback-no-swap": Sentence(
        "{path} could not change places with the new folder: {reason}.",
        "Roll back again: what was begun is brought to an end first.",
    ),
    "rollback-not-cleared": Sentence(
        "What a rollback left in {path} could not be removed: {reason}.",
        "The bot is whole. Roll back again, or remove that folder yourself.",
    ),
    "rollback-note-broken": Sentence(
        "The note about a rollback in {path} cannot be read: {reason}.",
        "Nothing was changed. Look at the bot's folder, then remove the note.",
    ),
    "rollback-lost": Sentence(
        "Somebody else has replaced {path} since a rollback was broken off.",
        "Nothing was changed. The bot as it was may lie in {work}: look there first.",
    ),
    "rollback-healed-old": Sentence(
        "An earlier rollback to {snapshot} was broken off. The bot was as before it.",
        "Begin again: tradekeep rollback {name} {snapshot} --yes",
    ),
    "rollback-healed-new": Sentence(
        "An earlier rollback to {snapshot} was broken off when the bot was back already.",
        "Undo it: tradekeep rollback {name} --undo --yes",
    ),
    "rollback-paper-failed": Sentence(
        "{path} does not say whether the bot trades on paper, or cannot be written.",
        "Look at it before you start the bot.",
    ),
    "rollback-never-positions": Sentence(
        "The exchange never told the positions of {account}: look there yourself."
    ),
    "rollback-never-orders": Sentence(
        "The exchange never told all orders of {account}: look there yourself."
    ),
    "rollback-never-balances": Sentence(
        "The exchange never told the balances of {account}: look there yourself."
    ),
    "rollback-old-positions": Sentence(
        "The positions of {account} are those of {time}: the exchange told none since."
    ),
    "rollback-old-orders": Sentence(
        "The orders of {account} are those of {time}: the exchange did not tell all of them since."
    ),
    "rollback-old-balances": Sentence(
        "The balances of {account} are those of {time}: the exchange told none since."
    ),
    "rollback-position-gone": Sentence(
        "The bot believes in a position of {bot} {pair}; the exchange has none."
    ),
    "rollback-position-unknown": Sentence(
        "The exchange has a position of {exchange} {pair}; the bot knows nothing of it."
    ),
    "rollback-position-differs": Sentence(
        "The bot believes in a position of {bot} {pair}; at the exchange it is {exchange}."
    ),
    "rollback-balance-short": Sentence(
        "The bot's open trades are {bot} {currency}; the exchange holds {exchange}."
    ),
    "rollback-order-gone": Sentence(
        "The bot waits for order {order} ({side} {amount} {pair}); at the exchange it is not open."
    ),
    "rollback-order-unknown": Sentence(
        "Order {order} ({side} {amount} {pair}) is open at the exchange; the bot does not know it."
    ),
}
