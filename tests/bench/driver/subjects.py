"""What is measured, and beside what: each starts on a free port and ends with the block. README.md says what each promises."""
import contextlib
import os
import shutil
import socket
import time

from support.daemon import Daemon
from support.ports import free_port

from .process import running

PAYLOAD_BYTES = 594  # of an event, unless a case says otherwise


def _wait_for_port(port, process, what):
    for _ in range(1000):
        if process.poll() is not None:
            raise RuntimeError(f"{what} ended with {process.returncode} at its start")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.01)
    raise RuntimeError(f"{what} did not listen on {port} within 10 s")


class Fanfare:
    """The daemon on a new store. destinations as in the configuration; paused: those of them that get nothing yet."""

    def __init__(self, bench, destinations, routes=None, paused=(), environment=None, **options):
        # One that is refused comes back before the daemon has seen the end of its last connection.
        options["server"] = {"max_connections_per_address": 4096, **options.get("server", {})}
        self._place = bench.place()
        self.daemon = Daemon(self._place, destinations, routes, **options)
        self._paused, self._environment = paused, environment

    def __enter__(self):
        self.daemon.start(env=self._environment)
        for name in self._paused:
            self.set_paused(name, True)
        self.address, self.pid = self.daemon.address, self.daemon.process.pid
        return self

    def __exit__(self, *_):
        self.daemon.kill9()
        # The whole grid of `ingest` writes more than many disks have; and what is freed is not to be felt by who comes next.
        shutil.rmtree(self._place)
        os.sync()

    def set_paused(self, name, paused):
        answer = self.daemon.admin("POST", f"/v1/destinations/{name}/{'pause' if paused else 'resume'}")
        if answer.status not in (200, 202, 204):
            raise RuntimeError(f"pause {name}: {answer}")


def webhook(url, **delivery):
    """64 requests at a time, as many as the load has connections."""
    return {"plugin": "webhook", "url": url, "delivery": {"concurrency": 64, "timeout": "1m", **delivery}}


def fanfare_storing(bench, **options):
    """Events are stored with a delivery that is not yet sent."""
    return Fanfare(bench, {"later": webhook("http://127.0.0.1:9/")}, paused=["later"], **options)


class Served:
    """A process that listens on a port."""

    def __init__(self, words, port, **options):
        self._running, self._port, self._name = running(words, **options), port, os.path.basename(words[0])
        self.address = f"127.0.0.1:{port}"

    def __enter__(self):
        self.process = self._running.__enter__()
        self.pid = self.process.pid
        _wait_for_port(self._port, self.process, self._name)
        return self

    def __exit__(self, *error):
        return self._running.__exit__(*error)


def poco(bench, connections=64):
    """A handler of Poco's HTTPServer that answers at once."""
    port = free_port()
    return Served([bench.tool("http_bench"), "poco", f"127.0.0.1:{port}", str(max(connections, 2))], port)


def nginx_proxy(bench, target):
    """Two workers that pass each request on, over kept connections."""
    directory, port = bench.place(), free_port()
    os.chmod(directory, 0o755)  # its workers are not root
    path = os.path.join(directory, "nginx.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write(
            f"pid {directory}/pid; error_log stderr crit; daemon off; worker_processes 2; worker_rlimit_nofile 8192;\n"
            "events { worker_connections 4096; }\n"
            f"http {{ access_log off; client_max_body_size 8m; client_body_buffer_size 512k; keepalive_requests 100000000;\n"
            f"  client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/fastcgi;\n"
            f"  uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;\n"
            f"  upstream sink {{ server 127.0.0.1:{target}; keepalive 64; keepalive_requests 100000000; }}\n"
            f"  server {{ listen 127.0.0.1:{port} backlog=2048; location / {{ proxy_pass http://sink; proxy_http_version 1.1;\n"
            '    proxy_set_header Connection ""; } } }\n')
    return Served(["/usr/sbin/nginx", "-p", directory, "-c", path], port)


def fluent_bit(bench, target):
    """in_http to out_http, with chunks on its filesystem before they are sent. Answers before they are."""
    directory, port = bench.place(), free_port()
    path = os.path.join(directory, "fluent-bit.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"[SERVICE]\n    flush 0.1\n    log_level error\n    storage.path {directory}/chunks\n"
                   "    storage.sync normal\n    storage.max_chunks_up 1024\n"
                   f"[INPUT]\n    name http\n    listen 127.0.0.1\n    port {port}\n    buffer_max_size 64M\n"
                   "    storage.type filesystem\n"
                   f"[OUTPUT]\n    name http\n    match *\n    host 127.0.0.1\n    port {target}\n    uri /0\n    format json\n")
    return Served([bench.fluent_bit, "-c", path], port)
