"""Places that hold copies: which one is which, whether it is there, how it is marked.

Invariants: a copy is known by its id, never by a path or a drive letter alone; a folder without
its marker is never written to.
"""
