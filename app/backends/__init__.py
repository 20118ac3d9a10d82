"""Bytes under (kind, name), at some place; ignorant of what they mean.

Invariants: `save` is atomic, durable and idempotent (a name is a hash of the content, so saving
it twice is harmless); `list` shows only complete files; every error of the place comes out as one
of the errors in `contract`, never as a foreign exception. Which place a user means is decided in
`app.services`; wrappers (retrying, counting, failing on purpose) wrap the contract.
"""
