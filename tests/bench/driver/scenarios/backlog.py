"""Deliveries that wait, half of them for each of two destinations: what they cost in memory, how long a restart takes, how fast
they go when both are resumed, and whether one is kept waiting for the other."""
import time

from .. import subjects
from ..bench import Sink
from ..process import MostResident, resident_mb
from ..ready import start_until_ready

NAME = "backlog"
TITLE = "A backlog"
SUBJECT = "fanfare"
PATHS = ("/0", "/1")
BATCH = 100


def cases(scale):
    """The names of the cases, by what they are."""
    waiting = f"{scale.backlog:,} deliveries waiting"
    return {"memory": f"{waiting}: resident memory", "restart": f"{waiting}: start until ready",
            "killed": f"{waiting}: start after kill -9 until ready",
            "memory after": f"{waiting}: resident memory 1 s after a restart", "drain": f"{waiting}: drain to two webhooks",
            "drain memory": f"{waiting}: most resident memory while draining",
            "fairness": f"{waiting}: share of the slower webhook when half is out (0.5 is even)"}


def _watch(sink, total):
    """The slower one's share at half time, when all have come."""
    share = None
    deadline = time.monotonic() + 60 + total / 500
    while True:
        stats = sink.stats()
        counts = [stats[path].distinct if path in stats else 0 for path in PATHS]
        if share is None and sum(counts) >= total / 2:
            share = min(counts) / sum(counts)
        if sum(counts) >= total:
            return share
        if time.monotonic() > deadline:
            raise RuntimeError(f"backlog: only {sum(counts)} of {total} deliveries came")
        time.sleep(0.05)


def _measure(bench, sink):
    total, names = bench.scale.backlog, cases(bench.scale)
    destinations = {f"hook{path[1:]}": subjects.webhook(sink.url(path)) for path in PATHS}

    def add(case, unit, value):
        bench.figures.add(NAME, names[case], unit, SUBJECT, value)

    with subjects.Fanfare(bench, destinations, paused=destinations) as server:
        run = sink.reset()
        bench.load(server.address, events=total // len(PATHS), batch=BATCH, run=run, what="backlog")
        add("memory", "MB", resident_mb(server.pid))
        daemon = server.daemon
        daemon.stop()
        add("restart", "s", start_until_ready(daemon))
        daemon.kill9()
        add("killed", "s", start_until_ready(daemon))
        time.sleep(1)
        add("memory after", "MB", resident_mb(daemon.process.pid))
        with MostResident(daemon.process.pid) as most:
            began = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
            for name in destinations:
                server.set_paused(name, False)
            share = _watch(sink, total)
        last = max(found.last_ns for found in sink.stats().values())
        add("drain", "deliveries/s", total * 1e9 / (last - began))
        add("drain memory", "MB", most.mb)
        add("fairness", "share", share)


def run(bench):
    with Sink(bench) as sink:
        for _ in range(bench.scale.rounds if bench.scale.quick else 3):
            _measure(bench, sink)
