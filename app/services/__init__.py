"""The only composition: settings, keys, places, sources and the engine become jobs.

Each job is one function that takes what it needs and a monitor, and returns a report; the command
line runs it, shows it, and records it in the history. Invariants: captured once, mirrored (two
copies never hold two different snapshots of one run); one failing source or copy is a Problem,
not the end; a run has one of four outcomes, and "ok" means that nothing at all went wrong.
"""
