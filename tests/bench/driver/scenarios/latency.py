"""At 1,000 events a second, each with its time beforehand; latency counts from that time, whether it could be sent then or not."""
from .. import subjects
from ..bench import Sink

NAME = "latency"
TITLE = "Latency at 1,000 events per second, open loop"
RATIO = "fanfare ÷ this"
UNIT = "ms"
RATE = 1000
ANSWER, DELIVERED = "until the answer", "until it is at the webhook"


def _measure(bench, sink, make, subject, path, delivers=True):
    def measure():
        events = max(50, int(RATE * bench.scale.seconds * 2))
        with make() as server:
            bench.load(server.address, path, events=100, rate=RATE, run=bench.new_run())
            run = sink.reset()
            loaded = bench.load(server.address, path, events=events, rate=RATE, run=run, what=f"{subject}, latency")
            ways = {ANSWER: loaded}
            if delivers:
                ways[DELIVERED] = sink.wait_for(events)["/0"]
        for way, seen in ways.items():
            for share, ns in (("p50", seen.p50_ns), ("p99", seen.p99_ns), ("p99.9", seen.p999_ns), ("max", seen.max_ns)):
                bench.figures.add(NAME, f"{way}, {share}", UNIT, subject, ns / 1e6)

    return measure


def run(bench):
    with Sink(bench) as sink:
        peers = {
            "fanfare": _measure(bench, sink, lambda: subjects.Fanfare(bench, {"hook": subjects.webhook(sink.url())}), "fanfare", "/v1/events"),
            "nginx": _measure(bench, sink, lambda: subjects.nginx_proxy(bench, sink.port), "nginx proxy_pass, nothing stored", "/0"),
            "poco": _measure(bench, sink, lambda: subjects.poco(bench), "bare Poco handler, nothing kept", "/", delivers=False),
        }
        if bench.fluent_bit:
            peers["fluent-bit"] = _measure(bench, sink, lambda: subjects.fluent_bit(bench, sink.port),
                                           "Fluent Bit in_http, filesystem, out_http", "/0")
        bench.alternate(peers)
