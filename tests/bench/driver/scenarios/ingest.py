"""Events accepted per second, each answered after its fsync; the daemon owes each to one destination that is paused."""
import subprocess
import tempfile

from support.rabbitmq import Rabbit
from support.redis_server import RedisServer

from .. import subjects
from ..subjects import PAYLOAD_BYTES

NAME = "ingest"
TITLE = "Ingest: events accepted per second"
RATIO = "fanfare ÷ this"
UNIT = "events/s"
SIZES = {"0.2 KiB": 205, "0.6 KiB": PAYLOAD_BYTES, "16 KiB": 16384, "256 KiB": 262144}
CONNECTIONS = (1, 64, 1024)


def case_name(batch, size, connections):
    return f"{'one event a request' if batch == 1 else f'batches of {batch}'}, {size}, {connections} connection{'s' if connections > 1 else ''}"


def _cases(quick):
    """(batch, size, connections): the whole grid, or one line through each of its dimensions."""
    for batch in (1, 100):
        for size in SIZES:
            for connections in CONNECTIONS:
                if SIZES[size] * batch > 8 << 20 or (batch > 1 and connections == 1024 and SIZES[size] > PAYLOAD_BYTES):
                    continue  # more than the daemon takes in one request; more memory than the load may have
                if not quick or (batch == 1 and (size == "0.6 KiB" or connections == 64)) or (size == "0.6 KiB" and connections == 64):
                    yield batch, size, connections


def _over_http(bench, make, subject, batch, size, connections):
    name = case_name(batch, size, connections)

    def measure():
        with make() as server:
            options = {"batch": batch, "bytes": SIZES[size], "connections": connections}
            bench.load(server.address, seconds=min(0.3, bench.scale.seconds), run=bench.new_run(), **options)
            loaded = bench.load(server.address, seconds=bench.scale.seconds, run=bench.new_run(), what=f"{subject}, {name}", **options)
            bench.figures.add(NAME, name, UNIT, subject, loaded.rate)

    return measure


def _floor(bench, mode, batch, size, connections):
    """All that can wait at once in one commit, as group commit has it at best."""
    def measure():
        with tempfile.TemporaryDirectory(dir=bench.directory) as directory:
            result = subprocess.run([bench.tool("store_floor"), mode, directory, str(bench.scale.seconds),
                                     str(batch * connections), str(SIZES[size])], capture_output=True, text=True, check=True)
        bench.figures.add(NAME, case_name(batch, size, connections), UNIT, f"floor: {mode}, one thread, no HTTP", float(result.stdout))

    return measure


def _rabbit(bench, broker, case):
    def measure():
        events = max(100, bench.scale.events // 4)
        result = subprocess.run([bench.tool("amqp_bench"), "window", str(broker.port), str(events), "x" * PAYLOAD_BYTES, "64"],
                                capture_output=True, text=True, check=True)
        bench.figures.add(NAME, case, UNIT, "RabbitMQ, persistent, 64 unconfirmed", float(result.stdout))
        with broker.channel() as channel:
            channel.queue_purge("bench")

    return measure


def _redis(bench, server, case):
    def measure():
        result = subprocess.run(
            ["redis-benchmark", "-p", str(server.port), "-c", "64", "-n", str(max(100, bench.scale.events)), "--csv", "XADD", "bench",
             "*", "data", "x" * PAYLOAD_BYTES], capture_output=True, text=True, check=True)
        # Of the last line the second field: the first is the command itself.
        rate = result.stdout.splitlines()[-1].split('","')[-7]
        bench.figures.add(NAME, case, UNIT, "Redis XADD, appendfsync always, 64 clients", float(rate))
        server.client().flushall()

    return measure


def _anchor(bench, case, http):
    """The case of the target table, beside all peers."""
    name = case_name(*case)
    with RedisServer(bench.place()) as redis, Rabbit(bench.place()) as broker:
        broker.declare("bench")
        bench.alternate({**http, "sqlite": _floor(bench, "sqlite", *case), "log": _floor(bench, "log", *case),
                         "rabbit": _rabbit(bench, broker, name), "redis": _redis(bench, redis, name)})


def run(bench):
    for case in _cases(bench.scale.quick):
        batch, size, connections = case
        # Poco parks one thread for each connection.
        http = {"fanfare": _over_http(bench, lambda: subjects.fanfare_storing(bench), "fanfare", *case),
                "poco": _over_http(bench, lambda: subjects.poco(bench, connections), "bare Poco handler, nothing kept", *case)}
        if bench.fluent_bit and batch == 1:
            http["fluent-bit"] = _over_http(bench, lambda: subjects.fluent_bit(bench, 9), "Fluent Bit in_http", *case)
        if case == (1, "0.6 KiB", 64):
            _anchor(bench, case, http)
        elif case == (100, "0.6 KiB", 64):
            bench.alternate({**http, "sqlite": _floor(bench, "sqlite", *case), "log": _floor(bench, "log", *case)})
        else:
            bench.alternate(http)
