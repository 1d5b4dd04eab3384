"""What one event costs the server: processor, system calls, fsyncs, bytes to the disk, allocations; with 64 connections that send
as fast as they can, so that commits are shared as they are under load."""
from .. import subjects
from ..bench import Sink
from ..process import Allocations, Counters, Usage

NAME = "costs"
TITLE = "Per event, with 64 connections"
RATIO = "fanfare ÷ this"
SINGLE, BATCHED, DELIVERED = "ingest, one event a request", "ingest, batches of 100", "end to end to a webhook"


def _usage(make, load):
    with make() as server, Usage(server.pid) as used:
        events = load(server)
    yield "processor", "µs", used.processor * 1e6 / events
    yield "written to the disk", "bytes", used.written / events


def _counted(bench, make, load):
    with make() as server, Counters(server.pid) as counters:
        events = load(server)
    if not counters.counts:
        bench.figures.note("System calls, fsyncs and instructions are not counted: perf may not look at them here.")
    elif "instructions" not in counters.counts:
        bench.figures.note("Instructions are not counted: this processor, or what it is simulated by, does not count them.")
    for name, unit in (("syscalls", "calls"), ("fsyncs", "calls"), ("instructions", "instructions")):
        if name in counters.counts:
            yield name, unit, counters.counts[name] / events


def _allocated(bench, make, load):
    allocations = Allocations(bench.build)
    with make(allocations.environment) as server:
        count, size = allocations.read()
        events = load(server)
        after_count, after_size = allocations.read()
    yield "allocations", "calls", (after_count - count) / events
    yield "allocated", "bytes", (after_size - size) / events


def _measure(bench, case, subject, make, load, ours):
    def measure():
        found = [*_usage(make, load), *_counted(bench, make, load)]
        if ours:
            found += _allocated(bench, make, load)
        for what, unit, value in found:
            bench.figures.add(NAME, f"{case}: {what}", unit, subject, value)

    return measure


def run(bench):
    events = bench.scale.events

    def ingest(batch=1):
        def load(server):
            bench.load(server.address, events=events * min(batch, 10), batch=batch, run=bench.new_run())
            return events * min(batch, 10)

        return load

    with Sink(bench) as sink:
        def deliver(path):
            def load(server):
                run = sink.reset()
                bench.load(server.address, path, events=events, run=run)
                sink.wait_for(events)
                return events

            return load

        def storing(environment=None):
            return subjects.fanfare_storing(bench, environment=environment)

        def delivering(environment=None):
            return subjects.Fanfare(bench, {"hook": subjects.webhook(sink.url())}, environment=environment)

        bench.alternate({
            "single": _measure(bench, SINGLE, "fanfare", storing, ingest(), ours=True),
            "poco": _measure(bench, SINGLE, "bare Poco handler, nothing kept", lambda: subjects.poco(bench), ingest(), ours=False),
            "batched": _measure(bench, BATCHED, "fanfare", storing, ingest(100), ours=True),
            "delivered": _measure(bench, DELIVERED, "fanfare", delivering, deliver("/v1/events"), ours=True),
            "nginx": _measure(bench, DELIVERED, "nginx proxy_pass, nothing stored",
                              lambda: subjects.nginx_proxy(bench, sink.port), deliver("/0"), ours=False),
        })
