"""What the daemon holds while nothing comes."""
import os
import re
import tomllib

from support.daemon import PLUGINS

EVERY_PLUGIN = os.path.join(os.path.dirname(__file__), "../packages/every_plugin.toml")
MOST_KIB = 25 * 1024


def resident_kib(pid):
    """Page by page: VmRSS of /proc/PID/status is counted per processor, and late by some dozen pages on each."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return int(re.search(r"^Rss:\s+(\d+) kB", file.read(), re.M)[1])


def test_an_idle_daemon_with_a_destination_of_every_plugin_stays_below_25_mib(daemon_on, directory):
    with open(EVERY_PLUGIN, "rb") as file:
        destinations = tomllib.load(file)["destination"]
    assert {one["plugin"] + ".so" for one in destinations.values()} == set(os.listdir(PLUGINS))
    destinations["file"]["path"] = os.path.join(directory, "events.ndjson")
    daemon = daemon_on(destinations).start()
    held = resident_kib(daemon.process.pid)
    assert held < MOST_KIB, f"{held} KiB; where: /proc/PID/smaps of such a daemon, and heaptrack"
