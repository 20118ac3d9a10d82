"""A stateful sample exchange on localhost: what really happened (`world`), a server that answers
in an exchange's own wire format (`server`, and one module a format), and faults on demand.

It is stricter than the real ones: windows, page sizes, order, cursors, retention and signatures
are enforced, and anything that it does not know is refused. Nothing here may be used by the
puller; they share no code, so that a mistake cannot cancel itself out.
"""
