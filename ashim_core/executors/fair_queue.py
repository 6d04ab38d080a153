"""A queue in which everybody gets their turn, however much one of them has put into it."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")


class FairQueue(Generic[ItemT]):
    """A line for every owner, and the owners take turns.

    Putting and getting take the same time however long the lines are. Not safe to use from several
    threads at once: who shares it holds a lock.
    """

    def __init__(self) -> None:
        # The owner whose turn is next comes first. An OrderedDict, since a plain one gets slower
        # at finding its first key the more have been deleted before it.
        self._lines: OrderedDict[str, deque[ItemT]] = OrderedDict()
        self._size = 0

    def put(self, owner: str, item: ItemT) -> None:
        """Add an item at the end of its owner's line."""
        self._lines.setdefault(owner, deque()).append(item)
        self._size += 1

    def put_back(self, owner: str, item: ItemT) -> None:
        """Undo a `get`: the item is the first of its line again, and the turn its owner's."""
        self._lines.setdefault(owner, deque()).appendleft(item)
        self._lines.move_to_end(owner, last=False)
        self._size += 1

    def get(self) -> ItemT:
        """Take the first item of the owner whose turn it is; IndexError when nothing waits."""
        if not self._lines:
            raise IndexError("get from an empty queue")
        owner, line = next(iter(self._lines.items()))
        item = line.popleft()
        self._lines.move_to_end(owner)
        self._taken_from(owner, line)
        return item

    def remove(self, item: ItemT) -> bool:
        """Take an item out, wherever it waits; False if it doesn't."""
        for owner, line in self._lines.items():
            if item in line:
                line.remove(item)
                self._taken_from(owner, line)
                return True
        return False

    def count(self, owner: str) -> int:
        """Say how many items of an owner wait."""
        return len(self._lines.get(owner, ()))

    def owners(self) -> list[str]:
        """Give those who have something waiting, the next one first."""
        return list(self._lines)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[ItemT]:
        """Go through all items in the order in which they would be got."""
        lines = [iter(line) for line in self._lines.values()]
        while lines:
            unfinished = []
            for line in lines:
                for item in line:
                    yield item
                    unfinished.append(line)
                    break
            lines = unfinished

    def _taken_from(self, owner: str, line: deque[ItemT]) -> None:
        """Count an item less, and forget an owner who has none left."""
        self._size -= 1
        if not line:
            del self._lines[owner]
