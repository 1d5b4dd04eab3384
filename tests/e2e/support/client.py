"""HTTP as a client speaks it: well-behaved (Client, post) or byte by byte (raw)."""
import http.client
import json
import socket
from dataclasses import dataclass


@dataclass
class Answer:
    status: int
    headers: dict  # names in lower case
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def is_problem(self):
        """RFC 9457."""
        return self.headers.get("content-type", "").split(";")[0].strip() == "application/problem+json"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=60):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def split_address(address):
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


class Client:
    """One keep-alive connection. `address` is "host:port" or "unix:/path"; tls: an ssl.SSLContext, for https."""

    def __init__(self, address, timeout=60, tls=None):
        if tls:
            host, port = split_address(address)
            self.connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=tls)
        elif address.startswith("unix:"):
            self.connection = UnixConnection(address[len("unix:"):], timeout)
        else:
            host, port = split_address(address)
            self.connection = http.client.HTTPConnection(host, port, timeout=timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.connection.close()

    def request(self, method, path, body=None, headers=None):
        if self.connection.sock is None:
            self.connection.connect()
            if self.connection.sock.family != socket.AF_UNIX:
                self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.request(method, path, body=body, headers=headers or {})
        response = self.connection.getresponse()
        data = response.read()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, data)


def cloudevent_headers(event_id, source="/tests", event_type="test.event", content_type="application/json", **more):
    """Headers of CloudEvents binary mode (HTTP protocol binding 1.0.2, 3.1)."""
    headers = {"ce-specversion": "1.0", "ce-id": event_id, "ce-source": source, "ce-type": event_type,
               "Content-Type": content_type}
    headers.update({name.replace("_", "-"): value for name, value in more.items()})
    return headers


def raw(address, data, timeout=20, finish=False):
    """Sends bytes as they are on a new connection; the first answer, or None if the connection ended without one.
    finish: say that nothing more will come (FIN) after the bytes."""
    with socket.create_connection(split_address(address), timeout=timeout) as sock:
        try:
            sock.sendall(data)
            if finish:
                sock.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return read_answer(sock)


def read_answer(sock):
    """The first answer on a socket, None if there is none."""
    response = http.client.HTTPResponse(sock)
    try:
        response.begin()
        body = response.read()
    except (http.client.HTTPException, ConnectionError):
        return None
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


def is_closed(sock):
    """Whether the peer closes the connection (after whatever it still sends)."""
    try:
        while sock.recv(65536):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True
