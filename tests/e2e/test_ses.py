"""Amazon SES: the mails that arrive at an emulator; and what happens when SES says no."""
import base64
import json
import os
import urllib.request

import pytest

from support.aws import PLAIN_ENV, signatures
from support.npm_server import NpmServer
from support.receiver import Receiver, Reply
from support.secrets import everything_of
from support.wait import until

KEY = "AKIAFANFARETEST00002"
SECRET = "another/secret+access=key-of-this-test-12"
SENDER = "fanfare@example.com"


@pytest.fixture
def server():
    with NpmServer("aws-ses-v2-local", ["--port", "{port}"]) as running:
        yield running


def ses(endpoint, **options):
    retry = {"base": "50ms", "factor": 1, "jitter": 0, "max_attempts": 5}
    return {"plugin": "ses", "endpoint": endpoint, "region": "eu-west-1", "access_key_id": KEY, "secret_access_key": SECRET,
            "sender": SENDER, "recipients": "ann@example.com", "delivery": {"timeout": "10m", "retry": retry}, **options}


def mails(server, count):
    """Exactly `count` mails of the emulator's store, in order of arrival."""
    def fetch():
        with urllib.request.urlopen(server.url + "/store", timeout=30) as answer:
            return json.load(answer)["emails"]

    until(lambda: len(fetch()) >= count, 60, f"{count} mails at the emulator")
    found = fetch()
    assert len(found) == count
    return found


@pytest.mark.parametrize("api", ["v2", "v1"])
def test_a_mail_says_what_the_event_says(daemon_on, server, api):
    daemon = daemon_on({"m": ses(server.url, api=api, sender_name="Orders of ACME", cc=["Bob <bob@example.com>"],
                                 reply_to="answers@example.com", recipients=["ann@example.com", "{{ data.to }}"],
                                 subject="Order {{ data.order }}: Grüße \u20ac \U0001f600")}).start(env=PLAIN_ENV)
    data = '{"order":42,"to":"a@example.com, b@example.com","text":"Gr\u00fc\u00dfe \U0001f600","sum":1.10}'
    daemon.post("one", data.encode())
    daemon.drain()
    mail = mails(server, 1)[0]
    assert mail["from"] == f"Orders of ACME <{SENDER}>"
    # Of the Query form the emulator reads one recipient of each kind.
    assert mail["destination"]["to"] == ["ann@example.com", "a@example.com", "b@example.com"][:3 if api == "v2" else 1]
    assert mail["destination"]["cc"] == ["Bob <bob@example.com>"]
    assert mail["replyTo"] == ["answers@example.com"]
    assert mail["subject"] == "Order 42: Grüße \u20ac \U0001f600"
    assert mail["body"]["text"] == ('{\n  "order": 42,\n  "to": "a@example.com, b@example.com",\n'
                                    '  "text": "Grüße \U0001f600",\n  "sum": 1.10\n}')


def test_the_subject_is_the_type_and_a_json_string_is_its_text(daemon_on, server):
    daemon = daemon_on({"m": ses(server.url)}).start(env=PLAIN_ENV)
    daemon.post("one", b'"two\\nlines"')
    daemon.post("two", b"", event_type="nothing.to.say")
    found = {mail["subject"]: mail["body"].get("text", "") for mail in mails(server, 2)}
    assert found == {"test.event": "two\nlines", "nothing.to.say": "\n"}


def test_text_and_html_come_from_their_templates_and_html_is_escaped(daemon_on, server):
    daemon = daemon_on({"m": ses(server.url, text="Dear {{ data.name }}", html="<p>Dear {{ data.name }}</p>")})
    daemon.start(env=PLAIN_ENV)
    daemon.post("one", b'{"name":"A & <B>"}')
    body = mails(server, 1)[0]["body"]
    assert body == {"text": "Dear A & <B>", "html": "<p>Dear A &amp; &lt;B&gt;</p>"}


@pytest.mark.parametrize("api", ["v2", "v1"])
def test_the_data_can_be_attached(daemon_on, server, api):
    daemon = daemon_on({"m": ses(server.url, api=api, attachment_name="{{ id }} \u00fc.bin", text="see the file \u20ac",
                                 subject="Grüße")}).start(env=PLAIN_ENV)
    data = bytes(range(256)) * 400
    daemon.post("one", data, content_type="application/x-blob")
    mail = mails(server, 1)[0]
    assert mail["subject"] == "Grüße"
    assert mail["body"]["text"].strip() == "see the file \u20ac"
    attachment = mail["attachments"][0]
    assert attachment["filename"] == "one \u00fc.bin"
    assert attachment["contentType"] == "application/x-blob"
    assert base64.b64decode(attachment["content"]) == data


def test_a_mail_of_the_largest_size_arrives_whole_and_one_byte_more_is_dead_unsent(daemon_on, server):
    subject, most = "test.event", 1 << 20
    daemon = daemon_on({"m": ses(server.url, max_message_bytes=most)}).start(env=PLAIN_ENV)
    text = "x" * (most - len(subject))
    daemon.post("one", text.encode(), content_type="text/plain")
    daemon.post("over", text.encode() + b"x", content_type="text/plain")
    daemon.drain()
    assert mails(server, 1)[0]["body"]["text"] == text
    (dead,) = daemon.deliveries(state="dead")
    assert dead["event_id"] == "over" and f"{most + 1} bytes" in dead["reason"]


def test_an_event_that_brings_no_recipient_is_dead_and_says_why(daemon_on, server):
    daemon = daemon_on({"m": ses(server.url, recipients="{{ data.to }}")}).start(env=PLAIN_ENV)
    daemon.post("bad", b'{"to":"ann at example.com"}')
    daemon.post("good", b'{"to":"ann@example.com"}')
    daemon.drain()
    assert [mail["destination"]["to"] for mail in mails(server, 1)] == [["ann@example.com"]]
    dead = list(daemon.deliveries(state="dead"))
    assert [one["event_id"] for one in dead] == ["bad"]
    assert "is no mail address" in dead[0]["reason"]


def refusal(status, kind, message):
    return Reply(status, {"Content-Type": "application/json", "x-amzn-ErrorType": kind},
                 json.dumps({"message": message}).encode())


def accepted(_request):
    return Reply(200, {"Content-Type": "application/json"}, b'{"MessageId":"m-1"}')


def test_throttling_and_a_pause_are_retried_and_a_rejected_mail_is_dead(daemon_on):
    with Receiver(accepted) as aws:
        aws.script("/v2/email/outbound-emails", refusal(429, "TooManyRequestsException", "Maximum sending rate exceeded."),
                   refusal(400, "SendingPausedException", "Sending is paused."))
        daemon = daemon_on({"m": ses(aws.url(""))}).start(env=PLAIN_ENV)
        daemon.post("one")
        daemon.drain()
        assert [one["attempts"] for one in daemon.deliveries(state="sent")] == [3]
        aws.script("/v2/email/outbound-emails", refusal(400, "MessageRejected", "Email address is not verified."))
        daemon.post("two")
        daemon.drain()
        dead = list(daemon.deliveries(state="dead"))
        assert [one["attempts"] for one in dead] == [1]
        assert "MessageRejected: Email address is not verified." in dead[0]["reason"]


def test_a_wrong_key_shows_nothing_of_the_key(daemon_on):
    def refuse(request):
        words = f"does not match {KEY} {SECRET}\n{request.headers['authorization']}"
        return refusal(403, "SignatureDoesNotMatch", words)

    with Receiver(refuse) as aws:
        daemon = daemon_on({"m": ses(aws.url(""))})
        daemon.config["log"] = {"level": "trace"}
        daemon.start(env=PLAIN_ENV)
        daemon.post("one", b'{"marker":"payload-of-this-test"}')
        daemon.drain()
        written = b"\n".join(data for _, data in everything_of(daemon, most=50))
        assert b"payload-of-this-test" in written, "the search looks into the store"
        assert b"SignatureDoesNotMatch" in written
        for secret in (SECRET, KEY, *signatures(aws.requests())):
            assert secret.encode() not in written, secret


def test_the_role_of_a_web_identity_sends_the_mail_with_a_token_that_is_read_when_it_is_needed(daemon_on):
    answer = ("<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
              "<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAWEBIDENTITY00001</AccessKeyId>"
              "<SecretAccessKey>secret-of-the-web-identity</SecretAccessKey><SessionToken>session-of-the-web-identity"
              "</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
              "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>")
    with Receiver(lambda request: Reply(200, {}, answer.encode())) as sts, Receiver(accepted) as aws:
        destination = ses(aws.url(""))
        del destination["access_key_id"], destination["secret_access_key"]
        daemon = daemon_on({"m": destination})
        token_file = os.path.join(daemon.directory, "token")
        daemon.start(env={**PLAIN_ENV, "HOME": daemon.directory, "AWS_WEB_IDENTITY_TOKEN_FILE": token_file,
                          "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/mail", "AWS_ENDPOINT_URL_STS": sts.url("")})
        with open(token_file, "w", encoding="ascii") as file:
            file.write("token-of-the-web-identity\n")
        daemon.post("one")
        daemon.post("two")
        daemon.drain()
        assert len(sts.requests()) == 1
        assert b"WebIdentityToken=token-of-the-web-identity" in sts.requests()[0].body
        for request in aws.requests():
            assert "Credential=ASIAWEBIDENTITY00001/" in request.headers["authorization"]
            assert request.headers["x-amz-security-token"] == "session-of-the-web-identity"


def test_credentials_of_a_container_are_asked_for_with_its_token(daemon_on):
    answer = {"AccessKeyId": "ASIACONTAINER0000001", "SecretAccessKey": "secret-of-the-container",
              "Token": "session-of-the-container", "Expiration": "2099-01-01T00:00:00Z"}
    with Receiver(lambda request: Reply(200, {}, json.dumps(answer).encode())) as box, Receiver(accepted) as aws:
        destination = ses(aws.url(""))
        del destination["access_key_id"], destination["secret_access_key"]
        daemon = daemon_on({"m": destination})
        daemon.start(env={**PLAIN_ENV, "HOME": daemon.directory, "AWS_CONTAINER_CREDENTIALS_FULL_URI": box.url("/creds"),
                          "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Bearer of-the-container"})
        daemon.post("one")
        daemon.drain()
        assert [request.headers["authorization"] for request in box.requests("/creds")] == ["Bearer of-the-container"]
        assert "Credential=ASIACONTAINER0000001/" in aws.requests()[0].headers["authorization"]
