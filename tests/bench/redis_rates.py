#!/usr/bin/env python3
"""The redis plugin beside `redis-benchmark -P 16 XADD`: the same entry, the same server, in turn; one core for the client,
the other for Redis. Also the daemon with a backlog that it delivers, store and all.

usage: tests/bench/redis_rates.py [--build build/release] [--events 500000] [--backlog 100000] [--rounds 5] [--json: the values of every round]
Needs the target redis_bench. Run it on a quiet machine.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = '{"fill":"' + "x" * 100 + '"}'
FIELDS = ["message_id", "msg_0000000000011ztadxn", "specversion", "1.0", "id", "12345", "source", "/bench", "type", "bench.event",
          "datacontenttype", "application/json", "data", DATA]
CLIENT_CORE, SERVER_CORE = "0", "1"


def on_core(core, *words):
    return ["taskset", "-c", core, *words]


def reference(port, events):
    result = subprocess.run(on_core(CLIENT_CORE, "redis-benchmark", "-p", str(port), "-P", "16", "-n", str(events), "--csv", "XADD",
                                    "bench", "*", *FIELDS), capture_output=True, text=True, check=True)
    # The last line: the name of the test, then the rate and six latencies, each in quotes.
    return float(re.findall(r'"([0-9.]+)"', result.stdout.splitlines()[-1])[-7])


def plugin(build, port, events):
    result = subprocess.run(on_core(CLIENT_CORE, os.path.join(build, "tests/bench/redis_bench"), os.path.join(build, "plugins/redis.so"),
                                    f"127.0.0.1:{port}", str(events), DATA), capture_output=True, text=True, check=True)
    return float(result.stdout)


def daemon_drain(Daemon, batch_of, server, directory, backlog):
    """Events per second from the moment the destination is resumed until the last is sent."""
    place = tempfile.mkdtemp(dir=directory)
    destinations = {"events": {"plugin": "redis", "server": server.address, "key": "bench"}}
    with Daemon(place, destinations) as daemon:
        daemon.start(wrapper=on_core(CLIENT_CORE))
        assert daemon.admin("POST", "/v1/destinations/events/pause").status in (200, 202, 204)
        with daemon.client() as client:
            for begin in range(0, backlog, 500):
                body = batch_of([f"b-{number}" for number in range(begin, begin + 500)])
                assert client.request("POST", "/v1/events", body, {"Content-Type": "application/cloudevents-batch+json"}).status == 202
        began = time.monotonic()
        assert daemon.admin("POST", "/v1/destinations/events/resume").status in (200, 202, 204)
        while daemon.status()["deliveries"]["sent"] < backlog:
            time.sleep(0.02)
        return backlog / (time.monotonic() - began)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--events", type=int, default=500000)
    parser.add_argument("--backlog", type=int, default=100000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    os.environ["FANFARE_BUILD"] = os.path.abspath(arguments.build)
    sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
    from support.daemon import Daemon  # reads FANFARE_BUILD when it is imported
    from support.load import batch_of
    from support.redis_server import RedisServer

    with tempfile.TemporaryDirectory(prefix="fanfare-bench.") as directory:
        with RedisServer(directory, appendonly="no") as server:
            subprocess.run(["taskset", "-a", "-c", "-p", SERVER_CORE, str(server.process.pid)], capture_output=True, check=True)
            rates = {"redis-benchmark -P 16": [], "plugin": [], "daemon": []}
            for _ in range(arguments.rounds):
                rates["redis-benchmark -P 16"].append(reference(server.port, arguments.events))
                server.client().flushall()
                rates["plugin"].append(plugin(arguments.build, server.port, arguments.events))
                server.client().flushall()
                rates["daemon"].append(daemon_drain(Daemon, batch_of, server, directory, arguments.backlog))
                server.client().flushall()
            if arguments.json:
                return print(json.dumps(rates))
            base = statistics.median(rates["redis-benchmark -P 16"])
            for name, values in rates.items():
                print(f"{name}: {statistics.median(values):,.0f} entries/s ({min(values):,.0f} to {max(values):,.0f}), "
                      f"{statistics.median(values) / base:.2f} of redis-benchmark")


main()
