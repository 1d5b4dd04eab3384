"""From the first byte sent until the last distinct event has come to the sink, one POST for each event."""
from .. import subjects
from ..bench import Sink

NAME = "end-to-end"
TITLE = "End to end: events delivered per second"
RATIO = "fanfare ÷ this"
UNIT = "events/s"
ONE = "to one webhook, 64 connections"


def _deliver(bench, sink, make, subject, case, path="/v1/events", paths=("/0",), events=None):
    events = events or bench.scale.events

    def measure():
        with make() as server:
            bench.load(server.address, path, events=max(64, events // 20), run=bench.new_run())
            run = sink.reset()
            loaded = bench.load(server.address, path, events=events, run=run, what=f"{subject}, {case}")
            stats = sink.wait_for(events * len(paths), paths)
        took = (max(stats[each].last_ns for each in paths) - loaded.start_ns) / 1e9
        bench.figures.add(NAME, case, UNIT, subject, events * len(paths) / took)
        repeated = sum(stats[each].repeated for each in paths)
        if repeated:
            bench.figures.note(f"{subject}, {case}: {repeated} deliveries came twice.")

    return measure


def run(bench):
    with Sink(bench) as sink:
        peers = {
            "fanfare": _deliver(bench, sink, lambda: subjects.Fanfare(bench, {"hook": subjects.webhook(sink.url())}), "fanfare", ONE),
            "nginx": _deliver(bench, sink, lambda: subjects.nginx_proxy(bench, sink.port), "nginx proxy_pass, nothing stored", ONE, "/0"),
        }
        if bench.fluent_bit:
            peers["fluent-bit"] = _deliver(bench, sink, lambda: subjects.fluent_bit(bench, sink.port),
                                           "Fluent Bit in_http, filesystem, out_http", ONE)
        bench.alternate(peers)
        paths = [f"/{number}" for number in range(3)]
        destinations = {f"hook{number}": subjects.webhook(sink.url(path)) for number, path in enumerate(paths)}
        bench.alternate({"fanfare": _deliver(bench, sink, lambda: subjects.Fanfare(bench, destinations), "fanfare",
                                             "each to three webhooks, deliveries counted", paths=paths, events=bench.scale.events // 2)})
