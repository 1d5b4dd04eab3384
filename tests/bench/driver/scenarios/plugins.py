"""Events per second that a plugin brings to its real server: with a host that does nothing else, and with the daemon draining a
backlog; beside what is at hand for that server (amqp_rates.py, redis_rates.py). The file plugin writes to a disk."""
import json
import os
import subprocess
import sys
import time

from .. import subjects
from ..bench import Sink

NAME = "plugins"
TITLE = "Plugins against real servers"
RATIO = "plugin ÷ this"
UNIT = "events/s"
_HERE = os.path.join(os.path.dirname(__file__), "../..")


def _rates(bench, script, what, **options):
    words = [f"--{name}={value}" for name, value in options.items()]
    result = subprocess.run([sys.executable, "-B", os.path.join(_HERE, script), "--json", f"--build={bench.build}",
                             f"--rounds={bench.scale.rounds}", *words], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{script}: {result.stderr.strip()}")
    rates = json.loads(result.stdout)
    for subject in ("plugin", "daemon", *(name for name in rates if name not in ("plugin", "daemon"))):
        for value in rates[subject]:
            bench.figures.add(NAME, what, UNIT, subject, value)


def _drain(bench, what, destination):
    """Events per second from the moment the destination is resumed until the last is sent."""
    events = max(200, bench.scale.backlog // 10)
    for _ in range(bench.scale.rounds):
        with subjects.Fanfare(bench, {"far": destination(bench.place())}, paused=["far"]) as server:
            bench.load(server.address, events=events, batch=100, run=bench.new_run(), what=what)
            began = time.monotonic()
            server.set_paused("far", False)
            while server.daemon.status()["deliveries"]["sent"] < events:
                time.sleep(0.01)
            bench.figures.add(NAME, what, UNIT, "daemon", events / (time.monotonic() - began))


def run(bench):
    events = bench.scale.events
    _rates(bench, "amqp_rates.py", "amqp to RabbitMQ", events=max(512, events), backlog=max(500, events // 2), singly=max(50, events // 50))
    _rates(bench, "redis_rates.py", "redis to a stream of Redis", events=max(512, events), backlog=max(500, events))
    with Sink(bench) as sink:
        _drain(bench, "webhook to http_sink", lambda _: subjects.webhook(sink.url()))
    _drain(bench, "file", lambda place: {"plugin": "file", "path": os.path.join(place, "events.ndjson")})
