"""A real RabbitMQ of our own, in a directory of its own on free loopback ports; it keeps its data over restarts."""
import contextlib
import ctypes
import logging
import os
import shutil
import signal
import socket
import subprocess

import pika

from .ports import free_port
from .wait import until

HOME = "/usr/lib/rabbitmq/bin"
INSTALL = "apt-get install rabbitmq-server python3-pika"
_PR_SET_PDEATHSIG = 1

# A broker that is not up yet is no news here.
logging.getLogger("pika").setLevel(logging.CRITICAL)


def die_with_the_test():
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


class Rabbit:
    """config: lines of rabbitmq.conf; tls: (authority, certificate, key) as files, for a listener at tls_port."""

    def __init__(self, directory, name="rabbit", config=(), tls=None):
        assert os.path.exists(os.path.join(HOME, "rabbitmq-server")), f"RabbitMQ is not there: {INSTALL}"
        self.directory = os.path.join(directory, name)
        os.makedirs(self.directory)
        self.port, self.tls_port = free_port(), free_port()
        self.epmd_port = free_port()
        self.epmd = self.process = None
        lines = [f"listeners.tcp.1 = 127.0.0.1:{self.port}", *config]
        if tls:
            authority, certificate, key = tls
            lines += [f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}", f"ssl_options.cacertfile = {authority}",
                      f"ssl_options.certfile = {certificate}", f"ssl_options.keyfile = {key}"]
        self._write("rabbitmq.conf", "\n".join(lines) + "\n")
        self._write("enabled_plugins", "[].\n")
        self.environment = {
            **os.environ, "HOME": self.directory, "ERL_EPMD_PORT": str(self.epmd_port), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "ff@localhost", "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": self.directory, "RABBITMQ_LOG_BASE": self.directory,
            "RABBITMQ_PID_FILE": os.path.join(self.directory, "pid"),
            "RABBITMQ_CONFIG_FILE": os.path.join(self.directory, "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": os.path.join(self.directory, "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": os.path.join(self.directory, "enabled_plugins"),
        }

    def _write(self, name, text):
        with open(os.path.join(self.directory, name), "w", encoding="utf-8") as file:
            file.write(text)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill9()
        if self.epmd:
            self.epmd.kill()
            self.epmd.wait(timeout=60)

    def start(self):
        if not self.epmd:
            # In the foreground, so that it ends with the test; the broker would leave one behind.
            self.epmd = subprocess.Popen([shutil.which("epmd"), "-port", str(self.epmd_port)], env=self.environment,
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                         preexec_fn=die_with_the_test)
            until(lambda: _answers(self.epmd_port), 60, "epmd")
        with open(os.path.join(self.directory, "output"), "ab") as log:
            self.process = subprocess.Popen([os.path.join(HOME, "rabbitmq-server")], env=self.environment,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                            preexec_fn=die_with_the_test)
        until(self.is_ready, 120, lambda: f"RabbitMQ on {self.port}; its output ends:\n{self.output_tail()}\nThis")
        return self

    def output_tail(self):
        with open(os.path.join(self.directory, "output"), encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-20:])

    def is_ready(self):
        assert self.process.poll() is None, f"RabbitMQ ended at its start:\n{self.output_tail()}"
        try:
            self.connect().close()
            return True
        except (pika.exceptions.AMQPError, OSError):
            return False

    def kill9(self):
        """The whole process group: the Erlang machine has helpers, and is itself the child of a script."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=60)
            until(lambda: not _answers(self.port), 60, "the end of RabbitMQ")

    def terminate(self):
        """As a service manager stops it: it closes its connections and writes down what it has."""
        self.process.terminate()
        self.process.wait(timeout=120)

    def control(self, *words):
        """rabbitmqctl"""
        result = subprocess.run([os.path.join(HOME, "rabbitmqctl"), *words], env=self.environment, capture_output=True,
                                text=True, check=False, timeout=120)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    @property
    def url(self):
        return f"amqp://127.0.0.1:{self.port}"

    @property
    def tls_url(self):
        return f"amqps://127.0.0.1:{self.tls_port}"

    def connect(self, **options):
        return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", self.port, heartbeat=0, socket_timeout=60,
                                                                 **options))

    @contextlib.contextmanager
    def channel(self, **options):
        connection = self.connect(**options)
        try:
            yield connection.channel()
        finally:
            with contextlib.suppress(pika.exceptions.AMQPError):
                connection.close()

    def declare(self, *queues, **options):
        with self.channel() as channel:
            for queue in queues:
                channel.queue_declare(queue, durable=True, **options)

    def sync(self):
        """What has been declared is on the disk afterwards. The broker confirms a declaration before it is: killed at once, it
        forgets even a durable queue."""
        self.control("eval", "mnesia:sync_log().")

    def count(self, queue):
        with self.channel() as channel:
            return channel.queue_declare(queue, passive=True).method.message_count

    def take(self, queue):
        """All messages that are there, in their order: [(routing key, properties, body)]."""
        out = []
        with self.channel() as channel:
            count = channel.queue_declare(queue, passive=True).method.message_count
            if count == 0:
                return out
            for method, properties, body in channel.consume(queue):
                out.append((method.routing_key, properties, body))
                if len(out) == count:
                    channel.basic_ack(method.delivery_tag, multiple=True)
                    channel.cancel()
                    return out
