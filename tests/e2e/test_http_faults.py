"""Every fault that HTTP has, at every plugin that speaks HTTP, through the running daemon and its HTTP client.

FAULTS says what the far side does and what becomes of the delivery: the table of sdk/README.md. SINKS says how a plugin
is pointed at the far side, what it takes for success, and where its README says otherwise. A new plugin is one line there.
"""
import datetime
import email.utils
import hashlib
import json
from dataclasses import dataclass, field

import pytest

from support.certificates import Authority
from support.faults import FaultServer, answer, drips, floods, resets_after, says, stalls_after
from support.wait import until

RETRY_AFTER = 5000  # seconds; more than the policy's own delay, less than its greatest
POLICY = {"base": "1h", "factor": 1, "jitter": 0, "max_delay": "3h"}


@dataclass
class Sink:
    options: callable              # url of the far side -> options of the destination
    success: bytes = answer(200)   # an answer that is a delivery
    differs: dict = field(default_factory=dict)  # fault -> outcome, where it is not that of the table


AWS = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "secret-of-the-example", "region": "eu-west-1"}
# What is no answer of AWS, although it is a 2xx, confirms nothing.
NOT_AWS = {"200": "retry", "201": "retry", "204": "retry", "endless body": "retry"}
DATA = b'{"n":1}'
SQS_TOOK_IT = json.dumps({"Successful": [{"Id": "0", "MessageId": "m", "MD5OfMessageBody": hashlib.md5(DATA).hexdigest()}],
                          "Failed": []}).encode()

SINKS = {
    "webhook": Sink(lambda url: {"url": url + "/hook"}),
    "mattermost": Sink(lambda url: {"host": url, "token": "t0ken"}, answer(200, body=b"ok"),
                       {"200": "retry", "201": "retry", "204": "retry", "endless body": "retry"}),
    "dockerhub": Sink(lambda url: {"base_url": url, "source": "source-id", "trigger": "trigger-id"}),
    "azure": Sink(lambda url: {"endpoint": url + "/shop", "account": "shop", "key": "a2V5", "queue": "orders"},
                  answer(201), {"200": "retry", "204": "retry", "409": "retry"}),
    "sqs": Sink(lambda url: {"queue_url": url + "/123456789012/orders", **AWS}, answer(200, body=SQS_TOOK_IT), NOT_AWS),
    "ses": Sink(lambda url: {"endpoint": url, "sender": "fanfare@example.com", "recipients": ["ann@example.com"], **AWS},
                answer(200, body=b'{"MessageId":"m"}'), NOT_AWS),
}


@dataclass
class Fault:
    outcome: str
    behave: callable = None   # see faults.py; None: of_success
    of_success: callable = says  # an answer of success -> a behaviour
    code: int = None          # the status that the delivery is to show
    requests: int = 1         # that the far side is to get
    timeout: str = "1m"       # short where the time must run out
    certificate: str = None   # the name of one, for TLS
    url: str = None           # in place of the far side's
    words: str = ""           # that the reason is to hold


def status(code, outcome, *headers):
    return Fault(outcome, says(answer(code, headers)), code)


def http_date(seconds):
    return email.utils.formatdate(datetime.datetime.now().timestamp() + seconds, usegmt=True)


def endless(success):
    """Its status, and a body without end: cut off after 16 MiB."""
    return floods(success.split(b"\r\n")[0] + b"\r\n\r\n", b"x" * 65536)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
FAULTS = {
    "success": Fault("delivered"),
    "200": status(200, "delivered"),
    "201": status(201, "delivered"),
    "204": status(204, "delivered"),
    "301": status(301, "rejected", ("Location", "/elsewhere")),
    "400": status(400, "rejected"),
    "401": status(401, "rejected"),
    "403": status(403, "rejected"),
    "404": status(404, "rejected"),
    "408": status(408, "retry"),
    "409": status(409, "rejected"),
    "413": status(413, "rejected"),
    "429": status(429, "retry"),
    "429, Retry-After in seconds": status(429, "retry", ("Retry-After", RETRY_AFTER)),
    "429, Retry-After as a date": status(429, "retry", ("Retry-After", http_date(RETRY_AFTER))),
    "500": status(500, "retry"),
    "502": status(502, "retry"),
    "503": status(503, "retry"),
    "503, Retry-After in seconds": status(503, "retry", ("Retry-After", RETRY_AFTER)),
    "closed before the headers": Fault("retry", says()),
    "reset before the headers": Fault("retry", resets_after()),
    "reset in the headers": Fault("retry", resets_after(HEAD[:40])),
    "reset after the headers": Fault("retry", resets_after(HEAD, b"Content-Length: 100\r\n\r\nok")),
    "body cut short": Fault("retry", says(HEAD, b"Content-Length: 100\r\n\r\nok")),
    "interim answer alone": Fault("retry", says(b"HTTP/1.1 103 Early Hints\r\n\r\n")),
    "no answer": Fault("retry", stalls_after(), timeout="2s"),
    "stalled headers": Fault("retry", stalls_after(HEAD), timeout="2s"),
    "stalled body": Fault("retry", stalls_after(HEAD, b"Content-Length: 100\r\n\r\nok"), timeout="2s"),
    "dripping body": Fault("retry", drips(HEAD + b"Content-Length: 100000\r\n\r\n" + b"ok" * 50000), timeout="2s"),
    "endless headers": Fault("retry", floods(HEAD, b"X-More: " + b"x" * 1000 + b"\r\n")),
    "endless body": Fault("delivered", of_success=endless),
    "garbage": Fault("retry", says(b"\x16\x03\x01\x00 this is no HTTP \xff\xfe\r\n\r\n")),
    "TLS": Fault("delivered", certificate="good"),
    "TLS, wrong name": Fault("unreachable", requests=0, certificate="wrong name", words="is not for this name"),
    "TLS, expired": Fault("unreachable", requests=0, certificate="expired", words="expired"),
    "TLS, unknown CA": Fault("unreachable", requests=0, certificate="unknown", words="not trusted"),
    "DNS failure": Fault("unreachable", requests=0, url="http://no-such-host.invalid", words="cannot be resolved"),
    "connection refused": Fault("unreachable", requests=0, url="http://127.0.0.1:1", words="refused"),
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(str(tmp_path_factory.mktemp("authority")), "trusted")


@pytest.fixture(scope="module")
def certificates(authority, tmp_path_factory):
    other = Authority(str(tmp_path_factory.mktemp("other")), "other")
    return {"good": authority.issue("good"),
            "wrong name": authority.issue("wrong", "192.0.2.1"),
            "expired": authority.issue("expired", end=-datetime.timedelta(hours=1)),
            "unknown": other.issue("unknown")}


@pytest.fixture
def far_sides(request, certificates):
    """One server for each fault, as the sink of this test has it."""
    sink = SINKS[request.getfixturevalue("plugin")]
    servers = {name: FaultServer(fault.behave or fault.of_success(sink.success), certificates.get(fault.certificate))
               for name, fault in FAULTS.items()}
    yield servers
    for server in servers.values():
        server.stop()


def attempts(daemon):
    """{fault: (delivery, its first attempt)} once all have been made."""
    ids = {one["destination"]: one["id"] for one in daemon.deliveries()}

    def made():
        views = {name: daemon.admin("GET", "/v1/deliveries/" + ids[f"fault-{i}"]).json for i, name in enumerate(FAULTS)}
        return views if all(view["history"] for view in views.values()) else None

    views = until(made, 120, "a first attempt at each fault")
    return {name: (view, view["history"][0]) for name, view in views.items()}


def seconds_to_next(delivery, attempt):
    moments = [datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
               for text in (attempt["started_at"], delivery["next_attempt_at"])]
    return (moments[1] - moments[0]).total_seconds()


def check_wait(name, seconds):
    """A date has whole seconds, and the attempt itself takes its time."""
    if "Retry-After" in name:
        assert RETRY_AFTER - 60 <= seconds <= RETRY_AFTER + 120, f"{name}: {seconds} s"
    else:
        assert seconds < RETRY_AFTER - 60, f"{name}: {seconds} s"


@pytest.mark.parametrize("plugin", SINKS)
def test_every_fault_has_the_outcome_of_the_table(daemon_on, authority, far_sides, plugin):
    sink = SINKS[plugin]
    daemon = daemon_on({
        f"fault-{i}": {"plugin": plugin, "delivery": {"timeout": fault.timeout, "retry": POLICY}, "http": {"ca_file": authority.file},
                       **sink.options(fault.url or far_sides[name].url)}
        for i, (name, fault) in enumerate(FAULTS.items())})
    daemon.start()
    assert daemon.post("e-1", DATA).status == 202
    seen = attempts(daemon)

    expected = {name: sink.differs.get(name, fault.outcome) for name, fault in FAULTS.items()}
    assert {name: attempt["outcome"] for name, (_, attempt) in seen.items()} == expected
    for name, fault in FAULTS.items():
        delivery, attempt = seen[name]
        assert fault.code in (None, attempt["code"]), name
        assert fault.words in (attempt["reason"] or ""), name
        assert bool(attempt["reason"]) == (expected[name] != "delivered"), f"{name}: {attempt}"
        requests = 0 if fault.url else fault.requests
        print(f"{plugin}, {name}: {attempt['outcome']} after {attempt['took_ms'] / 1000:.1f} s of {fault.timeout}")
        assert len(far_sides[name].requests) == requests, f"{name}: as many requests as there were attempts"
        if expected[name] == "retry":
            check_wait(name, seconds_to_next(delivery, attempt))
