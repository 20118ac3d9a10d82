"""Looking at the archive: what a window asks of it, answered from a connection that only reads.

Nothing here writes, and nothing needs a repository or a key. Money stays text; only what becomes
a pixel, or an order of rows, is ever a float, and that is SQLite's business.
"""
