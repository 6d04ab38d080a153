"""What plugins keep: the same on every kind of database, and each plugin's own."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ashim_core.extensions.data import PluginData, sweep
from ashim_core.store.database import Store


@pytest.fixture
def data(store: Store) -> PluginData:
    return PluginData(store, "notes")


def test_a_value_is_what_was_kept_last(data: PluginData) -> None:
    value = {"text": "ä 中 '%_\\", "number": 1.5, "list": [1, None, True]}
    assert data.get("a") is None
    data.set("a", 1)
    data.set("a", value)
    assert data.get("a") == value
    assert data.get("A", "nothing") == "nothing"
    assert data.remove("a")
    assert not data.remove("a")
    assert data.get("a") is None


def test_plugins_see_nothing_of_each_other(store: Store, data: PluginData) -> None:
    other = PluginData(store, "notes-2")
    data.set("a", "ours")
    other.set("a", "theirs")
    assert (data.get("a"), other.get("a")) == ("ours", "theirs")
    assert data.items() == [("a", "ours")]
    other.remove("a")
    assert data.get("a") == "ours"


def test_it_is_added_once(data: PluginData) -> None:
    assert data.add("a", 1)
    assert not data.add("a", 2)
    assert data.get("a") == 1


def test_what_has_expired_is_not_there(data: PluginData, store: Store) -> None:
    data.set("stays", 1, seconds=3600)
    data.set("goes", 1, seconds=0.01)
    data.set("for-ever", 1)
    time.sleep(0.05)
    assert data.get("goes") is None
    assert [key for key, _ in data.items()] == ["for-ever", "stays"]
    assert data.add("goes", 2, seconds=0.01)
    time.sleep(0.05)
    assert not data.remove("goes")
    data.set("gone", 1, seconds=0.01)
    time.sleep(0.05)
    assert sweep(store) == 1
    assert sweep(store) == 0
    assert data.get("stays") == 1


def test_keys_by_what_they_begin_with_a_few_at_a_time(data: PluginData) -> None:
    for key in ("job/1", "job/2", "job/3", "JOB/4", "job_5", "j%"):
        data.set(key, key)
    keys = [key for key, _ in data.items("job/")]
    assert keys == ["job/1", "job/2", "job/3"]
    assert data.items("job/", after="job/1", limit=1) == [("job/2", "job/2")]
    assert [key for key, _ in data.items("j%")] == ["j%"]
    assert len(data.items()) == 6


def test_changes_of_many_at_a_time_are_all_there(data: PluginData) -> None:
    def more(number: int | None) -> int:
        return (number or 0) + 1

    with ThreadPoolExecutor(4) as threads:
        for _ in range(20):
            threads.submit(data.change, "count", more)
    assert data.get("count") == 20


@pytest.mark.parametrize("key", ["", "a" * 201, "a\nb", "\0"])
def test_keys_that_cannot_be(data: PluginData, key: str) -> None:
    for call in (data.get, data.remove, lambda key: data.set(key, 1), lambda key: data.add(key, 1)):
        with pytest.raises(ValueError, match="printable characters"):
            call(key)


@pytest.mark.parametrize("value", [float("nan"), "a" * 60_000, {1, 2}, object()])
def test_values_that_cannot_be_kept_change_nothing(data: PluginData, value: object) -> None:
    data.set("a", 1)
    with pytest.raises((ValueError, TypeError)):
        data.set("a", value)
    assert data.get("a") == 1


@pytest.mark.parametrize("name", ["", "Notes", "a:b", "a" * 51, "-a"])
def test_names_that_cannot_be(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="a-z, 0-9"):
        PluginData(store, name)
