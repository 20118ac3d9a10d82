"""What goes wrong, on purpose: crashes, kills, flipped bits, sleep, and many at once.

Each test has a size for every change, of some seconds, and a full size with a command of its own
(`tests/chaos/__main__.py`). By default a full run uses the same random numbers each time;
`TRADEKEEP_CHAOS_SEED=N` before a command gives it others.

    python -m tests.chaos crashes   20 corpora; a crash after every operation       (an hour)
    python -m tests.chaos kills     200 rounds of SIGKILL through the command line  (half an hour)
    python -m tests.chaos flips     every bit of a small repository, in turn        (ten minutes)
    python -m tests.chaos writers   two writers, stock restic and a prune at once   (five minutes)
    python -m tests.chaos retention 1000 random policies compared with stock restic (five minutes)

What is shown:

- `test_crash_points`, `test_crash_tidying`: a crash after every change of a place.
- `test_kills`, `test_kills_of_commands`: SIGKILL at random moments, to processes with workers.
- `test_flips`: a single wrong bit, wherever it is.
- `test_sleep`: a laptop that sleeps through its lock while somebody else prunes.
- `test_writers`: several programs at work on one repository.
"""
