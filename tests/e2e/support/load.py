"""A load of events with known ids and bodies, and the ledger of what was promised for them."""
import http.client
import itertools
import json
import threading

from .client import Client, cloudevent_headers

SOURCE = "/tests/load"
TYPE = "test.load"


def body_of(event_id):
    """What an event carries follows from its id (tests/power/body.hpp does the same)."""
    return '{"fill":"' + (event_id + ".") * (8 + sum(event_id.encode()) % 64) + '"}'


def batch_of(ids):
    """CloudEvents batched mode (HTTP protocol binding 1.0.2, 3.3)."""
    events = ('{"specversion":"1.0","id":%s,"source":"%s","type":"%s","datacontenttype":"application/json","data":%s}'
              % (json.dumps(event_id), SOURCE, TYPE, body_of(event_id)) for event_id in ids)
    return "[" + ",".join(events) + "]"


class Ledger:
    """Safe from every thread. issued: sent by us, answered or not; acked: answered 202; other: any other answer."""

    def __init__(self):
        self._lock = threading.Lock()
        self.issued = set()
        self.acked = {}  # id -> what the daemon calls it
        self.other = []  # (status, body)

    def issue(self, ids):
        with self._lock:
            self.issued.update(ids)

    def record(self, ids, answer):
        with self._lock:
            if answer.status != 202:
                self.other.append((answer.status, answer.body))
                return
            accepted = answer.json["accepted"]
            assert len(accepted) == len(ids), (ids, answer)
            self.acked.update((event_id, item["id"]) for event_id, item in zip(ids, accepted))


class Load:
    """Some connections that post without a pause until stopped, or until the server goes away, or `limit` events.

    Every `batch_every`-th request carries a batch of `batch_size` events; its ids read PREFIX-c-n.i.size, so that half a
    batch can be told. A single's id reads PREFIX-c-n.
    """

    def __init__(self, address, ledger, prefix, connections=8, batch_every=8, batch_size=10, limit=None, path="/v1/events"):
        self.address, self.ledger, self.prefix, self.path = address, ledger, prefix, path
        self.batch_every, self.batch_size = batch_every, batch_size
        self._left = itertools.count(limit, -1) if limit is not None else None
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(connections)]

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def stop(self):
        self._stop.set()
        self.join()

    def join(self, seconds=600):
        for thread in self._threads:
            thread.join(seconds)
            assert not thread.is_alive(), "a connection of the load hangs"

    def _run(self, connection):
        with Client(self.address) as client:
            for number in itertools.count():
                if self._stop.is_set() or (self._left is not None and next(self._left) <= 0):
                    return
                name = f"{self.prefix}-{connection}-{number}"
                if self.batch_every and number % self.batch_every == self.batch_every - 1:
                    ids = [f"{name}.{i}.{self.batch_size}" for i in range(self.batch_size)]
                    body, headers = batch_of(ids), {"Content-Type": "application/cloudevents-batch+json"}
                else:
                    ids = [name]
                    body, headers = body_of(name), cloudevent_headers(name, SOURCE, TYPE)
                self.ledger.issue(ids)
                try:
                    self.ledger.record(ids, client.request("POST", self.path, body, headers))
                except (OSError, http.client.HTTPException):
                    return
