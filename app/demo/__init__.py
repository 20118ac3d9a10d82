"""A sample bot on this computer, and the main job done on it: for trying Tradekeep out, and for
tests that need something alive.

Invariant: it touches nothing but the one folder that it was given, and removes nothing there but
what it made itself.
"""
