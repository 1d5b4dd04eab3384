"""50,000 events a second of 1 KiB for a while, to a webhook that takes them as fast as it can: whether the daemon keeps up, and
what it holds meanwhile. What the webhook cannot take waits, on the disk."""
from .. import subjects
from ..bench import Sink
from ..process import MostResident

NAME = "steady"
TITLE = "50,000 events of 1 KiB per second, in batches of 100"
SUBJECT = "fanfare"
RATE, BYTES, BATCH = 50_000, 1024, 100
ACCEPTED, ANSWER, MEMORY, WAITING = "accepted", "until the answer, p99", "most resident memory", "waiting at the end"


def run(bench):
    events = max(BATCH, int(RATE * bench.scale.seconds * 6))
    with Sink(bench) as sink, subjects.Fanfare(bench, {"hook": subjects.webhook(sink.url())}) as server:
        bench.load(server.address, events=BATCH, batch=BATCH, bytes=BYTES, run=sink.reset())
        with MostResident(server.pid) as most:
            loaded = bench.load(server.address, events=events, batch=BATCH, bytes=BYTES, rate=RATE, connections=16, run=sink.reset(),
                                what="steady")
        bench.figures.add(NAME, ACCEPTED, "events/s", SUBJECT, loaded.rate)
        bench.figures.add(NAME, ANSWER, "ms", SUBJECT, loaded.p99_ns / 1e6)
        bench.figures.add(NAME, MEMORY, "MB", SUBJECT, most.mb)
        bench.figures.add(NAME, WAITING, "deliveries", SUBJECT, server.daemon.status()["deliveries"]["waiting"])
