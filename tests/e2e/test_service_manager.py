"""What systemd is told and hands over, with this test in its place: sd_notify(3), sd_listen_fds(3)."""
import os
import socket

from support.client import Client
from support.daemon import webhook


def manager(directory):
    """The datagram socket that NOTIFY_SOCKET names."""
    path = os.path.join(directory, "notify")
    end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    end.bind(path)
    end.settimeout(60)
    return end, path


def hear(end, wanted):
    """The message that contains this assignment; others are read over."""
    while True:
        message = end.recv(4096).decode()
        if wanted in message.split("\n"):
            return message


def test_says_ready_once_it_takes_events_then_that_it_lives_and_at_last_that_it_stops(daemon_on, receiver, directory):
    end, path = manager(directory)
    daemon = daemon_on({"hook": webhook(receiver)})
    env = {**os.environ, "NOTIFY_SOCKET": path, "WATCHDOG_USEC": "200000"}
    daemon.start(env=env)
    assert "STATUS=taking events at " + daemon.address in hear(end, "READY=1")
    for _ in range(3):
        hear(end, "WATCHDOG=1")
    daemon.process.terminate()
    hear(end, "STOPPING=1")
    assert daemon.wait_exit() == 0


def test_without_a_service_manager_it_runs_as_ever(hooked):
    assert hooked.post("e-1").status == 202
    assert hooked.stop() == 0


def hand_over(listening):
    """A wrapper that gives the process this socket as systemd does: as descriptor 3, with its number in LISTEN_PID."""
    script = f'exec 3<&{listening.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=ingest exec "$@"'
    return ("bash", "-c", script, "hand-over")


def test_serves_a_socket_that_was_handed_over_and_a_client_that_comes_while_it_restarts_is_served(daemon_on, receiver):
    listening = socket.create_server(("127.0.0.1", 0))
    listening.set_inheritable(True)
    daemon = daemon_on({"hook": webhook(receiver)}, server={"listen": "systemd:ingest"}, pass_fds=[listening.fileno()])
    daemon.start(wrapper=hand_over(listening))
    assert daemon.address == "127.0.0.1:%d" % listening.getsockname()[1]
    assert daemon.post("e-1").status == 202
    assert daemon.stop() == 0
    waiting = Client(daemon.address, 60)
    waiting.connection.connect()  # nobody is there to accept it
    daemon.start(wrapper=hand_over(listening))
    answer = waiting.request("POST", "/v1/events", b"{}", {"Content-Type": "application/json", "Fanfare-Id": "e-2"})
    assert answer.status == 202, answer
    daemon.drain()
    assert sorted(request.headers["ce-id"] for request in receiver.requests()) == ["e-1", "e-2"]


def test_a_socket_that_was_not_handed_over_is_an_error_that_names_it(daemon_on, receiver):
    daemon = daemon_on({"hook": webhook(receiver)}, server={"listen": "systemd:ingest"})
    daemon.launch()
    assert daemon.wait_exit() == 78
    assert "no socket of the name 'ingest'" in daemon.log_tail()
    assert "FileDescriptorName=ingest" in daemon.log_tail()
