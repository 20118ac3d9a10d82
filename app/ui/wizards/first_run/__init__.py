"""Setting up: what to protect, where it goes, when, the recovery kit, the first backup.

Invariants:

* Every answer is carried out by a command that a person could type, as soon as its page is left;
  what is so already is not done again, so every page may be taken up again after any ending.
* The recovery key comes through a pipe, is held by `session` alone, and is gone when it is proved.
"""
