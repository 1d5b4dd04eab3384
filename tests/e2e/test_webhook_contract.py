"""What a receiver gets: the bytes that came in, CloudEvents attributes and a Standard Webhooks signature, judged by the
official libraries of both."""
import base64
import hashlib
import os

import pytest

from support.daemon import webhook
from support import node
from support.client import cloudevent_headers
from support.receiver import Reply

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "etc", "examples", "events")
NAMES = ["change-create.json", "change-update.json", "change-delete.json", "gadz-request.json"]
OLD = "whsec_" + base64.b64encode(b"the old secret of this test....1").decode()
NEW = "whsec_" + base64.b64encode(b"the new secret of this test....2").decode()
OTHER = "whsec_" + base64.b64encode(b"a secret that nobody signed with").decode()


def sample(name):
    with open(os.path.join(SAMPLES, name), "rb") as file:
        return file.read()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def post_samples(daemon, mode):
    with daemon.client() as client:
        for name in NAMES:
            data = sample(name)
            if mode == "binary":
                headers = cloudevent_headers(name, "/samples", "sample." + name, ce_subject="prod/%C3%BC%201")
            else:
                headers = {"Content-Type": "application/cloudevents+json"}
                data = (b'{"specversion":"1.0","id":"%s","source":"/samples","type":"sample.%s","subject":"prod/\xc3\xbc 1",'
                        b'"datacontenttype":"application/json","data":%s}' % (name.encode(), name.encode(), data))
            answer = client.request("POST", "/v1/events", data, headers)
            assert answer.status == 202, answer


@pytest.mark.parametrize("mode", ["binary", "structured"])
@pytest.mark.parametrize("configured, accepting", [(NEW, [NEW]), ([NEW, OLD], [NEW, OLD])], ids=["one", "rotating"])
def test_each_sample_arrives_byte_for_byte_and_signed(daemon_on, receiver, mode, configured, accepting):
    daemon = daemon_on({"hook": webhook(receiver, secret=configured)}).start()
    post_samples(daemon, mode)
    requests = {request.event_id: request for request in receiver.wait_for(len(NAMES))}
    assert sorted(requests) == sorted(NAMES)
    for name in NAMES:
        # In structured mode the data is the JSON value; the line break that ends the file is not part of it.
        expected = sample(name) if mode == "binary" else sample(name).strip()
        assert sha256(requests[name].body) == sha256(expected), name
        assert requests[name].headers["content-type"] == "application/json"
        assert int(requests[name].headers["content-length"]) == len(expected)

    secrets = [NEW, OLD, OTHER]
    for request, result in zip(requests.values(), node.receive(list(requests.values()), secrets)):
        assert result["fault"] is None
        event = result["event"]
        assert event["specversion"] == "1.0"
        assert event["id"] == request.event_id
        assert event["source"] == "/samples"
        assert event["type"] == "sample." + request.event_id
        assert request.headers["ce-subject"] == "prod/%C3%BC%201"
        assert result["verified"] == [secret in accepting for secret in secrets]


def test_a_retry_keeps_the_webhook_id_and_is_signed_anew(daemon_on, receiver):
    receiver.script("/hook", Reply(503), Reply(503))
    retry = {"base": "1100ms", "factor": 1, "jitter": 0}
    daemon = daemon_on({"hook": webhook(receiver, secret=NEW, delivery={"retry": retry})}).start()
    assert daemon.post("again", b'{"n":1}').status == 202
    requests = receiver.wait_for(3)
    assert len({request.headers["webhook-id"] for request in requests}) == 1
    stamps = [int(request.headers["webhook-timestamp"]) for request in requests]
    assert stamps == sorted(set(stamps)), "the timestamp is not that of the attempt"
    assert all(result["verified"] == [True] for result in node.receive(requests, [NEW]))


def test_without_a_secret_nothing_claims_to_be_signed(hooked, receiver):
    hooked.post("plain", b"\x00\xff not JSON", content_type="application/octet-stream")
    request = receiver.wait_for(1)[0]
    assert request.body == b"\x00\xff not JSON"
    assert request.headers["content-type"] == "application/octet-stream"
    assert "webhook-signature" not in request.headers
