"""What every scenario works with: how much to measure, the load, the sink, and turns."""
import itertools
import json
import os
import subprocess
import tempfile
import time
import types
import urllib.request
from dataclasses import dataclass

from .process import running


@dataclass(frozen=True)
class Scale:
    """How much is measured. seconds: of a loop; events, backlog: of what is counted instead."""
    rounds: int
    seconds: float
    events: int
    backlog: int
    kills: int
    quick: bool


SCALES = {
    "tiny": Scale(rounds=1, seconds=0.2, events=200, backlog=2000, kills=1, quick=True),
    "quick": Scale(rounds=3, seconds=1, events=60_000, backlog=100_000, kills=3, quick=True),
    "full": Scale(rounds=5, seconds=5, events=100_000, backlog=1_000_000, kills=500, quick=False),
}


class Bench:
    def __init__(self, build, directory, scale, figures, fluent_bit=None):
        self.build, self.directory, self.scale, self.figures, self.fluent_bit = build, directory, scale, figures, fluent_bit
        self._runs = itertools.count(1)

    def tool(self, name):
        return os.path.join(self.build, "tests/bench", name)

    def place(self):
        """A new directory for a store or a server."""
        return tempfile.mkdtemp(dir=self.directory)

    def new_run(self):
        return next(self._runs)

    def load(self, address, path="/v1/events", what=None, **options):
        """Runs http_load; what it printed, with `rate` (events a second). what: named in a note if the load was in the way."""
        options = {name: value for name, value in options.items() if value is not None}
        words = itertools.chain.from_iterable((f"--{name}", f"{value}") for name, value in options.items())
        result = subprocess.run([self.tool("http_load"), address, path, *words], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"{what or address}: {result.stderr.strip()}")
        loaded = types.SimpleNamespace(**json.loads(result.stdout))
        loaded.rate = loaded.events / loaded.seconds
        if what and (loaded.refused or loaded.broken):
            self.figures.note(f"{what}: not all were taken: {loaded.refused} by status, {loaded.broken} connections broke.")
        if what and loaded.busy > 0.9:
            self.figures.note(f"{what}: the load itself used {loaded.busy:.2f} of a core: the server may be able to take more.")
        return loaded

    def alternate(self, subjects):
        """Calls each of {name: function} once a round, in an order that turns from round to round."""
        names = list(subjects)
        for number in range(self.scale.rounds):
            for name in names[number % len(names):] + names[:number % len(names)]:
                subjects[name]()


class Sink:
    """http_sink; use as a context."""

    def __init__(self, bench):
        self._bench = bench

    def __enter__(self):
        self._running = running([self._bench.tool("http_sink"), "0"], stdout=subprocess.PIPE, text=True)
        self.process = self._running.__enter__()
        self.port = int(self.process.stdout.readline())
        self.process.stdout.close()
        return self

    def __exit__(self, *error):
        return self._running.__exit__(*error)

    def url(self, path="/0"):
        return f"http://127.0.0.1:{self.port}{path}"

    def reset(self):
        """The number of a new run: only its events count from now on."""
        run = self._bench.new_run()
        urllib.request.urlopen(urllib.request.Request(self.url(f"/reset/{run}"), method="POST"), timeout=60).close()
        return run

    def stats(self):
        """{path: what came there}"""
        with urllib.request.urlopen(self.url("/stats"), timeout=60) as answer:
            return {f"/{number}": types.SimpleNamespace(**found) for number, found in json.load(answer).items()}

    def latencies(self):
        """Of all that came, wherever."""
        with urllib.request.urlopen(self.url("/latencies"), timeout=60) as answer:
            return types.SimpleNamespace(**json.load(answer))

    def distinct(self, paths):
        found = self.stats()
        return sum(found[path].distinct for path in paths if path in found)

    def wait_for(self, count, paths=("/0",), patience=60):
        """Until so many distinct deliveries have come to these paths; gives up when none comes for `patience` seconds."""
        last, since = -1, time.monotonic()
        while (seen := self.distinct(paths)) < count:
            if seen != last:
                last, since = seen, time.monotonic()
            if time.monotonic() - since > patience:
                raise RuntimeError(f"only {seen} of {count} deliveries came to {', '.join(paths)}")
            time.sleep(0.02)
        return self.stats()
