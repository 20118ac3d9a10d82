"""A tree whose nodes are parsed one by one, as they are asked for.

Whoever wants one file of a folder of 100,000, or those of its nodes that differ from another
state's, need not wait for the rest: that takes a quarter of the time of `tree.parse_tree`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from app.repository.listing import Named, checked_names
from app.repository.tree import BadTree, Node, parse_node, raw_nodes

_NODE = 250  # bytes of memory of a node beside its JSON, about


class _Names(msgspec.Struct):
    nodes: list[Named] | None


_NAMES = msgspec.json.Decoder(_Names)


def _as_it_is(error: BadTree) -> Exception:
    return error


class Nodes:
    """See the module. Names are checked at once as by `parse_tree`, all else of a node when it is
    parsed; `wrong` makes what is raised then. To be iterated for its names, in its order."""

    def __init__(self, raw: bytes, wrong: Callable[[BadTree], Exception] = _as_it_is) -> None:
        """Raises `BadTree`."""
        try:
            texts = checked_names(_NAMES.decode(raw).nodes or ())
            self._parts = raw_nodes(raw)
            self._places = {
                text.encode("utf-8", "surrogateescape"): at for at, text in enumerate(texts)
            }
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise BadTree(str(error)) from error
        self._wrong = wrong
        self.cost = len(raw) + _NODE * len(texts)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._places)

    def find(self, name: bytes) -> Node | None:
        """The node of a name."""
        part = self.written(name)
        if part is None:
            return None
        try:
            return parse_node(bytes(part))
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise self._wrong(BadTree(str(error))) from error

    def written(self, name: bytes) -> msgspec.Raw | None:
        """Its JSON. What is written alike is alike, but not the other way round."""
        at = self._places.get(name)
        return None if at is None else self._parts[at]
