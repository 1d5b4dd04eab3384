"""An idle daemon with one destination of each plugin: start-up, memory; and the size of the package, where one is built."""
import glob
import os
import time
import tomllib

from support.daemon import Daemon

from ..process import resident_mb
from ..ready import start_until_ready

NAME = "footprint"
TITLE = "Idle, with a destination of every plugin"
SUBJECT = "fanfare"
START, MEMORY, PACKAGE = "start until ready", "resident memory after 1 s", "size of the package fanfare (deb)"
_EVERY_PLUGIN = os.path.join(os.path.dirname(__file__), "../../../packages/every_plugin.toml")


def _destinations(place):
    with open(_EVERY_PLUGIN, "rb") as file:
        destinations = tomllib.load(file)["destination"]
    destinations["file"]["path"] = os.path.join(place, "events.ndjson")
    return destinations


def run(bench):
    for _ in range(bench.scale.rounds * 2):
        place = bench.place()
        with Daemon(place, _destinations(place)) as daemon:
            bench.figures.add(NAME, START, "ms", SUBJECT, start_until_ready(daemon) * 1000)
            time.sleep(1)
            bench.figures.add(NAME, MEMORY, "MB", SUBJECT, resident_mb(daemon.process.pid))
    packages = glob.glob(os.path.join(bench.build, "../packages/fanfare_*.deb"))
    for path in packages[:1]:
        bench.figures.add(NAME, PACKAGE, "MB", SUBJECT, os.path.getsize(path) / 1e6)
    if not packages:
        bench.figures.note("The size of the package is not measured: there is none in build/packages; packaging/build makes it.")
