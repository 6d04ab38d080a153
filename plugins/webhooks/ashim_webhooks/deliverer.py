"""Sends what is due: some at a time, again after a while where it fails, and given up at last."""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.metadata import version

from ashim_core.extension import AshimError, NotFound
from ashim_webhooks.addresses import Unreachable
from ashim_webhooks.config import WebhooksConfig
from ashim_webhooks.sending import Answer, send
from ashim_webhooks.signing import headers
from ashim_webhooks.store import Deliveries, Hooks, Json, TakenByAnother, secrets_of

logger = logging.getLogger(__name__)

_PACKAGE = "ashim-webhooks"
_LOOK_S = 5.0
"""How often to look for what other processes have left behind."""
_FOR_EACH_HOST = 2
_JITTER = 0.2
_LEASES = 3
"""So many times the time of an attempt, until somebody else may make it."""
_GONE = 410
TEST = "webhook.test"
"""The type of what people send to see whether it arrives."""


class Deliverer:
    """The threads of one process that send."""

    def __init__(self, hooks: Hooks, deliveries: Deliveries, config: WebhooksConfig) -> None:
        self._hooks = hooks
        self._deliveries = deliveries
        self._config = config
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._hosts: Counter[str] = Counter()
        self._senders = ThreadPoolExecutor(config.at_a_time, thread_name_prefix="webhooks")
        self._looker = threading.Thread(target=self._look, name="webhooks", daemon=True)

    def start(self) -> Callable[[], None]:
        """Begin; give what ends it."""
        self._looker.start()
        return self.stop

    def wake(self) -> None:
        """Have it look at once."""
        self._wake.set()

    def stop(self) -> None:
        """End: what is being sent is waited for, what waits stays for the next process."""
        self._stopping.set()
        self._wake.set()
        self._looker.join()
        self._senders.shutdown()

    def _look(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                pause = self._hand_out()
            except AshimError as error:  # the database is busy; it is asked again
                logger.warning("webhooks wait: %s", error.message)
                pause = _LOOK_S
            self._wake.wait(pause)

    def _hand_out(self) -> float:
        """Have all that is due sent; give the seconds until something else may be."""
        now = time.time()
        soonest = now + _LOOK_S
        for id, place in self._deliveries.due():
            when = max(place["next"], place["lease"])
            if when > now or self._stopping.is_set():
                soonest = min(soonest, when)
            elif self._hosts[place["host"]] >= _FOR_EACH_HOST:
                continue  # one that hangs must not have all the threads
            elif not self._send(id, place):
                break
        return max(soonest - time.time(), 0.01)

    def _send(self, id: str, place: Json) -> bool:
        """Have one sent unless somebody else does; say whether there was room."""
        with self._lock:
            if self._hosts.total() >= self._config.at_a_time:
                return False
        try:
            delivery = self._deliveries.claim(id, place, _LEASES * self._config.timeout_s)
        except TakenByAnother:
            return True
        with self._lock:
            self._hosts[place["host"]] += 1
        self._senders.submit(self._attempt, delivery, place["host"])
        return True

    def _attempt(self, delivery: Json, host: str) -> None:
        try:
            with suppress(TakenByAnother):  # it was deleted meanwhile
                self._try(delivery)
        # It is tried again when its lease has ended; the others go on.
        except Exception:
            logger.exception("the delivery %s failed", delivery["id"])
        finally:
            with self._lock:
                self._hosts[host] -= 1
            self.wake()

    def _try(self, delivery: Json) -> None:
        try:
            hook = self._hooks.get(delivery["owner"], delivery["hook"])
        except NotFound:
            self._deliveries.forget(delivery["hook"])
            return
        if not (hook["enabled"] or delivery["type"] == TEST):
            self._ended(delivery, {"error": "The webhook is switched off."}, "failed")
            return
        timestamp = int(time.time())
        signed = headers(delivery["id"], timestamp, delivery["body"], secrets_of(hook))
        said = {"attempts": delivery["attempts"] + 1, "error": None}
        try:
            answer = send(hook["url"], delivery["body"], {**_HEADERS, **signed}, self._config)
        except Unreachable as reason:
            self._failed(delivery, {**said, "error": str(reason)}, None)
            return
        said |= {"answerStatus": answer.status, "answer": answer.text}
        if 200 <= answer.status < 300:
            self._ended(delivery, said, "delivered")
        elif answer.status == _GONE:
            self._switch_off(hook, delivery, said)
        else:
            self._failed(delivery, {**said, "error": _not_taken(answer)}, answer.wait_s)

    def _failed(self, delivery: Json, said: Json, wait_s: float | None) -> None:
        number, schedule = said["attempts"], self._config.retry_s
        if number > len(schedule):
            self._ended(delivery, said, "failed")
            return
        pause = schedule[number - 1] * (1 + random.uniform(0, _JITTER))  # noqa: S311 - no secret
        when = time.time() + max(pause, wait_s or 0)
        self._deliveries.put_off(self._deliveries.note(delivery, **said, next=when), when)

    def _switch_off(self, hook: Json, delivery: Json, said: Json) -> None:
        reason = "The receiver said that it is gone (410)."
        self._hooks.change(hook["owner"], hook["id"], {"enabled": False, "disabledReason": reason})
        self._ended(delivery, {**said, "error": reason}, "failed")

    def _ended(self, delivery: Json, said: Json, status: str) -> None:
        end = {"status": status, "next": None, "finished": time.time()}
        self._deliveries.note(delivery, **said, **end)


_HEADERS = {"Content-Type": "application/json", "User-Agent": f"{_PACKAGE}/{version(_PACKAGE)}"}


def _not_taken(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return f"The receiver answered {answer.status}; redirects are not followed."
    return f"The receiver answered {answer.status}."
