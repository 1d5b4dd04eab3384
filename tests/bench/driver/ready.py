"""How long the daemon takes to be ready, by what it tells its service manager."""
import os
import socket
import time


def start_until_ready(daemon, seconds=120):
    """Launches it; seconds from the start of the process until READY=1."""
    path = os.path.join(daemon.directory, "notify.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(path)
        notified.settimeout(seconds)
        began = time.monotonic()
        daemon.launch(env={**os.environ, "NOTIFY_SOCKET": path})
        while b"READY=1" not in notified.recv(4096):
            pass
        took = time.monotonic() - began
    os.unlink(path)
    return took
