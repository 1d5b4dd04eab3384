"""Ports for servers that cannot choose one themselves."""
import contextlib
import random
import socket


def free_port():
    """Below those that the system gives to outgoing connections and to whoever asks for any: otherwise somebody has it while
    the server is away, at worst the very client that tries to reach it (a connect from its own target port connects to
    itself)."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        end = int(file.read().split()[0])
    while True:
        port = random.randrange(10000, end)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
