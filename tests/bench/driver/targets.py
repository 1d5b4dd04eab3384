"""The numbers fanfare is judged by, each beside what this run measured. A row without its figures stays, and says so."""
import statistics

from .scenarios import backlog, end_to_end, footprint, ingest, isolation, kills, latency, routes

_SINGLE = ingest.case_name(1, "0.6 KiB", 64)
_BATCHED = ingest.case_name(100, "0.6 KiB", 64)
_BARE = "bare Poco handler, nothing kept"
_NGINX = "nginx proxy_pass, nothing stored"
# What the rows mean.
_WAITING = 1_000_000
_KILLS = 500


class _Run:
    """Medians of this run; KeyError where there are none."""

    def __init__(self, figures, scale):
        self.figures, self.scale = figures, scale

    def value(self, table, case, unit, subject="fanfare"):
        found = self.figures.case(table, case, unit)
        if not found or subject not in found.values:
            raise KeyError(case)
        return found.median(subject)

    def ratio(self, table, case, unit, mine, other):
        self.value(table, case, unit, mine)
        self.value(table, case, unit, other)
        return statistics.median(self.figures.case(table, case, unit).ratios(mine, other))


def _shown(met, seen, meant):
    """Fewer than the row means can show that it is missed, never that it is met."""
    return None if met and seen < meant else met


def _at_least(limit, value, text):
    return text, value >= limit


def _below(limit, value, text):
    return text, value < limit


def _throughput_ratio(run, table, case, other, limit):
    ratio = run.ratio(table, case, ingest.UNIT, "fanfare", other)
    return _at_least(limit, ratio, f"{run.value(table, case, ingest.UNIT):,.0f}/s, {ratio:.2f}×")


def _latency(run, way, limit):
    value = run.value(latency.NAME, f"{way}, p99", latency.UNIT)
    return _below(limit, value, f"{value:.2f} ms")


def _matching(run):
    many = run.value(routes.NAME, routes.CASE, routes.UNIT, routes.subject(10000))
    return _at_least(700_000, many, f"{many:,.0f}/s")


def _matching_growth(run):
    growth = run.ratio(routes.NAME, routes.CASE, routes.UNIT, routes.subject(10), routes.subject(10000))
    return f"{growth:.2f}×", growth <= 1.2


def _isolated_throughput(run, bad):
    ratio = run.ratio(isolation.NAME, isolation.THROUGHPUT, "deliveries/s", bad, isolation.ANSWERS)
    return _at_least(0.95, ratio, f"{ratio:.2f}×")


def _isolated_latency(run, bad):
    ratio = run.ratio(isolation.NAME, isolation.LATENCY, "ms", bad, isolation.ANSWERS)
    return f"{ratio:.2f}×", ratio <= 1.2


def _memory(run):
    value = run.value(footprint.NAME, footprint.MEMORY, "MB")
    return _below(25, value, f"{value:.1f} MB")


def _backlog(run, which, unit, limit):
    case = backlog.cases(run.scale)[which]
    value = run.value(backlog.NAME, case, unit)
    return f"{value:.2f} {unit} with {run.scale.backlog:,}", _shown(value < limit, run.scale.backlog, _WAITING)


def _start(run):
    value = run.value(footprint.NAME, footprint.START, "ms")
    return _below(100, value, f"{value:.0f} ms")


def _package(run):
    value = run.value(footprint.NAME, footprint.PACKAGE, "MB")
    return _below(3, value, f"{value:.2f} MB")


def _kills(run):
    lost, twice, doubt = (run.value(kills.NAME, kills.case(run.scale, what), "events" if what == kills.LOST else "deliveries")
                          for what in (kills.LOST, kills.TWICE, kills.DOUBT))
    return (f"{lost:.0f} lost, {twice:.0f} twice of {doubt:.0f} in doubt, {run.scale.kills} kills",
            _shown(lost == 0 and twice <= doubt, run.scale.kills, _KILLS))


_TARGETS = [
    ("ingest, one event a request", "≥ 0.6× bare Poco handler", lambda run: _throughput_ratio(run, ingest.NAME, _SINGLE, _BARE, 0.6)),
    ("ingest, one event a request", "≥ 2× Fluent Bit's in_http", lambda run: _throughput_ratio(run, ingest.NAME, _SINGLE, "Fluent Bit in_http", 2)),
    ("ingest, batches of 100", "≥ 400,000 events/s", lambda run: _at_least(
        400_000, run.value(ingest.NAME, _BATCHED, ingest.UNIT), f"{run.value(ingest.NAME, _BATCHED, ingest.UNIT):,.0f}/s")),
    ("end to end to a webhook", "≥ 0.5× nginx proxy_pass", lambda run: _throughput_ratio(run, end_to_end.NAME, end_to_end.ONE, _NGINX, 0.5)),
    ("202 at 1,000/s, p99", "< 5 ms", lambda run: _latency(run, latency.ANSWER, 5)),
    ("published to delivered at 1,000/s, p99", "< 20 ms", lambda run: _latency(run, latency.DELIVERED, 20)),
    ("matching, one core, 10,000 routes", "≥ 700,000 events/s", _matching),
    ("the cost of 10,000 routes", "≤ 1.2× that of 10", _matching_growth),
    ("one dead destination among ten: throughput of the others", "≥ 0.95×", lambda run: _isolated_throughput(run, isolation.DEAD)),
    ("one dead destination among ten: p99 of the others", "≤ 1.2×", lambda run: _isolated_latency(run, isolation.DEAD)),
    ("one hanging destination among ten: throughput of the others", "≥ 0.95×", lambda run: _isolated_throughput(run, isolation.HANGS)),
    ("one hanging destination among ten: p99 of the others", "≤ 1.2×", lambda run: _isolated_latency(run, isolation.HANGS)),
    ("resident memory, idle, with every plugin", "< 25 MB", _memory),
    (f"resident memory with {_WAITING:,} waiting", "< 100 MB", lambda run: _backlog(run, "memory", "MB", 100)),
    (f"restart with {_WAITING:,} waiting", "< 1 s", lambda run: _backlog(run, "restart", "s", 1)),
    ("start until ready", "< 100 ms", _start),
    ("size of the package fanfare", "< 3 MB", _package),
    (f"{_KILLS} kills under load", "0 acknowledged lost; twice ≤ in doubt", _kills),
]


def judged(figures, scale):
    """(what, target, measured, met: True, False or None where it was not measured, or not enough) for every row."""
    run = _Run(figures, scale)
    for what, target, judge in _TARGETS:
        try:
            measured, met = judge(run)
        except KeyError:
            measured, met = "not measured", None
        yield what, target, measured, met
