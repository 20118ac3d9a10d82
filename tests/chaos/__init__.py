"""What goes wrong, on purpose: crashes, kills, flipped bits, sleep, and many at once.

Each test has a size for every change, of some seconds, and a full size with a command of its own,
from the checkout's folder:

    .venv/bin/python -m tests.chaos crashes     a crash after every change, with 20 corpora
    .venv/bin/python -m tests.chaos kills       204 rounds of SIGKILL through the command line
    .venv/bin/python -m tests.chaos flips       every bit of a small repository, in turn
    .venv/bin/python -m tests.chaos writers     two writers, stock restic and a prune, five minutes
    .venv/bin/python -m tests.chaos pulls       a pull ends at every transaction, and 60 SIGKILLs
    .venv/bin/python -m tests.chaos retention   1000 random policies compared with stock restic

Random numbers are the same each time; `TRADEKEEP_CHAOS_SEED=N` gives others. What is shown:

- `test_crash_points`, `test_crash_tidying`: the process ends after any change of a place.
- `test_kills`, `test_kills_by_command`: SIGKILL at random moments, to processes with workers.
- `test_pull_crashes`: a pull of an exchange ends at any of its transactions, and by SIGKILL.
- `test_flips`: a single wrong bit, wherever it is.
- `test_sleep`: a laptop sleeps through its lock while somebody else prunes.
- `test_writers`: several programs at work on one repository.
"""
