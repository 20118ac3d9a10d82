"""Packages tried as a person does: on a system that has nothing, until it has nothing again.

`python -m tests.packaging.trial wheel|deb|folder`. Needs the network, root and a few minutes, so it
is no part of the default suite.
"""
