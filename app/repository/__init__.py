"""The restic format, version 2: keys, packs, index, trees, snapshots, locks, and what is done with
them: backing up, restoring, checking, mirroring.

It knows no exchange, no settings and no Qt. Invariants: packs are durable before the index that
lists them, the index before the snapshot that needs it; nothing is believed before its hash is
compared; whatever stops a run, every older snapshot stays restorable; a problem with one file is
told and the run goes on.
"""
