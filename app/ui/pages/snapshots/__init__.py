"""The Snapshots page: all snapshots by day, their folders, and one file beside what it was."""
