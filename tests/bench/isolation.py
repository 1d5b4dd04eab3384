#!/usr/bin/env python3
"""What a destination that hangs for ever costs the nine beside it, and ingest: ratios within one run, against the same
ten destinations when all of them answer.

usage: tests/bench/isolation.py [--build build/release] [--events 20000] [--rounds 3]
Receivers are nginx; the load is h2load with 64 connections. Run it on a quiet machine.
"""
import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
GOOD = [f"good{number}" for number in range(9)]
EVENT = os.path.join(HERE, "..", "..", "etc", "examples", "events", "change-create.json")


def start_nginx(directory):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    config = os.path.join(directory, "nginx.conf")
    with open(config, "w", encoding="ascii") as file:
        file.write(f"pid {directory}/nginx.pid; error_log stderr crit; daemon off; worker_processes 1;\n"
                   "events { worker_connections 4096; }\n"
                   f"http {{ access_log off; client_body_temp_path {directory}/body; keepalive_requests 1000000;\n"
                   f"  server {{ listen 127.0.0.1:{port}; location / {{ return 204; }} }} }}\n")
    return subprocess.Popen(["/usr/sbin/nginx", "-p", directory, "-c", config]), port


def measure(daemon, events, answering):
    """(events accepted per second, deliveries per second to each destination that answers)"""
    began = time.monotonic()
    result = subprocess.run(["h2load", "--h1", "-n", str(events), "-c", "64", "-d", EVENT, "-H", "content-type: application/json",
                             f"http://{daemon.address}/v1/events"], capture_output=True, text=True, check=True)
    accepted = time.monotonic() - began
    assert re.search(rf"status codes: {events} 2xx", result.stdout), result.stdout
    while daemon.status()["deliveries"]["sent"] < answering * events:
        time.sleep(0.02)
    return events / accepted, events / (time.monotonic() - began)


def one_run(Daemon, directory, build, port, hung_port, events):
    place = tempfile.mkdtemp(dir=directory)
    destinations = {name: {"plugin": "webhook", "url": f"http://127.0.0.1:{port}/{name}"} for name in GOOD}
    destinations["tenth"] = {"plugin": "webhook", "url": f"http://127.0.0.1:{hung_port or port}/"}
    with Daemon(place, destinations, server={"shutdown_timeout": "1s"}) as daemon:
        return measure(daemon.start(), events, len(GOOD) + (hung_port is None))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--events", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    os.environ["FANFARE_BUILD"] = os.path.abspath(arguments.build)
    sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
    from support.daemon import Daemon  # reads FANFARE_BUILD when it is imported

    directory = tempfile.mkdtemp(prefix="fanfare-bench.")
    nginx, port = start_nginx(directory)
    hung = socket.create_server(("127.0.0.1", 0), backlog=1024)  # accepts in the kernel, never answers
    try:
        alone, beside = [], []
        for _ in range(arguments.rounds):
            alone.append(one_run(Daemon, directory, arguments.build, port, None, arguments.events))
            beside.append(one_run(Daemon, directory, arguments.build, port, hung.getsockname()[1], arguments.events))
        for index, what in enumerate(("accepted events/s", "deliveries/s to each of the nine")):
            without = statistics.median(run[index] for run in alone)
            with_hung = statistics.median(run[index] for run in beside)
            print(f"{what}: {without:,.0f} when the tenth answers, {with_hung:,.0f} when it hangs, ratio {with_hung / without:.2f}")
    finally:
        nginx.terminate()
        nginx.wait()
        shutil.rmtree(directory, ignore_errors=True)


main()
