"""Tradekeep: a trader's history, bots and settings, encrypted, in three copies, proven."""

__version__ = "0.1.0"
