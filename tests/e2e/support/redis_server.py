"""Real Redis servers: alone, with Sentinels, as a cluster. Each in a directory of its own on a free loopback port."""
import contextlib
import os
import shutil
import signal
import subprocess

import redis

from .daemon import die_with_the_test
from .ports import free_port
from .wait import until

INSTALL = "apt-get install redis-server redis-tools python3-redis"


def _program(name):
    path = shutil.which(name)
    assert path, f"{name} is not there: {INSTALL}"
    return path


class RedisServer:
    """options: lines of redis.conf as keywords, port=0 for none. Data survive a restart and a kill -9: a reply is sent after
    the write to the append-only file."""

    def __init__(self, directory, name="redis", port=None, sentinel_mode=False, **options):
        self.directory = os.path.join(directory, name)
        os.makedirs(self.directory)
        self.arguments = ["--sentinel"] if sentinel_mode else []
        self.port = free_port() if port is None else port
        self.config = {"port": self.port, "bind": "127.0.0.1", "dir": self.directory, "daemonize": "no"}
        if not sentinel_mode:
            self.config.update({"save": '""', "appendonly": "yes", "appendfsync": "always"})
        self.config.update({key.replace("_", "-"): value for key, value in options.items()})
        self.process = None
        self.connection = {"host": "127.0.0.1", "port": self.port}

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill9()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def write_config(self):
        path = os.path.join(self.directory, "redis.conf")
        with open(path, "w", encoding="utf-8") as file:
            for key, value in self.config.items():
                for line in value if isinstance(value, list) else [value]:
                    file.write(f"{key} {line}\n")
        return path

    def start(self, wait=True):
        # A Sentinel rewrites its configuration: it is written once.
        path = os.path.join(self.directory, "redis.conf")
        if not os.path.exists(path):
            self.write_config()
        with open(os.path.join(self.directory, "log"), "ab") as log:
            self.process = subprocess.Popen([_program("redis-server"), path, *self.arguments], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, preexec_fn=die_with_the_test)
        if wait:
            until(self.is_ready, 60, lambda: f"Redis on {self.port}; its log ends:\n{self.log_tail()}\nThis")
        return self

    def log_tail(self):
        with open(os.path.join(self.directory, "log"), encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-20:])

    def client(self, **options):
        return redis.Redis(**{**self.connection, **options})

    def is_ready(self):
        assert self.process.poll() is None, f"Redis ended at its start:\n{self.log_tail()}"
        try:
            with self.client() as client:
                return client.ping()
        except redis.exceptions.RedisError:
            return False

    def kill9(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(timeout=60)

    def terminate(self):
        self.process.terminate()
        self.process.wait(timeout=60)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def errors(self, code):
        """How often it has answered with this error."""
        return int(self.client().info("errorstats").get("errorstat_" + code, "count=0").removeprefix("count="))


class Cluster:
    """Three masters without replicas."""

    def __init__(self, directory, **options):
        self.nodes = [RedisServer(directory, f"node{number}", cluster_enabled="yes", cluster_node_timeout=2000,
                                  cluster_port=free_port(), **options)
                      for number in range(3)]

    def __enter__(self):
        with contextlib.ExitStack() as started:
            for node in self.nodes:
                started.enter_context(node)
            self._join()
            started.pop_all()
        return self

    def _join(self):
        subprocess.run([_program("redis-cli"), "--cluster", "create", *[node.address for node in self.nodes], "--cluster-yes"],
                       check=True, capture_output=True, timeout=60)
        until(lambda: all(node.client().cluster("info")["cluster_state"] == "ok" for node in self.nodes), 60, "the cluster")

    def __exit__(self, *_):
        for node in self.nodes:
            node.kill9()

    def client(self):
        return redis.cluster.RedisCluster(host="127.0.0.1", port=self.nodes[0].port)

    def node_of(self, slot):
        owner = next(address for address, node in self.nodes[0].client().cluster("nodes").items()
                     if any(int(begin) <= slot <= int(end) for begin, end in (part if len(part) == 2 else part * 2
                                                                              for part in node["slots"])))
        return next(node for node in self.nodes if node.address == owner.split("@")[0])


class Sentinels:
    """A master, a replica, and three Sentinels that agree by two."""

    def __init__(self, directory, name="main"):
        self.name = name
        self.master = RedisServer(directory, "master")
        self.replica = RedisServer(directory, "replica", replicaof=f"127.0.0.1 {self.master.port}",
                                   repl_diskless_sync_delay=0)
        self.sentinels = [RedisServer(directory, f"sentinel{number}", sentinel_mode=True, sentinel=[
            f"monitor {name} 127.0.0.1 {self.master.port} 2", f"down-after-milliseconds {name} 500",
            f"failover-timeout {name} 5000"]) for number in range(3)]

    def __enter__(self):
        with contextlib.ExitStack() as started:
            for server in (self.master, self.replica):
                started.enter_context(server)
            until(lambda: self.master.client().info("replication").get("slave0", {}).get("state") == "online", 60, "the replica")
            for sentinel in self.sentinels:
                started.enter_context(sentinel)
            until(lambda: all(self._knows_all(sentinel) for sentinel in self.sentinels), 60, "the Sentinels to know each other")
            started.pop_all()
        return self

    def _knows_all(self, sentinel):
        state = sentinel.client().sentinel_master(self.name)
        return state["num-other-sentinels"] == 2 and state["num-slaves"] == 1

    def __exit__(self, *_):
        for server in [*self.sentinels, self.replica, self.master]:
            server.kill9()

    @property
    def addresses(self):
        return [sentinel.address for sentinel in self.sentinels]
