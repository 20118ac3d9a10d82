"""Sentences about bots: what runs, what lies beyond their files, what is open."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "bot-database-in-memory": Sentence(
        "{name} keeps its database in memory only, by {where} ({address}).",
        "What it knows of open trades is gone when it stops, and no backup can hold it. Give it a "
        "file, for Freqtrade: --db-url sqlite:////freqtrade/user_data/tradesv3.sqlite",
    ),
    "bot-inside-container": Sentence(
        "{name} keeps {path} inside its container {container} only.",
        "It is gone when the container is made anew, at the next update for example, and no "
        "backup holds it. Mount a folder of this computer there, and copy out first what is in "
        "it: docker cp {container}:{path} .",
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
