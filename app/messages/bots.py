"""Sentences about bots: what runs, what lies beyond their files, what is open."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "bot-database-in-memory": Sentence(
        "{name} keeps its database in memory only, by {where} ({address}).",
        "What it knows of open trades is gone when it stops, and no backup can hold it. Give it a "
        "file, for Freqtrade: --db-url sqlite:////freqtrade/user_data/tradesv3.sqlite",
    ),
    "bot-dump-no-address": Sentence(
        "The .env file in {path} does not say how its database in {what} is reached.",
        "The rest of the bot is saved. If it has no database, nothing is wrong; otherwise give "
        "{prefix}HOST, {prefix}PORT, {prefix}NAME, {prefix}USERNAME and {prefix}PASSWORD there.",
    ),
    "bot-dump-no-program": Sentence(
        "The database of {path} is not saved: pg_dump is not on this computer.",
        "The rest of the bot is saved. Install PostgreSQL's client programs, on Debian with: "
        "apt install postgresql-client",
    ),
    "bot-dump-no-server": Sentence(
        "The database of {path} is not saved: {server} does not answer ({reason}).",
        "The rest of the bot is saved. Start PostgreSQL. If it runs in a container, publish its "
        "port on this computer, in its compose file: ports: [127.0.0.1:5432:5432]",
    ),
    "bot-dump-wrong-password": Sentence(
        "The database of {path} is not saved: {server} does not let {user} in ({reason}).",
        "The rest of the bot is saved. Check the user and the password in the bot's .env file.",
    ),
    "bot-dump-no-database": Sentence(
        "The database of {path} is not saved: there is no {database} at {server} ({reason}).",
        "The rest of the bot is saved. Check the name of the database in the bot's .env file.",
    ),
    "bot-dump-too-new": Sentence(
        "The database of {path} is not saved: the server {server} is of version {newer}, and "
        "pg_dump here of version {older}.",
        "The rest of the bot is saved. Install PostgreSQL's client programs of that version; "
        "the newest pg_dump on this computer is used.",
    ),
    "bot-dump-unwritable": Sentence(
        "The database of {path} is not saved, its copy could not be written: {reason}.",
        "The rest of the bot is saved. Free some space on the disk of Tradekeep's own files, or "
        "leave out the candles: tradekeep source exclude NAME postgresql/candle",
    ),
    "bot-dump-failed": Sentence(
        "The database of {path} is not saved, pg_dump failed at {server}: {reason}.",
        "The rest of the bot is saved. The next backup tries again.",
    ),
    "bot-inside-container": Sentence(
        "{name} keeps {path} inside its container {container} only.",
        "It is gone when the container is made anew, at the next update for example, and no "
        "backup holds it. Mount a folder of this computer there, and copy out first what is in "
        "it: docker cp {container}:{path} .",
    ),
    "bot-is-a-folder": Sentence(
        "{name} is a folder, not a bot.",
        "The bots are listed by: tradekeep bots list",
    ),
    "bot-key-withdraws": Sentence(
        "The key …{tail} of {exchange} in {path} may withdraw money.",
        "A bot never needs that: whoever reads this file could take what is in the account. Make "
        "a key at the exchange that may not withdraw, give it to the bot, and delete this one.",
    ),
    "bot-key-incomplete": Sentence(
        "The exchange could not be asked about the key …{tail} ({exchange}) in {path}.",
        "Its exchange is not known, or a part of the key stands elsewhere. Look up at the exchange "
        "what the key may do.",
    ),
    "bot-key-unanswered": Sentence(
        "{exchange} does not say what the key …{tail} in {path} may do: {reason}.",
        "The key may have run out, or be bound to another computer's address. Look it up at the "
        "exchange.",
    ),
    "bot-mounted-in-memory": Sentence(
        "{name} keeps {path} in memory, by a mount of its container {container}.",
        "It is gone when the container stops, and no backup holds it. Mount a folder of this "
        "computer there, and copy out first what is in it: docker cp {container}:{path} .",
    ),
    "bot-trades-unreadable": Sentence(
        "{path} does not say which trades are open: {reason}.",
        "The database was saved all the same. Ask the bot itself, or the exchange, what is open.",
    ),
}
