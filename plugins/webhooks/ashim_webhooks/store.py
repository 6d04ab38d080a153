"""Webhooks and deliveries, as they are kept in the database of the server.

hook/<owner>/<id>          a webhook
delivery/<hook>/<id>       one event for one webhook, and what has become of it
due/<id>                   that it has to be tried, and when
"""

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from ashim_core.extension import InvalidRequest, NotFound, PluginData
from ashim_webhooks.signing import new_secret

Json = dict[str, Any]

_MOST_HOOKS = 20
_MOST_PENDING = 1000
_LOGGED = 100
_OLD_SECRET_S = 24 * 3600
_LONGEST_ID = 64
_KEPT_S = 30 * 24 * 3600
"""How long what is done stays in the log."""
_ORPHAN_S = 60
"""So long after it was due, nothing will come any more that is to be delivered."""


class TakenByAnother(Exception):
    """Somebody else is at it, or it is done."""


class Hooks:
    """The webhooks of all accounts."""

    def __init__(self, data: PluginData) -> None:
        self._data = data

    def add(self, owner: str, said: Mapping[str, Any]) -> Json:
        """Keep a new webhook with a new secret; InvalidRequest when there are too many."""
        if len(self.of(owner)) >= _MOST_HOOKS:
            raise _too_many()
        hook = {
            "id": secrets.token_hex(16),
            "owner": owner,
            "created": time.time(),
            "secret": new_secret(),
            "disabledReason": None,
            **said,
        }
        self._data.set(_hook_key(owner, hook["id"]), hook)
        if len(self.of(owner)) > _MOST_HOOKS:  # several were made at the same moment
            self._data.remove(_hook_key(owner, hook["id"]))
            raise _too_many()
        return hook

    def of(self, owner: str) -> list[Json]:
        """Give the webhooks of an account, the oldest first."""
        found = [hook for _, hook in self._data.items(f"hook/{owner}/")]
        return sorted(found, key=lambda hook: hook["created"])

    def all(self) -> list[Json]:
        """Give the webhooks of everybody."""
        return [hook for _, hook in self._data.items("hook/")]

    def get(self, owner: str, id: str) -> Json:
        """Give a webhook; NotFound, for those of others as well."""
        hook: Json | None = self._data.get(_hook_key(owner, id)) if _may_be_id(id) else None
        if hook is None:
            raise _no_such_hook()
        return hook

    def change(self, owner: str, id: str, said: Mapping[str, Any]) -> Json:
        """Change a webhook; NotFound."""
        self.get(owner, id)

        def changed(hook: Json | None) -> Json:
            if hook is None:
                raise _no_such_hook()
            return {**hook, **said}

        found: Json = self._data.change(_hook_key(owner, id), changed)
        return found

    def rotate(self, owner: str, id: str) -> Json:
        """Give a webhook a new secret; the old one goes on being signed with for a day."""
        hook = self.get(owner, id)
        end = time.time() + _OLD_SECRET_S
        said = {"secret": new_secret(), "oldSecret": hook["secret"], "oldUntil": end}
        return self.change(owner, id, said)

    def remove(self, owner: str, id: str) -> None:
        """Forget a webhook; NotFound."""
        self.get(owner, id)
        self._data.remove(_hook_key(owner, id))


def secrets_of(hook: Json) -> list[str]:
    """Give what a webhook is signed with at the moment, the present secret first."""
    old = hook.get("oldSecret")
    return [hook["secret"], *([old] if old and hook["oldUntil"] > time.time() else [])]


class Deliveries:
    """What is on its way to receivers, and what has become of it."""

    def __init__(self, data: PluginData) -> None:
        self._data = data

    def add(self, hook: Json, type: str, at: float, data: Mapping[str, Any]) -> str | None:
        """Write down that an event shall be delivered; give its id, None when too many wait."""
        if len(self._pending(hook["id"])) >= _MOST_PENDING:
            return None
        now = time.time()
        # Ids are in the order of time, so the log is, too.
        id = f"{int(now * 1000):013d}{secrets.token_hex(6)}"
        moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
        body = json.dumps({"type": type, "timestamp": moment, "data": dict(data)})
        delivery = {"id": id, "hook": hook["id"], "owner": hook["owner"], "type": type}
        delivery |= {"host": urlsplit(hook["url"]).hostname, "body": body, "created": now}
        delivery |= {"status": "pending", "attempts": 0, "next": now}
        # In this order a kill in between leaves nothing that waits for ever.
        self.put_off(delivery, now)
        self._data.set(_delivery_key(hook["id"], id), delivery)
        return id

    def of(self, hook_id: str, limit: int) -> list[Json]:
        """Give the deliveries of a webhook, the latest first."""
        return self._all(hook_id)[::-1][:limit]

    def get(self, hook_id: str, id: str) -> Json:
        """Give a delivery; NotFound."""
        found: Json | None = self._data.get(_delivery_key(hook_id, id)) if _may_be_id(id) else None
        if found is None:
            raise _no_such_delivery()
        return found

    def again(self, delivery: Json) -> None:
        """Have a delivery tried anew, from the first attempt on; NotFound."""
        now = time.time()
        fresh = {**delivery, "status": "pending", "attempts": 0, "next": now, "finished": None}
        try:
            self._put(fresh)
        except TakenByAnother:
            raise _no_such_delivery() from None
        self.put_off(fresh, now)

    def put_off(self, delivery: Json, until: float) -> None:
        """Say when a delivery is to be tried."""
        place = {"hook": delivery["hook"], "host": delivery["host"], "next": until, "lease": 0.0}
        self._data.set(f"due/{delivery['id']}", place)

    def due(self) -> Iterator[tuple[str, Json]]:
        """Give the ids of all that wait, and when each is to be tried."""
        last = ""
        while found := self._data.items("due/", after=last):
            yield from ((key.removeprefix("due/"), place) for key, place in found)
            last = found[-1][0]

    def claim(self, id: str, place: Json, seconds: float) -> Json:
        """Take a delivery that is due for so many seconds; TakenByAnother.

        Whoever is killed meanwhile leaves it to somebody else after that time.
        """
        delivery: Json | None = self._data.get(_delivery_key(place["hook"], id))
        if delivery is None:
            if time.time() - place["next"] > _ORPHAN_S:
                self._data.remove(f"due/{id}")
            raise TakenByAnother

        def taken(now_there: Json | None) -> Json:
            now = time.time()
            if now_there is None or now_there["next"] > now or now_there["lease"] > now:
                raise TakenByAnother
            return {**now_there, "lease": now + seconds}

        self._data.change(f"due/{id}", taken)
        return delivery

    def note(self, delivery: Json, **said: Any) -> Json:
        """Write down what has come of an attempt; TakenByAnother when the webhook has gone."""
        noted = {**delivery, **said}
        done = noted["status"] != "pending"
        self._put(noted, seconds=_KEPT_S if done else None)
        if done:
            self._data.remove(f"due/{delivery['id']}")
            self._trim(delivery["hook"])
        return noted

    def forget(self, hook_id: str) -> None:
        """Forget all deliveries of a webhook."""
        for delivery in self._all(hook_id):
            self._data.remove(f"due/{delivery['id']}")
            self._data.remove(_delivery_key(hook_id, delivery["id"]))

    def _put(self, delivery: Json, seconds: float | None = None) -> None:
        """Keep a delivery in the place of what is known of it; TakenByAnother if that is gone."""

        def present(known: Json | None) -> Json:
            if known is None:
                raise TakenByAnother
            return delivery

        self._data.change(_delivery_key(delivery["hook"], delivery["id"]), present, seconds=seconds)

    def _pending(self, hook_id: str) -> list[Json]:
        return [one for one in self._all(hook_id) if one["status"] == "pending"]

    def _trim(self, hook_id: str) -> None:
        over = [one for one in self._all(hook_id) if one["status"] != "pending"][:-_LOGGED]
        for delivery in over:
            self._data.remove(_delivery_key(hook_id, delivery["id"]))

    def _all(self, hook_id: str) -> list[Json]:
        """Give all deliveries of a webhook, the oldest first."""
        found: list[Json] = []
        prefix, last = f"delivery/{hook_id}/", ""
        while more := self._data.items(prefix, after=last):
            found += [delivery for _, delivery in more]
            last = more[-1][0]
        return sorted(found, key=lambda delivery: delivery["id"])


def _hook_key(owner: str, id: str) -> str:
    return f"hook/{owner}/{id}"


def _delivery_key(hook_id: str, id: str) -> str:
    return f"delivery/{hook_id}/{id}"


def _may_be_id(text: str) -> bool:
    return text.isalnum() and len(text) <= _LONGEST_ID


def _too_many() -> InvalidRequest:
    return InvalidRequest(f"There are at most {_MOST_HOOKS} webhooks: delete one first.")


def _no_such_delivery() -> NotFound:
    return NotFound("There is no such delivery.")


def _no_such_hook() -> NotFound:
    return NotFound("There is no such webhook.")
