"""A far side that misbehaves in one way, over TCP or TLS, whatever it is asked."""
import socket
import ssl
import struct
import threading


class FaultServer:
    """behave(connection, request): called with each whole request that came; the connection is closed after it.
    certificate: the files of a certificate and its key, for TLS."""

    def __init__(self, behave, certificate=None):
        self.requests = []  # heads and bodies, as they came
        self.stopped = threading.Event()
        self._behave = behave
        self._context = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*certificate)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._connections = set()
        self._lock = threading.Lock()
        scheme = "https" if certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def stop(self):
        self.stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._acceptor.join()
        self._listener.close()
        with self._lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                request = _read_request(connection)
                if request:
                    self.requests.append(request)
                    self._behave(self, connection, request)
        except OSError:
            pass


def _read_request(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    sizes = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < int(sizes[0] if sizes else 0):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(status, headers=(), body=b""):
    """The bytes of an answer."""
    lines = [f"HTTP/1.1 {status} Scripted", *(f"{name}: {value}" for name, value in headers)]
    if status != 204:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def says(*pieces):
    """Sends the bytes, then closes."""
    def behave(_server, connection, _request):
        connection.sendall(b"".join(pieces))

    return behave


def resets_after(*pieces):
    def behave(_server, connection, _request):
        connection.sendall(b"".join(pieces))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return behave


def stalls_after(*pieces):
    def behave(server, connection, _request):
        connection.sendall(b"".join(pieces))
        server.stopped.wait()

    return behave


def drips(data):
    """A byte now and then: never silent for long, and never done."""
    def behave(server, connection, _request):
        for byte in data:
            connection.sendall(bytes([byte]))
            if server.stopped.wait(0.1):
                return

    return behave


def floods(head, piece):
    """The head, then the piece again and again for as long as it is taken."""
    def behave(server, connection, _request):
        connection.sendall(head)
        while not server.stopped.is_set():
            connection.sendall(piece)

    return behave
