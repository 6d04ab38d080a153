"""The fair queue: everybody's turn comes, everybody's items stay in order."""

import random
import tracemalloc

import pytest

from ashim_core.executors.fair_queue import FairQueue


def filled(*items: str) -> FairQueue[str]:
    """Put items that begin with the letter of their owner."""
    queue: FairQueue[str] = FairQueue()
    for item in items:
        queue.put(item[0], item)
    return queue


def drained(queue: FairQueue[str]) -> list[str]:
    return [queue.get() for _ in range(len(queue))]


def test_owners_take_turns() -> None:
    queue = filled("a1", "a2", "a3", "b1", "c1", "c2")
    assert drained(queue) == ["a1", "b1", "c1", "a2", "c2", "a3"]


def test_a_long_line_of_one_delays_another_by_one_item() -> None:
    queue = filled(*(f"a{number}" for number in range(200)))
    assert queue.get() == "a0"
    queue.put("b", "b0")
    assert [queue.get(), queue.get(), queue.get()] == ["a1", "b0", "a2"]


def test_the_only_owner_gets_everything_in_order() -> None:
    assert drained(filled("a1", "a2", "a3")) == ["a1", "a2", "a3"]


def test_who_comes_again_waits_for_the_others() -> None:
    queue = filled("a1", "b1", "c1")
    assert queue.get() == "a1"
    queue.put("a", "a2")
    assert drained(queue) == ["b1", "c1", "a2"]


def test_nothing_can_be_got_from_an_empty_queue() -> None:
    queue = filled("a1")
    queue.get()
    with pytest.raises(IndexError, match="get from an empty queue"):
        queue.get()
    assert len(queue) == 0


@pytest.mark.parametrize("items", [("a1",), ("a1", "a2"), ("a1", "b1"), ("a1", "a2", "b1", "c1")])
def test_putting_back_undoes_getting(items: tuple[str, ...]) -> None:
    queue = filled(*items)
    before = list(queue)
    queue.put_back("a", queue.get())
    assert list(queue) == before
    assert len(queue) == len(items)
    assert drained(queue) == before


def test_putting_back_for_somebody_new_gives_them_the_turn() -> None:
    queue = filled("a1", "b1")
    queue.put_back("c", "c1")
    assert drained(queue) == ["c1", "a1", "b1"]


@pytest.mark.parametrize(
    ("item", "left"),
    [
        ("a1", ["a2", "b1", "a3"]),
        ("a2", ["a1", "b1", "a3"]),
        ("a3", ["a1", "b1", "a2"]),
        ("b1", ["a1", "a2", "a3"]),
    ],
)
def test_an_item_is_removed_wherever_it_waits(item: str, left: list[str]) -> None:
    queue = filled("a1", "a2", "a3", "b1")
    assert queue.remove(item) is True
    assert len(queue) == 3
    assert drained(queue) == left


def test_what_does_not_wait_is_not_removed() -> None:
    queue = filled("a1", "b1")
    assert queue.get() == "a1"
    assert queue.remove("a1") is False
    assert list(queue) == ["b1"]


def test_one_of_two_equal_items_is_removed() -> None:
    queue = filled("a1", "a1")
    assert queue.remove("a1") is True
    assert list(queue) == ["a1"]


def test_everybody_has_a_count() -> None:
    queue = filled("a1", "a2", "b1")
    assert (queue.count("a"), queue.count("b"), queue.count("c"), len(queue)) == (2, 1, 0, 3)
    queue.remove("a2")
    queue.get()
    assert (queue.count("a"), queue.count("b"), len(queue)) == (0, 1, 1)


def test_going_through_takes_nothing_and_tells_the_order() -> None:
    queue = filled("a1", "a2", "a3", "b1", "c1", "c2")
    queue.get()
    order = list(queue)
    assert order == ["b1", "c1", "a2", "c2", "a3"]
    assert "c2" in queue
    assert "a1" not in queue
    assert drained(queue) == order


def test_nothing_can_be_an_item() -> None:
    queue: FairQueue[None] = FairQueue()
    queue.put("a", None)
    assert list(queue) == [None]
    assert queue.remove(None) is True
    assert len(queue) == 0


def test_who_has_nothing_left_is_forgotten() -> None:
    queue = filled("a1", "b1", "c1")
    assert queue.owners() == ["a", "b", "c"]
    queue.get()
    assert queue.owners() == ["b", "c"]
    queue.remove("b1")
    assert queue.owners() == ["c"]


def test_owners_who_come_and_go_leave_no_memory_behind() -> None:
    queue: FairQueue[int] = FairQueue()
    tracemalloc.start()
    try:
        for number in range(20_000):
            queue.put(f"owner {number}", number)
            assert queue.get() == number
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < 100_000


class Model:
    """The same in the plainest way: one list of pairs in order of arrival, one list of turns."""

    def __init__(self) -> None:
        self.items: list[tuple[str, int]] = []
        self.turns: list[str] = []

    def put(self, owner: str, item: int) -> None:
        self.items.append((owner, item))
        self._tidy(owner)

    def put_back(self, owner: str, item: int) -> None:
        self.items.insert(0, (owner, item))
        self.turns = [owner, *(other for other in self.turns if other != owner)]

    def get(self) -> int:
        owner = self.turns.pop(0)
        pair = next(pair for pair in self.items if pair[0] == owner)
        self.items.remove(pair)
        self._tidy(owner)
        return pair[1]

    def remove(self, item: int) -> bool:
        owners = [owner for owner, other in self.items if other == item]
        self.items = [pair for pair in self.items if pair[1] != item]
        for owner in owners:
            self._tidy(owner)
        return bool(owners)

    def count(self, owner: str) -> int:
        return sum(other == owner for other, _ in self.items)

    def _tidy(self, owner: str) -> None:
        """Let an owner wait for a turn when there is something to give, and only then."""
        if not self.count(owner):
            self.turns = [other for other in self.turns if other != owner]
        elif owner not in self.turns:
            self.turns.append(owner)


@pytest.mark.parametrize("seed", range(20))
def test_any_order_of_operations_gives_what_the_plain_model_gives(seed: int) -> None:
    chance = random.Random(seed)
    queue: FairQueue[int] = FairQueue()
    model = Model()
    owners = "abcde"[: chance.randint(1, 5)]
    for item in range(600):
        owner = chance.choice(owners)
        match chance.choice(["put", "put", "get", "put_back", "remove"]):
            case "put":
                queue.put(owner, item)
                model.put(owner, item)
            case "put_back":
                queue.put_back(owner, item)
                model.put_back(owner, item)
            case "remove":
                wanted = chance.randint(0, item)
                assert queue.remove(wanted) == model.remove(wanted)
            case _ if model.items:
                assert queue.get() == model.get()
            case _:
                with pytest.raises(IndexError):
                    queue.get()
        assert len(queue) == len(model.items)
        assert queue.owners() == model.turns
        assert [queue.count(one) for one in owners] == [model.count(one) for one in owners]
        assert sorted(queue) == sorted(item for _, item in model.items)
    order = list(queue)
    assert order == [model.get() for _ in range(len(model.items))]
    assert order == [queue.get() for _ in range(len(queue))]
