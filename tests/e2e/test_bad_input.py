"""Bad input from the network: each gets a problem+json that names the fault, nothing of it is stored, and the daemon
goes on. The shapes are those of RELIABILITY 2.4 (A1-A15, A23) and RFC 9112."""
import json
import re
import socket
import tempfile
import threading
import time

import pytest

from support.client import cloudevent_headers, is_closed, raw, read_answer, split_address
from support.daemon import Daemon
from support.wait import until

GOOD_HEAD = ("Host: localhost", "ce-specversion: 1.0", "ce-id: smuggled", "ce-source: /t", "ce-type: t",
             "Content-Type: application/json")
# A whole request, hidden where a second parser might find one.
HIDDEN = b"POST /v1/events HTTP/1.1\r\n" + "\r\n".join(GOOD_HEAD).encode() + b"\r\nContent-Length: 2\r\n\r\n{}"


def request(*head, body=b"", line="POST /v1/events HTTP/1.1"):
    """The usual request with these header lines added."""
    lines = [line, *GOOD_HEAD, *head]
    return b"\r\n".join(part if isinstance(part, bytes) else part.encode("latin-1") for part in lines) + b"\r\n\r\n" + body


def chunked(body):
    return request("Transfer-Encoding: chunked", body=body)


def with_head(*head):
    """A request with exactly these header lines and an empty JSON object."""
    return b"POST /v1/events HTTP/1.1\r\n" + b"\r\n".join(head) + b"\r\nContent-Length: 2\r\n\r\n{}"


def structured(body, content_type="application/cloudevents+json"):
    if isinstance(body, str):
        body = body.encode()
    return (b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
            % (content_type.encode(), len(body))) + body


def event(**members):
    return json.dumps({"specversion": "1.0", "id": "smuggled", "source": "/t", "type": "t", **members})


def binary(*head, body=b"{}"):
    """CloudEvents binary mode with raw header lines in place of the usual ones of the same name."""
    names = [line.split(b":")[0].strip().lower() for line in head]
    kept = [line.encode() for line in GOOD_HEAD if line.split(":")[0].lower().encode() not in names]
    return (b"POST /v1/events HTTP/1.1\r\n" + b"\r\n".join([*kept, *head])
            + b"\r\nContent-Length: %d\r\n\r\n" % len(body)) + body


# name: (bytes, FIN afterwards, status or statuses, what the problem must name)
FRAMING = {
    "content-length and chunked": (request("Content-Length: 5", "Transfer-Encoding: chunked", body=b"0\r\n\r\n" + HIDDEN),
                                   False, 400, "content-length|transfer-encoding"),
    "chunked and content-length": (request("Transfer-Encoding: chunked", "Content-Length: 5", body=b"0\r\n\r\n" + HIDDEN),
                                   False, 400, "content-length|transfer-encoding"),
    "two content-lengths": (request("Content-Length: 2", "Content-Length: 0", body=b"{}" + HIDDEN), False, 400,
                            "content-length"),
    "two equal content-lengths": (request("Content-Length: 2", "Content-Length: 2", body=b"{}"), False, 400,
                                  "content-length"),
    "content-length list": (request("Content-Length: 2, 2", body=b"{}"), False, 400, "content-length"),
    "content-length -1": (request("Content-Length: -1", body=HIDDEN), False, 400, "content-length"),
    "content-length +5": (request("Content-Length: +5", body=b"{}   " + HIDDEN), False, 400, "content-length"),
    "content-length 5abc": (request("Content-Length: 5abc", body=b"{}   " + HIDDEN), False, 400, "content-length"),
    "content-length 0x2": (request("Content-Length: 0x2", body=b"{}"), False, 400, "content-length"),
    "content-length empty": (request("Content-Length:", body=HIDDEN), False, 400, "content-length"),
    "content-length 2^64+5": (request("Content-Length: 18446744073709551621", body=b"{}   " + HIDDEN), False, (400, 413),
                              "content-length|larger|large"),
    "xchunked": (request("Transfer-Encoding: xchunked", body=b"0\r\n\r\n" + HIDDEN), False, 400, "transfer-encoding"),
    "space before colon": (request("Transfer-Encoding : chunked", body=b"0\r\n\r\n" + HIDDEN), False, 400,
                           "colon|header"),
    "chunked, identity": (request("Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n" + HIDDEN), False, 400,
                          "transfer-encoding"),
    "chunked twice": (request("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body=b"0\r\n\r\n" + HIDDEN),
                      False, 400, "transfer-encoding"),
    "chunk size overflow": (chunked(b"fffffffffffffffff\r\n{}"), False, (400, 413), "chunk|larger|large"),
    "chunk size negative": (chunked(b"-2\r\n{}\r\n0\r\n\r\n"), False, 400, "chunk"),
    "chunk size zz": (chunked(b"zz\r\n{}\r\n0\r\n\r\n"), False, 400, "chunk"),
    "chunk without CRLF": (chunked(b"2\r\n{}0\r\n\r\n" + HIDDEN), False, 400, "chunk"),
    "bare LF in a chunk extension": (chunked(b"2;a\n{}\r\n0\r\n\r\n" + HIDDEN), False, 400, "chunk|crlf"),
    "FIN in the body": (request("Content-Length: 100", body=b'{"half":'), True, 400, "body|request|connection"),
    "FIN in a chunk": (chunked(b"64\r\n{\"half\":"), True, 400, "body|request|chunk|connection"),
    "FIN before the last chunk": (chunked(b"2\r\n{}\r\n"), True, 400, "body|request|chunk|connection"),
    "bare LF": (request("Content-Length: 2", body=b"{}").replace(b"\r\n", b"\n"), False, 400, "crlf|line"),
    "obsolete folding": (request("X-A: 1\r\n 2", "Content-Length: 2", body=b"{}"), False, 400, "header|line"),
    "header without colon": (request("NoColon", "Content-Length: 2", body=b"{}"), False, 400, "colon"),
    "NUL in a header": (request("X-A: a\x00b", "Content-Length: 2", body=b"{}"), False, 400, "header|control"),
    "NUL in the path": (request("Content-Length: 2", body=b"{}", line="POST /v1/\x00events HTTP/1.1"), False, 400,
                        "target|path|character"),
    "no host": (with_head(b"ce-specversion: 1.0", b"ce-id: smuggled", b"ce-source: /t", b"ce-type: t"), False, 400, "host"),
    "two hosts": (request("Host: other", "Content-Length: 2", body=b"{}"), False, 400, "host"),
    "space in a header's name": (request("X A: 1", "Content-Length: 2", body=b"{}"), False, 400, "header|name"),
    "200 headers": (request(*[f"X-{n}: 1" for n in range(200)], "Content-Length: 2", body=b"{}"), False, 431, "header"),
    "header of 9,000 bytes": (request("X-A: " + "a" * 9000, "Content-Length: 2", body=b"{}"), False, 431, "header"),
    "target of 17,000 bytes": (request("Content-Length: 2", body=b"{}", line="POST /" + "a" * 17000 + " HTTP/1.1"), False,
                               (414, 400), "line|target|long"),
    "2 GiB announced": (request("Content-Length: 2147483648"), False, 413, "body|large"),
    "HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", False, (400, 505), "version|http"),
    "CONNECT": (request("Content-Length: 0", line="CONNECT a:1 HTTP/1.1"), False, (400, 405, 501), "connect|method"),
    "TRACE": (request("Content-Length: 0", line="TRACE / HTTP/1.1"), False, (400, 405, 501), "trace|method"),
    "another expectation": (request("Expect: 200-ok", "Content-Length: 2", body=b"{}"), False, (400, 417), "expect"),
}

DEEP = '{"specversion":"1.0","id":"smuggled","source":"/t","type":"t","data":' + "[" * 10_000 + "]" * 10_000 + "}"
CONTENT = {
    "truncated JSON": (structured(event()[:-1]), 400, "json|end|truncated"),
    "truncated batch": (structured("[" + event() + ",", "application/cloudevents-batch+json"), 400, "json|end|truncated"),
    "10,000 deep": (structured(DEEP), 400, "nest|deep|depth"),
    "invalid UTF-8 in JSON": (structured(event(subject="X").encode().replace(b"X", b"\xff")), 400, "utf-8"),
    "overlong UTF-8 in JSON": (structured(event(subject="X").encode().replace(b"X", b"\xc0\xaf")), 400, "utf-8"),
    "lone surrogate": (structured(event(subject="X").replace("X", "\\ud800")), 400, "surrogate|escape|unicode|utf"),
    "invalid UTF-8 in ce-subject": (binary(b"ce-subject: a\xff"), 400, "ce-subject|utf-8"),
    "invalid percent-encoded UTF-8 in ce-subject": (binary(b"ce-subject: a%FF"), 400, "ce-subject|utf-8"),
    "data and data_base64": (structured(event(data={}, data_base64="AA==")), 400, "data_base64"),
    "invalid base64": (structured(event(data_base64="A*==")), 400, "base64"),
    "attribute twice in JSON": (structured(event()[:-1] + ',"id":"other"}'), 400, "id|twice|duplicate"),
    "attribute twice in headers": (request("ce-id: other", "Content-Length: 2", body=b"{}"), 400, "ce-id|twice|more than one"),
    "NUL in the realm of the path": (request("Content-Length: 2", body=b"{}", line="POST /v1/realms/a%00b/events HTTP/1.1"),
                                     400, "realm"),
    "NUL in the realm of the event": (structured(event(realm="a\0b")), (400, 422), "realm"),
    "two realms": (request("Fanfare-Realm: b", "Content-Length: 2", body=b"{}", line="POST /v1/realms/a/events HTTP/1.1"),
                   400, "realm"),
    "no id": (structured(event().replace('"id": "smuggled", ', "")), (400, 422), "id"),
    "empty source": (structured(event(source="")), (400, 422), "source"),
    "specversion 2.0": (structured(event(specversion="2.0")), (400, 422), "specversion"),
    "time that is none": (structured(event(time="yesterday")), (400, 422), "time"),
    "number out of place": (structured(event(id=7)), (400, 422), "id"),
    "raw control character": (structured(event(subject="X").replace("X", "\x01")), 400, "control|character|json"),
    "NaN": (structured(event(data="X").replace('"X"', "NaN")), 400, "json|nan|value"),
    "trailing comma": (structured(event()[:-1] + ",}"), 400, "json|comma|name|key|member|string"),
    "two documents": (structured(event() + event()), 400, "json|after|end|trailing"),
    "an empty body": (structured(""), 400, "json|empty|body"),
    "a batch with one bad event": (structured("[" + event() + "," + event(source="") + "]",
                                              "application/cloudevents-batch+json"), (400, 422), "/1/source|source"),
    "an unknown encoding": (request("Content-Encoding: br", "Content-Length: 2", body=b"{}"), 415, "encoding"),
}


@pytest.fixture(scope="module")
def server():
    """One daemon for all of them: that it is unharmed is the point."""
    with tempfile.TemporaryDirectory(prefix="fanfare-e2e.") as directory:
        sink = {"plugin": "file", "path": directory + "/sink"}
        with Daemon(directory, {"sink": sink}, server={"head_timeout": "3s", "body_timeout": "3s"}) as daemon:
            yield daemon.start()


def assert_problem(answer, status, names):
    assert answer is not None, "no answer"
    statuses = status if isinstance(status, tuple) else (status,)
    assert answer.status in statuses, (answer.status, answer.body)
    assert answer.is_problem, answer.headers
    problem = answer.json
    assert problem["status"] == answer.status
    assert problem["title"]
    text = " ".join([problem["title"], problem.get("detail", ""), str(problem.get("errors", ""))])
    assert re.search(names, text, re.I), f"the fault is not named: {text}"


def assert_unharmed(server, accepted_before):
    """It answers, and nothing of what it refused was stored."""
    assert server.post(f"after-{time.monotonic_ns()}").status == 202
    assert server.status()["events"]["accepted"] == accepted_before + 1
    assert server.event("smuggled") is None


@pytest.mark.parametrize("name", FRAMING)
def test_a_request_that_could_be_read_in_two_ways_is_refused(server, name):
    data, finish, status, names = FRAMING[name]
    before = server.status()["events"]["accepted"]
    with socket.create_connection(split_address(server.address), timeout=20) as sock:
        try:
            sock.sendall(data)
            if finish:
                sock.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert_problem(read_answer(sock), status, names)
        assert is_closed(sock), "the connection stays open: what follows would be read as a request"
    assert_unharmed(server, before)


@pytest.mark.parametrize("name", CONTENT)
def test_content_that_is_wrong_is_refused_whole(server, name):
    data, status, names = CONTENT[name]
    before = server.status()["events"]["accepted"]
    assert_problem(raw(server.address, data), status, names)
    assert_unharmed(server, before)


def test_a_body_that_never_ends_is_refused_at_the_limit(server):
    before = server.status()["events"]["accepted"]
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    with socket.create_connection(split_address(server.address), timeout=20) as sock:
        sock.sendall(chunked(b""))
        sent = 0
        try:
            while sent < 64 << 20:
                sock.sendall(chunk)
                sent += len(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert sent < 64 << 20, "64 MiB were taken"
        answer = read_answer(sock)
        # The reset that follows unread bytes may overtake the answer.
        if answer is not None:
            assert_problem(answer, 413, "body|large")
    assert_unharmed(server, before)


def test_a_body_that_stops_is_given_up(server):
    before = server.status()["events"]["accepted"]
    with socket.create_connection(split_address(server.address), timeout=30) as sock:
        sock.sendall(request("Content-Length: 100", body=b'{"half":'))
        assert_problem(read_answer(sock), 408, "body|slow|long|time")
        assert is_closed(sock)
    assert_unharmed(server, before)


def test_an_unknown_path_and_a_wrong_method_are_told_apart(server):
    with server.client() as client:
        assert_problem(client.request("POST", "/v1/nothing", b"{}"), 404, "path|found|nothing")
    with server.client() as client:
        answer = client.request("GET", "/v1/events")
        assert_problem(answer, 405, "method|post|get")
        assert "POST" in answer.headers.get("allow", "")


class Drip(threading.Thread):
    """Clients that send one byte of a header every 100 ms, each for as long as it may."""

    def __init__(self, address, count):
        super().__init__(daemon=True)
        self.sockets = [socket.create_connection(split_address(address), timeout=20) for _ in range(count)]
        for sock in self.sockets:
            sock.sendall(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        self.alive = count
        self.stopped = threading.Event()

    def run(self):
        open_sockets = list(self.sockets)
        while not self.stopped.wait(0.1) and open_sockets:
            for sock in list(open_sockets):
                try:
                    sock.sendall(b"a")
                except OSError:
                    open_sockets.remove(sock)
            self.alive = len(open_sockets)


def test_300_slow_clients_do_not_keep_normal_ones_from_being_served(server):
    drip = Drip(server.address, 300)
    drip.start()
    try:
        for number in range(50):
            with server.client(timeout=10) as client:
                assert client.request("POST", "/v1/events", b"{}", cloudevent_headers(f"n{number}")).status == 202
        assert server.admin("GET", "/readyz").status == 200
        until(lambda: drip.alive == 0, 30, "the end of the slow clients")
        assert_problem(read_answer(drip.sockets[0]), 408, "head|slow|long|time")
    finally:
        drip.stopped.set()
        drip.join()
        for sock in drip.sockets:
            sock.close()


def test_pipelined_requests_are_answered_in_order(server):
    wanted = [f"p{number}" for number in range(20)]
    with socket.create_connection(split_address(server.address), timeout=20) as sock:
        sock.sendall(b"".join(binary(b"ce-id: " + name.encode()) for name in wanted))
        stream = sock.makefile("rb")
        answered = []
        for _ in wanted:
            assert stream.readline().split()[1] == b"202"
            size = 0
            while (line := stream.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    size = int(line.split(b":")[1])
            answered.append(json.loads(stream.read(size))["accepted"][0]["id"])
    assert answered == wanted
    assert all(server.event(name) for name in wanted)
