"""Amazon SQS: what arrives in a queue, read back by boto3 from an emulator; and what happens when AWS says no."""
import json
import os
import re

import pytest

from support.aws import PLAIN_ENV, QUEUE_PATH, MetadataStandIn, SqsStandIn, fault, signatures, sqs_client
from support.npm_server import NpmServer
from support.secrets import everything_of
from support.wait import until

KEY = "AKIAFANFARETEST00001"
SECRET = "a/secret+access=key-of-this-test-1234567"
MAX = 1 << 20


@pytest.fixture(scope="module")
def server():
    env = {"FAUXQS_PORT": "{port}", "FAUXQS_HOST": "127.0.0.1", "FAUXQS_LOGGER": "false"}
    with NpmServer("fauxqs", env=env) as running:
        yield running


@pytest.fixture(scope="module")
def client(server):
    return sqs_client(server.url, KEY, SECRET)


@pytest.fixture
def queue(client, request):
    """The URL of a queue of this test's own; parametrize indirectly for a FIFO queue."""
    fifo = getattr(request, "param", "") == "fifo"
    name = re.sub("[^A-Za-z0-9]", "-", request.node.name)[:60] + (".fifo" if fifo else "")
    return client.create_queue(QueueName=name, Attributes={"FifoQueue": "true"} if fifo else {})["QueueUrl"]


def sqs(endpoint, delivery=None, **options):
    """A destination. Retries come soon, and nothing is sent again only because the machine is busy."""
    retry = {"base": "50ms", "factor": 1, "jitter": 0, "max_attempts": 5}
    return {"plugin": "sqs", "endpoint": endpoint, "region": "us-east-1", "access_key_id": KEY,
            "secret_access_key": SECRET, "delivery": {"timeout": "10m", "retry": retry, **(delivery or {})}, **options}


def messages(client, queue, count):
    """Exactly `count` messages, by the id of their event; they are taken out of the queue."""
    found = []

    def receive():
        answer = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"],
                                        AttributeNames=["All"], WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            found.append(message)
            client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return len(found) >= count

    until(receive, 60, f"{count} messages in the queue")
    assert len(found) == count
    return found


def attributes_of(message):
    return {name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()}


def the_dead(daemon):
    daemon.drain()
    return list(daemon.deliveries(state="dead"))


def test_events_arrive_with_their_data_and_attributes(daemon_on, server, client, queue):
    daemon = daemon_on({"q": sqs(server.url, queue=queue.rsplit("/", 1)[1])}).start(env=PLAIN_ENV)
    # Nothing beyond U+FFFF: SQS takes it, but this emulator does not.
    text = 'Grüße \u20ac "quoted" \\ \t line\r\nbreak \u007f'
    daemon.post("text", text.encode(), content_type="text/plain; charset=utf-8", ce_subject="Euro%20%E2%82%AC")
    daemon.post("json", b'{ "a" :\n [1, 2.50] }', ce_traceparent="00-1")
    found = {attributes_of(message)["ce-id"]: message for message in messages(client, queue, 2)}
    assert found["text"]["Body"] == text
    assert found["json"]["Body"] == '{ "a" :\n [1, 2.50] }'
    attributes = attributes_of(found["text"])
    assert attributes["ce-subject"] == "Euro \u20ac"
    assert attributes["content-type"] == "text/plain; charset=utf-8"
    assert attributes["ce-type"] == "test.event" and attributes["ce-source"] == "/tests"
    assert attributes_of(found["json"])["ce-traceparent"] == "00-1"
    assert the_dead(daemon) == []


def test_the_realm_is_an_attribute(daemon_on, server, client, queue):
    daemon = daemon_on({"q": sqs(server.url, queue_url=queue)}, realms={"A": {}}).start(env=PLAIN_ENV)
    assert daemon.post("one", path="/v1/realms/A/events").status == 202
    assert attributes_of(messages(client, queue, 1)[0])["realm"] == "A"


def test_an_event_without_data_is_dead_unless_the_shape_gives_it_a_body(daemon_on, server, client, queue):
    whole = sqs(server.url, queue_url=queue, shape={"payload": "cloudevents"})
    daemon = daemon_on({"bare": sqs(server.url, queue_url=queue), "whole": whole}).start(env=PLAIN_ENV)
    daemon.post("empty", b"")
    message = messages(client, queue, 1)[0]
    assert json.loads(message["Body"])["id"] == "empty"
    assert "MessageAttributes" not in message
    dead = the_dead(daemon)
    assert [one["destination"] for one in dead] == ["bare"]
    assert "no empty message" in dead[0]["reason"]


def test_the_largest_message_arrives_and_one_byte_more_is_dead(daemon_on, server, client, queue):
    daemon = daemon_on({"q": sqs(server.url, queue_url=queue, attributes=[])}, server={"max_event": 2 * MAX})
    daemon.start(env=PLAIN_ENV)
    daemon.post("fits", b"x" * MAX, content_type="text/plain")
    daemon.post("too-long", b"x" * (MAX + 1), content_type="text/plain")
    assert len(messages(client, queue, 1)[0]["Body"]) == MAX
    dead = the_dead(daemon)
    assert [one["event_id"] for one in dead] == ["too-long"]
    assert "1048577 bytes" in dead[0]["reason"]


def test_a_limit_that_is_higher_than_the_queues_is_found_out_entry_by_entry(daemon_on, server, client, queue):
    daemon = daemon_on({"q": sqs(server.url, queue_url=queue, attributes=[], max_message_bytes=4 * MAX)},
                       server={"max_event": 2 * MAX}).start(env=PLAIN_ENV)
    daemon.admin("POST", "/v1/destinations/q/pause")
    for event_id, size in (("a", 10), ("b", MAX + 1), ("c", MAX)):
        daemon.post(event_id, event_id.encode() * size, content_type="text/plain")
    daemon.admin("POST", "/v1/destinations/q/resume")
    assert sorted(message["Body"][0] for message in messages(client, queue, 2)) == ["a", "c"]
    dead = the_dead(daemon)
    assert [one["event_id"] for one in dead] == ["b"]
    assert "BatchRequestTooLong" in dead[0]["reason"]


def test_data_that_is_no_text_arrives_in_base64(daemon_on, server, client, queue):
    daemon = daemon_on({"plain": sqs(server.url, queue_url=queue),
                        "coded": sqs(server.url, queue_url=queue, encoding="base64")}).start(env=PLAIN_ENV)
    daemon.post("bytes", b"\x00\xff", content_type="application/octet-stream")
    assert messages(client, queue, 1)[0]["Body"] == "AP8="
    assert [one["destination"] for one in the_dead(daemon)] == ["plain"]


@pytest.mark.parametrize("queue", ["fifo"], indirect=True)
def test_a_fifo_queue_keeps_the_order_of_each_key(daemon_on, server, client, queue):
    daemon = daemon_on({"q": sqs(server.url, queue_url=queue, delivery={"order_by": "/data/key"})}).start(env=PLAIN_ENV)
    for number in range(30):
        daemon.post(str(number), json.dumps({"key": "k %d" % (number % 3), "n": number}).encode())
    daemon.drain()
    found = messages(client, queue, 30)
    numbers, groups = {}, {}
    for message in found:
        data = json.loads(message["Body"])
        numbers.setdefault(data["key"], []).append(data["n"])
        groups.setdefault(data["key"], set()).add(message["Attributes"]["MessageGroupId"])
    assert numbers == {"k %d" % first: list(range(first, 30, 3)) for first in range(3)}
    assert {len(ids) for ids in groups.values()} == {1}, "what is in order is in one group"
    assert len({message["Attributes"]["MessageDeduplicationId"] for message in found}) == 30


@pytest.mark.parametrize("queue", ["fifo"], indirect=True)
def test_group_and_deduplication_id_may_be_templates(daemon_on, server, client, queue):
    daemon = daemon_on({"q": sqs(server.url, queue_url=queue, message_group_id="g-{{ data.customer }}",
                                 deduplication_id="{{ type }}-{{ data.order }}")}).start(env=PLAIN_ENV)
    daemon.post("one", b'{"customer":7,"order":1}')
    daemon.post("two", b'{"customer":7,"order":1}')
    daemon.drain()
    message = messages(client, queue, 1)[0]
    assert message["Attributes"]["MessageGroupId"] == "g-7"
    assert message["Attributes"]["MessageDeduplicationId"] == "test.event-1"


def at_once(daemon, count):
    """Posts events into a destination that is paused, then lets it go: so that batches are full."""
    daemon.admin("POST", "/v1/destinations/q/pause")
    with daemon.client() as client:
        for first in range(0, count, 500):
            batch = [{"specversion": "1.0", "id": str(number), "source": "/tests", "type": "test.event", "data": number}
                     for number in range(first, min(first + 500, count))]
            answer = client.request("POST", "/v1/events", json.dumps(batch).encode(),
                                    {"Content-Type": "application/cloudevents-batch+json"})
            assert answer.status == 202, answer
    daemon.admin("POST", "/v1/destinations/q/resume")


def test_of_a_batch_exactly_the_entries_that_failed_are_sent_again(daemon_on):
    failures = {"3": {"SenderFault": False, "Code": "InternalError", "Message": "try again"},
                "7": {"SenderFault": False, "Code": "ServiceUnavailable"}}

    def fail(entry):
        return failures.pop(entry["MessageAttributes"]["ce-id"]["StringValue"], None)

    with SqsStandIn(fail=fail) as aws:
        daemon = daemon_on({"q": sqs(aws.url(""), queue_url=aws.url(QUEUE_PATH))}).start(env=PLAIN_ENV)
        at_once(daemon, 10)
        daemon.drain()
        first, *more = aws.batches()
        assert sorted(first, key=int) == [str(number) for number in range(10)]
        assert sorted(event for batch in more for event in batch) == ["3", "7"]
        attempts = {one["event_id"]: one["attempts"] for one in daemon.deliveries(state="sent")}
        assert attempts == {str(number): 2 if number in (3, 7) else 1 for number in range(10)}


def test_an_entry_that_is_at_fault_is_dead_with_the_words_of_the_service(daemon_on):
    failure = {"SenderFault": True, "Code": "InvalidMessageContents", "Message": "Invalid characters found."}
    with SqsStandIn(fail=lambda entry: failure if entry["MessageBody"] == "1" else None) as aws:
        daemon = daemon_on({"q": sqs(aws.url(""), queue_url=aws.url(QUEUE_PATH))}).start(env=PLAIN_ENV)
        at_once(daemon, 3)
        dead = the_dead(daemon)
        assert [one["event_id"] for one in dead] == ["1"]
        assert "InvalidMessageContents: Invalid characters found." in dead[0]["reason"]


def test_ten_thousand_events_need_a_thousand_requests_and_no_more_connections_than_configured(daemon_on):
    with SqsStandIn() as aws:
        daemon = daemon_on({"q": sqs(aws.url(""), queue_url=aws.url(QUEUE_PATH), delivery={"concurrency": 4})})
        daemon.start(env=PLAIN_ENV)
        at_once(daemon, 10_000)
        daemon.drain()
        assert sum(len(batch) for batch in aws.batches()) == 10_000
        assert 1000 <= len(aws.requests()) <= 1050
        assert aws.peak <= 4
        print(f"\n10,000 events: {len(aws.requests())} requests, {aws.connections} connections, {aws.peak} at one time")


def test_throttling_is_a_retry(daemon_on):
    replies = [fault(400, "RequestThrottled", "slow down"), fault(503, "ServiceUnavailable", "busy")]
    with SqsStandIn(refuse=lambda request: replies.pop() if replies else None) as aws:
        daemon = daemon_on({"q": sqs(aws.url(""), queue_url=aws.url(QUEUE_PATH))}).start(env=PLAIN_ENV)
        daemon.post("one")
        daemon.drain()
        assert [one["attempts"] for one in daemon.deliveries(state="sent")] == [3]


def with_keys_of_the_instance(daemon, metadata):
    """The environment; the destination's own keys go."""
    for destination in daemon.config["destination"].values():
        del destination["access_key_id"], destination["secret_access_key"]
    return {**PLAIN_ENV, "HOME": daemon.directory, "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata.url("")}


@pytest.mark.parametrize("keys", ["configured", "of the instance"])
def test_a_wrong_key_is_dead_with_the_words_of_the_service_and_shows_nothing_of_the_key(daemon_on, keys):
    def refuse(request):
        # What a service that compares signatures says: it shows what it signed itself; here more than any would.
        token, authorization = request.headers.get("x-amz-security-token", ""), request.headers["authorization"]
        told = f"{KEY} {SECRET} {token} {authorization} ASIAROLEOFINSTANCE secret-key-of-the-role"
        return fault(403, "SignatureDoesNotMatch", f"The signature does not match. {told}\n{told}")

    with SqsStandIn(refuse=refuse) as aws, MetadataStandIn(seconds=3600) as metadata:
        daemon = daemon_on({"q": sqs(aws.url(""), queue_url=aws.url(QUEUE_PATH))})
        daemon.config["log"] = {"level": "trace"}
        secrets = [KEY, SECRET]
        if keys == "configured":
            secrets.append("session-token/of+this=test-0123456789")
            daemon.config["destination"]["q"]["session_token"] = secrets[-1]
            daemon.start(env=PLAIN_ENV)
        else:
            secrets = ["ASIAROLEOFINSTANCE", "secret-key-of-the-role", "imds-session", "session-token-0-of-the-role"]
            daemon.start(env=with_keys_of_the_instance(daemon, metadata))
        daemon.post("one", b'{"marker":"payload-of-this-test"}')
        dead = the_dead(daemon)
        assert "SignatureDoesNotMatch: The signature does not match." in dead[0]["reason"]
        assert dead[0]["attempts"] == 1
        written = b"\n".join(data for _, data in everything_of(daemon, most=50))
        assert b"payload-of-this-test" in written, "the search looks into the store"
        for secret in (*secrets, *signatures(aws.requests())):
            assert secret.encode() not in written, secret


def test_credentials_of_an_instance_are_renewed_under_load_without_a_failed_delivery(daemon_on):
    with MetadataStandIn(seconds=3) as metadata:
        def refuse(request):
            if not metadata.is_valid(request.headers["x-amz-security-token"]):
                return fault(403, "ExpiredTokenException", "The security token included in the request is expired")
            return None

        with SqsStandIn(refuse=refuse) as aws:
            daemon = daemon_on({"q": sqs(aws.url(""), queue_url=aws.url(QUEUE_PATH))})
            daemon.config["log"] = {"level": "trace"}
            daemon.start(env=with_keys_of_the_instance(daemon, metadata))
            posted = 0
            while len(metadata.expiry) < 5:
                daemon.post(str(posted), b"{}")
                posted += 1
            daemon.drain()
            sent = list(daemon.deliveries(state="sent"))
            assert len(sent) == posted
            assert {one["attempts"] for one in sent} == {1}
            tokens = {request.headers["x-amz-security-token"] for request in aws.requests()}
            assert len(tokens) >= 4
            assert len(metadata.requests("/latest/api/token")) == len(metadata.expiry)
            written = b"\n".join(data for _, data in everything_of(daemon, most=50))
            for secret in ("secret-key-of-the-role", "imds-session", *tokens, *signatures(aws.requests()[-20:])):
                assert secret.encode() not in written, secret


def test_credentials_that_a_service_takes_for_expired_are_fetched_anew_before_the_delivery_counts_as_failed(daemon_on):
    with MetadataStandIn(seconds=3600) as metadata:
        revoked = {"session-token-0-of-the-role"}

        def refuse(request):
            if request.headers["x-amz-security-token"] in revoked:
                return fault(403, "ExpiredTokenException", "The security token included in the request is expired")
            return None

        with SqsStandIn(refuse=refuse) as aws:
            daemon = daemon_on({"q": sqs(aws.url(""), queue_url=aws.url(QUEUE_PATH))})
            daemon.start(env=with_keys_of_the_instance(daemon, metadata))
            at_once(daemon, 200)
            daemon.drain()
            assert {one["attempts"] for one in daemon.deliveries(state="sent")} == {1}
            assert len(metadata.expiry) == 2, "all requests that were refused share one renewal"


def test_without_credentials_nothing_is_lost(daemon_on):
    with SqsStandIn() as aws:
        daemon = daemon_on({"q": sqs(aws.url(""), queue_url=aws.url(QUEUE_PATH))})
        env = with_keys_of_the_instance(daemon, aws)
        daemon.start(env={**env, "AWS_EC2_METADATA_DISABLED": "true"})
        daemon.post("one")
        until(lambda: "there are no AWS credentials" in daemon.admin("GET", "/v1/destinations").body.decode(), 60,
              "the reason that the destination is out of reach")
        assert aws.requests() == []
        os.mkdir(os.path.join(daemon.directory, ".aws"))
        with open(os.path.join(daemon.directory, ".aws", "credentials"), "w", encoding="ascii") as file:
            file.write(f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n")
        daemon.admin("POST", "/v1/destinations/q/resume")
        daemon.drain()
        assert aws.batches() == [["one"]]
