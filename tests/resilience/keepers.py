"""People who keep files: a steady load on the library, and what the server has promised them."""

import hashlib
import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyvips

from tests.resilience.client import Client, Reply, Unanswered

JSON = {"Accept": "application/json"}
EXPECTED = frozenset({200, 201, 503})
"""503: the queue is full, or nobody is there."""
COMMON = 12
MOST = 5
CHAINS = 25
_PAUSE_S = 0.05


def noise(dice: random.Random) -> bytes:
    """Make a small PNG that no other one is like."""
    width, height = dice.randrange(20, 60), dice.randrange(20, 60)
    pixels = dice.randbytes(3 * width * height)
    image = pyvips.Image.new_from_memory(pixels, width, height, 3, "uchar")
    return bytes(image.copy(interpretation="srgb").pngsave_buffer())


class Patient(Client):
    """A client to whom a server that goes away while it is called has given no answer."""

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request; Unanswered when the connection breaks, or isn't made."""
        try:
            return super().send(method, path, body, headers)
        except AttributeError as error:
            # There is no socket to read from: it was reset while it was being connected.
            raise Unanswered(repr(error)) from error


@dataclass
class Chain:
    """A file of somebody.

    versions: those that were acknowledged, each with the SHA-256 that its bytes must have, or
    nothing if that was never said. deleted: None: a deletion was asked for and not answered.
    """

    versions: dict[str, str]
    deleted: bool | None = False


@dataclass
class Keeper:
    """One who uploads files, saves results, restores and deletes, one request after the other."""

    client: Client
    dice: random.Random
    pictures: list[bytes]
    chains: list[Chain] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def act(self) -> None:
        """Send one request; Unanswered."""
        there = [chain for chain in self.chains if chain.deleted is False]
        acts: list[Callable[[Chain], None]] = [self._save, self._restore, self._read, self._delete]
        if len(there) < CHAINS and (len(there) < MOST or self.dice.random() < 0.4):
            self._upload()
            return
        self.dice.choice(acts)(self.dice.choice(there))

    def _upload(self) -> None:
        files = [
            self.dice.choice(self.pictures) if self.dice.random() < 0.5 else noise(self.dice)
            for _ in range(self.dice.randint(1, MOST))
        ]
        reply = self._counted("upload", self.client.post("/api/v1/upload", files))
        if reply.status == 201:
            kept = reply.json["files"]
            for record, data in zip(kept, files, strict=True):
                self.chains.append(Chain({record["id"]: hashlib.sha256(data).hexdigest()}))

    def _save(self, chain: Chain) -> None:
        wanted = {"width": self.dice.randrange(5, 40), "fileId": self._version(chain)}
        path = "/api/v1/tools/resize"
        reply = self._counted("save", self.client.post(path, [], headers=JSON, settings=wanted))
        if reply.status == 200:
            self._note(chain, reply.json["savedFileId"])

    def _restore(self, chain: Chain) -> None:
        old = self._version(chain)
        reply = self._counted("restore", self.client.send("POST", f"/api/v1/files/{old}/restore"))
        if reply.status == 201:
            file = reply.json["file"]
            chain.versions[file["id"]] = file["sha256"]
            if chain.versions[old] not in ("", file["sha256"]):
                self.broken.append(f"{old} was restored with other bytes")

    def _read(self, chain: Chain) -> None:
        version = self._version(chain)
        reply = self._counted("read", self.client.get(f"/api/v1/files/{version}/download"))
        wanted = chain.versions[version]
        if reply.status == 200 and wanted not in ("", hashlib.sha256(reply.body).hexdigest()):
            self.broken.append(f"{version} has other bytes")

    def _delete(self, chain: Chain) -> None:
        chain.deleted = None
        path = f"/api/v1/files/{self._version(chain)}"
        reply = self._counted("delete", self.client.send("DELETE", path))
        # A refusal is answered before anything is written.
        chain.deleted = reply.status == 200

    def _note(self, chain: Chain, version: str) -> None:
        chain.versions[version] = ""
        reply = self._counted("describe", self.client.get(f"/api/v1/files/{version}"))
        if reply.status == 200:
            chain.versions[version] = reply.json["file"]["sha256"]

    def _version(self, chain: Chain) -> str:
        return self.dice.choice(list(chain.versions))

    def _counted(self, kind: str, reply: Reply) -> Reply:
        self.answers[f"{kind} {reply.status}"] += 1
        if reply.status not in EXPECTED:
            self.broken.append(f"{kind}: {reply.status} {reply.body[:200]!r}")
        return reply


class Crowd:
    """So many keepers at a time, until they are told to stop."""

    def __init__(self, port: int, size: int, seed: int) -> None:
        client = Patient(port)
        dice = random.Random(seed)
        # Everybody has some pictures that others have, too.
        common = [noise(dice) for _ in range(COMMON)]
        self.keepers = [
            Keeper(client, random.Random(f"{seed}-{number}"), common) for number in range(size)
        ]
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._live, args=(keeper,)) for keeper in self.keepers
        ]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Stop, and wait for the answers that are on their way."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    @property
    def chains(self) -> list[Chain]:
        return [chain for keeper in self.keepers for chain in keeper.chains]

    def _live(self, keeper: Keeper) -> None:
        while not self._over.is_set():
            try:
                keeper.act()
            except Unanswered:
                keeper.answers["no answer"] += 1
                self._over.wait(_PAUSE_S)
            # Nobody may leave unnoticed.
            except Exception as error:
                keeper.broken.append(f"somebody left: {error!r}")
                raise
