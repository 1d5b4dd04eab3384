"""Ten destinations that each event goes to. What the nine see while the tenth answers, is dead (nobody listens), or hangs."""
from support.ports import free_port

from .. import subjects
from ..bench import Sink

NAME = "isolation"
TITLE = "One bad destination among ten: what the other nine see"
RATIO = "this ÷ all ten answer"
THROUGHPUT, LATENCY = "deliveries to the nine", "until delivered to the nine, p99"
ANSWERS, DEAD, HANGS = "all ten answer", "one is dead", "one hangs"
RATE = 100  # events, each to ten
NINE = [f"/{number}" for number in range(9)]


def _measure(bench, sink, tenth, subject):
    destinations = {f"hook{number}": subjects.webhook(sink.url(path)) for number, path in enumerate(NINE)}
    destinations["tenth"] = subjects.webhook(tenth)
    events = max(50, bench.scale.events // 10)
    timed = max(20, int(RATE * bench.scale.seconds * 4))

    def measure():
        with subjects.Fanfare(bench, destinations) as server:
            run = sink.reset()
            loaded = bench.load(server.address, events=events, run=run, what=f"isolation, {subject}")
            stats = sink.wait_for(events * len(NINE), NINE)
            took = (max(stats[path].last_ns for path in NINE) - loaded.start_ns) / 1e9
            bench.figures.add(NAME, THROUGHPUT, "deliveries/s", subject, events * len(NINE) / took)
        with subjects.Fanfare(bench, destinations) as server:
            bench.load(server.address, events=20, rate=RATE, run=bench.new_run())
            run = sink.reset()
            bench.load(server.address, events=timed, rate=RATE, run=run)
            sink.wait_for(timed * len(NINE), NINE)
            bench.figures.add(NAME, LATENCY, "ms", subject, sink.latencies().p99_ns / 1e6)

    return measure


def run(bench):
    with Sink(bench) as sink, Sink(bench) as other:
        nobody = f"http://127.0.0.1:{free_port()}/"
        bench.alternate({ANSWERS: _measure(bench, sink, other.url(), ANSWERS), DEAD: _measure(bench, sink, nobody, DEAD),
                         HANGS: _measure(bench, sink, other.url("/hang"), HANGS)})
