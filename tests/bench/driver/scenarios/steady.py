"""50,000 events a second of 1 KiB for a while, to a webhook that takes them as fast as it can: whether the daemon keeps up, and
what it holds meanwhile. What the webhook cannot take waits, on the disk."""
import threading

from .. import subjects
from ..bench import Sink
from ..process import resident_mb

NAME = "steady"
TITLE = "50,000 events of 1 KiB per second, in batches of 100"
SUBJECT = "fanfare"
RATE, BYTES, BATCH = 50_000, 1024, 100
ACCEPTED, ANSWER, MEMORY, WAITING = "accepted", "until the answer, p99", "most resident memory", "waiting at the end"


class _Most:
    """The most memory of a process within a `with`."""

    def __init__(self, pid):
        self.pid, self.resident = pid, 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self):
        while not self._ended.wait(0.1):
            self.resident = max(self.resident, resident_mb(self.pid))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()


def run(bench):
    events = max(BATCH, int(RATE * bench.scale.seconds * 6))
    with Sink(bench) as sink, subjects.Fanfare(bench, {"hook": subjects.webhook(sink.url())}) as server:
        bench.load(server.address, events=BATCH, batch=BATCH, bytes=BYTES, run=sink.reset())
        with _Most(server.pid) as most:
            loaded = bench.load(server.address, events=events, batch=BATCH, bytes=BYTES, rate=RATE, connections=16, run=sink.reset(),
                                what="steady")
        bench.figures.add(NAME, ACCEPTED, "events/s", SUBJECT, loaded.rate)
        bench.figures.add(NAME, ANSWER, "ms", SUBJECT, loaded.p99_ns / 1e6)
        bench.figures.add(NAME, MEMORY, "MB", SUBJECT, most.resident)
        bench.figures.add(NAME, WAITING, "deliveries", SUBJECT, server.daemon.status()["deliveries"]["waiting"])
