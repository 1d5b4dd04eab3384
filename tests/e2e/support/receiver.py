"""A receiver of webhooks: HTTP/1.1 with keep-alive, records what came, answers as scripted."""
import collections
import socket
import struct
import threading
from dataclasses import dataclass, field

from .wait import until


@dataclass
class Received:
    method: str
    path: str
    headers: dict  # names in lower case; a repeated one has its values joined with ", "
    body: bytes
    answered: int = 0  # the status it was or will be answered with; 0 if never

    @property
    def event_id(self):
        return self.headers.get("ce-id")


@dataclass
class Reply:
    status: int = 204
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0     # seconds before the answer
    hang: bool = False   # never answers; the connection stays open until the receiver stops
    reset: bool = False  # the connection is reset instead of an answer


class Receiver:
    """behave: called with each request, on the thread of its connection; gives the Reply. By default 204 for all.
    tls: an ssl.SSLContext, for https. keep: False records nothing; `behave` has seen it.

    with Receiver() as receiver:
        receiver.script("/x", Reply(503, {"Retry-After": "1"}), Reply(204))   # in order; afterwards as by default
    """

    def __init__(self, behave=None, tls=None, keep=True):
        self.tls = tls
        self.keep = keep
        self.connections = 0  # accepted so far
        self.behave = behave or (lambda request: Reply())
        self._lock = threading.Lock()
        self._requests = []
        self._scripts = collections.defaultdict(collections.deque)
        self._stopped = threading.Event()
        self._connections = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def url(self, path="/"):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}{path}"

    def script(self, path, *replies):
        with self._lock:
            self._scripts[path].extend(replies)

    def requests(self, path=None):
        """What came so far, in order of arrival; of one path or of all."""
        with self._lock:
            return [request for request in self._requests if path is None or request.path == path]

    def accepted(self, path=None):
        """How often each event id came and was answered 2xx."""
        return collections.Counter(request.event_id for request in self.requests(path) if request.answered // 100 == 2)

    def wait_for(self, count, path=None, seconds=30):
        """Waits for at least `count` requests and returns them."""
        until(lambda: len(self.requests(path)) >= count, seconds, f"{count} requests at {path or 'the receiver'}")
        return self.requests(path)

    def stop(self):
        self._stopped.set()
        # A thread that waits in accept() goes on with the number of the descriptor, which may be another receiver's by
        # then: it is woken first, and has ended when the descriptor is closed.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
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
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _secured(self, connection):
        """The connection after its handshake, which takes the other's descriptor; None if that failed."""
        if not self.tls:
            return connection
        secured = None
        try:
            secured = self.tls.wrap_socket(connection, server_side=True)
        except OSError:
            connection.close()
        with self._lock:
            self._connections.discard(connection)
            self._connections |= {secured} if secured else set()
        return secured

    def _serve(self, plain):
        connection = self._secured(plain)
        if connection is None:
            return
        try:
            with connection, connection.makefile("rb", buffering=65536) as stream:
                while not self._stopped.is_set():
                    request = _read_request(stream, connection)
                    if request is None or not self._answer(connection, request):
                        return
        except (OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._connections.discard(connection)

    def _answer(self, connection, request):
        with self._lock:
            scripted = self._scripts[request.path].popleft() if self._scripts[request.path] else None
        reply = scripted or self.behave(request)
        request.answered = 0 if reply.hang or reply.reset else reply.status
        if self.keep:
            with self._lock:
                self._requests.append(request)
        if reply.hang:
            self._stopped.wait()
            return False
        if reply.delay and self._stopped.wait(reply.delay):
            return False
        if reply.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        head = f"HTTP/1.1 {reply.status} Scripted\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        if reply.status != 204:
            head += f"Content-Length: {len(reply.body)}\r\n"
        connection.sendall(head.encode("latin-1") + b"\r\n" + (b"" if reply.status == 204 else reply.body))
        return True


def _read_chunked(stream):
    body = b""
    while True:
        size = int(stream.readline().split(b";")[0], 16)
        body += stream.read(size)
        if size == 0:
            while stream.readline() not in (b"\r\n", b""):
                pass
            return body
        stream.readline()


def _read_request(stream, connection):
    line = stream.readline()
    if not line:
        return None
    method, path, _ = line.decode("latin-1").split(" ", 2)
    headers = {}
    while (line := stream.readline()) not in (b"\r\n", b"\n"):
        if not line:
            return None
        name, _, value = line.decode("latin-1").partition(":")
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if headers.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return Received(method, path, headers, _read_chunked(stream))
    size = int(headers.get("content-length", "0"))
    body = stream.read(size)
    return Received(method, path, headers, body) if len(body) == size else None
