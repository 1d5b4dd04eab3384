"""Servers from npm, for one test: on a free loopback port, stopped with it."""
import os
import socket
import subprocess

from . import node
from .daemon import die_with_the_test
from .ports import free_port
from .wait import until


class NpmServer:
    """program: its name in node_modules/.bin; arguments and env may hold {port}.

    with NpmServer("fauxqs", env={"FAUXQS_PORT": "{port}"}) as server: ...
    """

    def __init__(self, program, arguments=(), env=None):
        node.install()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        arguments = [text.format(port=self.port) for text in arguments]
        env = {name: text.format(port=self.port) for name, text in (env or {}).items()}
        self.process = subprocess.Popen([os.path.join(node.PLACE, "node_modules/.bin", program), *arguments],
                                        env={**os.environ, **env}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, preexec_fn=die_with_the_test)

    def __enter__(self):
        until(self._is_up, 60, f"the start of {self.process.args[0]}")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)

    def _is_up(self):
        assert self.process.poll() is None, f"{self.process.args[0]} ended with {self.process.returncode} at its start"
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
            return True
        except OSError:
            return False
