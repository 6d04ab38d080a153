"""Putting copies of one picture into groups, the best one of each first."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ashim_utilities.likeness.hashing import Hash, differs_in_colour, distances

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray


class Member(NamedTuple):
    """A picture of a group.

    place: among all, the best first. distance: from the best of the group, 0 to 64.
    """

    place: int
    distance: float


def groups(hashes: Sequence[Hash], threshold: float) -> list[list[Member]]:
    """Group pictures that are no further than a threshold from the best of their group.

    hashes: the best pictures first. Only groups of two and more are given.
    """
    found = []
    free = set(range(len(hashes)))
    near = _Neighbours(hashes)
    for index in range(len(hashes)):
        if index not in free:
            continue
        free.discard(index)
        members = sorted(
            (member for member in near.of(index, threshold) if member.place in free),
            key=lambda member: (member.distance, member.place),
        )
        free -= {member.place for member in members}
        if members:
            found.append([Member(index, 0.0), *members])
    return found


class _Neighbours:
    """Finds near pictures without comparing each with all others.

    Two hashes of which so many bits are set differ in at least as many as these numbers do: only
    pictures are compared of which some part has about as many as the whole of the other.
    """

    def __init__(self, hashes: Sequence[Hash]) -> None:
        import numpy

        self._hashes = hashes
        self._parts = numpy.stack([one.parts for one in hashes])
        self._set = numpy.bitwise_count(self._parts).sum(axis=2, dtype=int)
        self._least, self._most = self._set.min(axis=1), self._set.max(axis=1)
        self._order = self._set[:, 0].argsort(kind="stable")
        self._sorted = self._set[self._order, 0]
        self._reach = int((self._most - self._least).max())

    def of(self, index: int, threshold: float) -> Iterator[Member]:
        """Give all pictures within a threshold of one, but not that one itself."""
        candidates = self._candidates(index, threshold)
        one = self._hashes[index]
        found = distances(one, self._parts[candidates])
        for other, distance in zip(candidates.tolist(), found.tolist(), strict=True):
            alike = distance <= threshold and not differs_in_colour(one, self._hashes[other])
            if alike and other != index:
                yield Member(other, distance)

    def _candidates(self, index: int, threshold: float) -> "NDArray[numpy.intp]":
        """Give those whose number of bits doesn't rule them out."""
        room = 2 * threshold + self._reach
        bits = self._set[index, 0]
        begin, end = self._sorted.searchsorted([bits - room, bits + room + 1])
        found: NDArray[numpy.intp] = self._order[begin:end]
        return found
