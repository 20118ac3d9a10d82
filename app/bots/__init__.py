"""Which trading bots live here, which of their files matter, and what brings them back.

Invariants: nothing of a bot is ever executed or changed; of the system's programs crontab, docker
or podman, and pg_dump are asked, each for a bounded time. Searches are bounded in depth, time and
number of names, follow no link and wait for no network. Nothing is left out of a bot's folder
because of what is known about its kind, unless the user asks for it. What a capsule records holds
no environment value and no password (the files themselves, encrypted, do). Live databases are read
by hot copies and dumps only.
"""
