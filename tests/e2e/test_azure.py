"""Azure Queue Storage: what is in the queue afterwards, read by Microsoft's own client, and what is told if nothing is."""
import base64
import datetime
import json

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import AccountSasPermissions, BinaryBase64DecodePolicy, ResourceTypes, generate_account_sas

from support.azurite import ACCOUNT, KEY, Azurite
from support.secrets import places_of
from support.wait import until

UNICODE = "Gr\u00fc\u00dfe, \u20ac und \U0001f600, <b>&amp;</b> ]]> \"'"
MAX = 65536


@pytest.fixture(scope="module")
def azurite():
    with Azurite() as running:
        yield running


def azure(azurite, queue, **options):
    once = {"timeout": "1m", "retry": {"base": "1ms", "max_delay": "5ms", "jitter": 0, "max_attempts": 2}}
    access = {} if {"key", "sas"} & options.keys() else {"connection_string": azurite.connection_string}
    return {"plugin": "azure", "queue": queue, "delivery": once, **access, **options}


@pytest.fixture
def queue(azurite, request):
    """An empty queue of this test's own."""
    name = "q-" + str(abs(hash(request.node.name)))
    client = azurite.service.create_queue(name)
    yield client
    client.delete_queue()


@pytest.fixture
def daemon_for(daemon_on):
    """daemon_for(destination): a daemon that runs with it, at log level trace."""
    def start(destination):
        daemon = daemon_on({"queue": destination})
        daemon.config["log"] = {"level": "trace"}
        return daemon.start()

    return start


def finished(daemon, event_id):
    """The delivery of an event once it is sent or dead."""
    return until(lambda: [one for one in daemon.event(event_id)["deliveries"] if one["state"] in ("sent", "dead")], 60,
                 lambda: f"an end of {event_id}, which is {daemon.event(event_id)}\nIt")[0]


def send(daemon, data, event_id="e-1", content_type="text/plain"):
    answer = daemon.post(event_id, data, content_type=content_type)
    assert answer.status == 202, answer
    return finished(daemon, event_id)


def contents(client):
    return [message.content for message in client.receive_messages(messages_per_page=32)]


@pytest.mark.parametrize("text", [UNICODE, "", "{\"n\":1}", "  blanks around\t ", "two\nlines", "x" * MAX],
                         ids=["unicode", "empty", "json", "blanks", "lines", "max"])
def test_the_data_comes_out_of_the_queue_as_it_went_in(azurite, queue, daemon_for, text):
    daemon = daemon_for(azure(azurite, queue.queue_name, body="data"))
    sent = send(daemon, text.encode())
    assert sent["state"] == "sent", sent["reason"]
    assert contents(queue) == [text]


@pytest.mark.parametrize("data", [b"\x00\xff\r\n any bytes", b"m" * (MAX // 4 * 3)], ids=["bytes", "max"])
def test_any_bytes_come_out_of_the_queue_if_they_are_encoded(azurite, queue, daemon_for, data):
    queue._config.message_decode_policy = BinaryBase64DecodePolicy()
    queue._config.message_decode_policy.configure(False, None, None)
    daemon = daemon_for(azure(azurite, queue.queue_name, body="data", base64=True))
    assert send(daemon, data, content_type="application/octet-stream")["state"] == "sent"
    assert contents(queue) == [data]


@pytest.mark.parametrize("encode, size", [(False, MAX + 1), (True, MAX // 4 * 3 + 1)], ids=["text", "base64"])
def test_one_byte_too_many_is_dead_at_once_and_never_sent(azurite, queue, daemon_for, encode, size):
    daemon = daemon_for(azure(azurite, queue.queue_name, body="data", base64=encode))
    dead = send(daemon, b"x" * size)
    assert (dead["state"], dead["attempts"]) == ("dead", 1)
    assert "a queue takes 65536" in dead["reason"]
    assert contents(queue) == []


def test_without_a_shape_the_message_is_the_event_and_with_one_it_is_what_that_makes(azurite, queue, daemon_for):
    daemon = daemon_for(azure(azurite, queue.queue_name))
    assert send(daemon, b'{"name":"\xc3\xbc"}', content_type="application/json")["state"] == "sent"
    event = json.loads(contents(queue)[0])
    assert (event["specversion"], event["id"], event["type"], event["data"]) == ("1.0", "e-1", "test.event", {"name": "\u00fc"})
    daemon.config["destination"]["queue"]["shape"] = {"template": "<{{data.name}}> of {{type}}"}
    daemon.restart()
    assert send(daemon, b'{"name":"\xc3\xbc"}', "e-2", "application/json")["state"] == "sent"
    assert contents(queue) == ["<\u00fc> of test.event"]


def test_time_to_live_and_invisibility_are_those_of_the_options(azurite, queue, daemon_for):
    daemon = daemon_for(azure(azurite, queue.queue_name, body="data", ttl_seconds=3600))
    assert send(daemon, b"short")["state"] == "sent"
    (message,) = queue.receive_messages()
    assert (message.expires_on - message.inserted_on) == datetime.timedelta(hours=1)
    queue.delete_message(message)
    daemon.config["destination"]["queue"].update(ttl_seconds=-1, visibility_seconds=1800)
    daemon.restart()
    assert send(daemon, b"later", "e-2")["state"] == "sent"
    assert queue.get_queue_properties().approximate_message_count == 1
    assert contents(queue) == []


def test_a_wrong_key_is_rejected_in_the_services_own_words(azurite, queue, daemon_for):
    wrong = base64.b64encode(b"a key of somebody else..........").decode()
    daemon = daemon_for(azure(azurite, queue.queue_name, account=ACCOUNT, endpoint=azurite.endpoint, key=wrong))
    dead = send(daemon, b"x")
    assert (dead["state"], dead["attempts"]) == ("dead", 1)
    assert "HTTP 403 AuthenticationFailed" in dead["reason"]
    assert "Server failed to authenticate the request." in dead["reason"]
    assert contents(queue) == []
    assert places_of(daemon, [wrong]) == []


def sas(*resources, **permissions):
    later = datetime.datetime.utcnow() + datetime.timedelta(hours=1)
    return generate_account_sas(ACCOUNT, KEY, ResourceTypes(**dict.fromkeys(resources, True)),
                                AccountSasPermissions(**permissions), later)


def test_a_shared_access_signature_lets_messages_in_and_its_want_of_rights_is_told(azurite, queue, daemon_for):
    add_only = sas("object", add=True)
    daemon = daemon_for(azure(azurite, queue.queue_name, endpoint=azurite.endpoint, sas=add_only, body="data"))
    assert send(daemon, UNICODE.encode())["state"] == "sent"
    assert contents(queue) == [UNICODE]
    read_only = sas("object", read=True)
    daemon.config["destination"]["queue"]["sas"] = read_only
    daemon.restart()
    dead = send(daemon, b"x", "e-2")
    assert (dead["state"], dead["attempts"]) == ("dead", 1)
    assert "HTTP 403 AuthorizationPermissionMismatch" in dead["reason"]
    signatures = [token.split("sig=")[1].split("&")[0] for token in (add_only, read_only)]
    assert places_of(daemon, [add_only, read_only, *signatures]) == []


def test_a_queue_that_is_not_there_is_told_or_created_as_asked(azurite, daemon_for):
    daemon = daemon_for(azure(azurite, "not-there", body="data"))
    dead = send(daemon, b"x")
    assert (dead["state"], dead["attempts"]) == ("dead", 1)
    assert "HTTP 404 QueueNotFound" in dead["reason"] and "create_queue = true" in dead["reason"]
    client = azurite.service.get_queue_client("not-there")
    with pytest.raises(ResourceNotFoundError):
        client.get_queue_properties()
    daemon.config["destination"]["queue"]["create_queue"] = True
    daemon.restart()
    assert send(daemon, b"y", "e-2")["state"] == "sent"
    assert contents(client) == ["y"]


def test_no_key_and_no_signature_is_found_in_what_the_daemon_writes_and_says(azurite, queue, daemon_for):
    daemon = daemon_for(azure(azurite, queue.queue_name))
    assert send(daemon, b"x")["state"] == "sent"
    assert places_of(daemon, [KEY, azurite.connection_string, "SharedKey "]) == []
