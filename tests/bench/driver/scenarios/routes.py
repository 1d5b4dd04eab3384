"""Scanning an event and matching it against all routes, on one core, without HTTP and without the store (match_bench)."""
import subprocess

NAME = "routes"
TITLE = "Matching on one core"
RATIO = "this ÷ 10 routes"
UNIT = "events/s"
CASE = "change events, scanned and matched"
COUNTS = (10, 100, 1000, 10000)


def subject(count):
    return f"{count:,} routes"


def run(bench):
    def measure(count):
        result = subprocess.run([bench.tool("match_bench"), str(min(1, bench.scale.seconds / 3)), str(count)],
                                capture_output=True, text=True, check=True)
        # The events without white space come first: two lines of headings, then the one count.
        bench.figures.add(NAME, CASE, UNIT, subject(count), float(result.stdout.splitlines()[2].split()[3]))

    bench.alternate({count: lambda count=count: measure(count) for count in COUNTS})
