"""What this machine is told and keeps to itself: where its files lie, settings, the device key.

Invariants: the settings file belongs to the user: it is refused as a whole while it has mistakes,
which are all named at once with their lines, and a change made by the program leaves every other
byte as it was. The settings hold no secret. A keyring that is locked, absent or denied is an
error of its own; none of them is ever an empty password.
"""
