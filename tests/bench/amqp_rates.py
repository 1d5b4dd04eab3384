#!/usr/bin/env python3
"""The amqp plugin (persistent, with confirms) beside pika that waits for each confirm, and beside librabbitmq without
confirms: the same message to the same durable queue, in turn; one core for the client, the other for RabbitMQ. Also the
daemon with a backlog that it delivers, store and all.

usage: tests/bench/amqp_rates.py [--build build/release] [--events 100000] [--backlog 50000] [--singly 2000] [--rounds 5]
       [--json: the values of every round]
Needs the target amqp_bench. Run it on a quiet machine.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = '{"fill":"' + "x" * 100 + '"}'
HEADERS = {"fanfare-delivery": "dlv_0000000000011ztadxn", "cloudEvents_specversion": "1.0", "cloudEvents_id": "12345",
           "cloudEvents_source": "/bench", "cloudEvents_type": "bench.event"}
CLIENT_CORE, SERVER_CORE = "0", "1"


def on_core(core, *words):
    return ["taskset", "-c", core, *words]


def one_by_one(port, events):
    """Runs in a process of its own."""
    import pika
    with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        properties = pika.BasicProperties(content_type="application/json", delivery_mode=2, headers=HEADERS,
                                          message_id="msg_0000000000011ztadxn", timestamp=0, type="bench.event", app_id="fanfare")
        began = time.monotonic()
        for _ in range(events):
            channel.basic_publish("", "bench", DATA, properties, mandatory=True)
        print(events / (time.monotonic() - began))


def bench(build, *words):
    result = subprocess.run(on_core(CLIENT_CORE, os.path.join(build, "tests/bench/amqp_bench"), *words), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return float(result.stdout)


def daemon_drain(Daemon, batch_of, port, directory, backlog):
    """Events per second from the moment the destination is resumed until the last is sent."""
    place = tempfile.mkdtemp(dir=directory)
    destinations = {"bus": {"plugin": "amqp", "url": f"amqp://127.0.0.1:{port}", "routing_key": "bench"}}
    with Daemon(place, destinations) as daemon:
        daemon.start(wrapper=on_core(CLIENT_CORE))
        assert daemon.admin("POST", "/v1/destinations/bus/pause").status in (200, 202, 204)
        with daemon.client() as client:
            for begin in range(0, backlog, 500):
                body = batch_of([f"b-{number}" for number in range(begin, begin + 500)])
                assert client.request("POST", "/v1/events", body, {"Content-Type": "application/cloudevents-batch+json"}).status == 202
        began = time.monotonic()
        assert daemon.admin("POST", "/v1/destinations/bus/resume").status in (200, 202, 204)
        while daemon.status()["deliveries"]["sent"] < backlog:
            time.sleep(0.02)
        return backlog / (time.monotonic() - began)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--events", type=int, default=100000)
    parser.add_argument("--backlog", type=int, default=50000)
    parser.add_argument("--singly", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one-by-one", type=int, metavar="PORT", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one_by_one:
        return one_by_one(arguments.one_by_one, arguments.singly)
    os.environ["FANFARE_BUILD"] = os.path.abspath(arguments.build)
    sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
    from support.daemon import Daemon  # reads FANFARE_BUILD when it is imported
    from support.load import batch_of
    from support.rabbitmq import Rabbit

    with tempfile.TemporaryDirectory(prefix="fanfare-bench.") as directory, Rabbit(directory) as broker:
        subprocess.run(["taskset", "-a", "-c", "-p", SERVER_CORE, str(broker.process.pid)], capture_output=True, check=True)
        broker.declare("bench")
        port = str(broker.port)
        pika_words = on_core(CLIENT_CORE, sys.executable, __file__, "--one-by-one", port, "--singly", str(arguments.singly))
        ways = {
            "pika, confirms one by one": lambda: float(subprocess.run(pika_words, capture_output=True, text=True, check=True).stdout),
            "librabbitmq, no confirms": lambda: bench(arguments.build, "library", port, str(arguments.events), DATA),
            "plugin": lambda: bench(arguments.build, "plugin", os.path.join(arguments.build, "plugins/amqp.so"), port,
                                    str(arguments.events), DATA),
            "daemon": lambda: daemon_drain(Daemon, batch_of, broker.port, directory, arguments.backlog),
        }
        rates = {name: [] for name in ways}
        for _ in range(arguments.rounds):
            for name, measure in ways.items():
                rates[name].append(measure())
                with broker.channel() as channel:
                    channel.queue_purge("bench")
        if arguments.json:
            return print(json.dumps(rates))
        medians = {name: statistics.median(values) for name, values in rates.items()}
        for name, values in rates.items():
            print(f"{name}: {medians[name]:,.0f} messages/s ({min(values):,.0f} to {max(values):,.0f}), "
                  f"{medians[name] / medians['pika, confirms one by one']:.1f} of pika, "
                  f"{medians[name] / medians['librabbitmq, no confirms']:.2f} of librabbitmq")


main()
