"""Servers of others, each in a process of its own on a free loopback port, gone with the test."""
import contextlib
import ctypes
import os
import signal
import socket
import subprocess

from .ports import free_port
from .wait import until

_PR_SET_PDEATHSIG = 1


def _listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


@contextlib.contextmanager
def running(command, port, log):
    """The command, from when it listens on the port of 127.0.0.1 to the end of the block; its output goes to `log`."""
    def die_with_the_test():
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    with open(log, "ab") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, preexec_fn=die_with_the_test,
                                   env={**os.environ, "PATH": path})
    try:
        until(lambda: process.poll() is not None or _listens(port), 30, f"{command[0]} to listen")
        assert process.poll() is None, f"{command[0]} ended: {open(log, encoding='utf-8', errors='replace').read()}"
        yield process
    finally:
        process.kill()
        process.wait(timeout=30)
