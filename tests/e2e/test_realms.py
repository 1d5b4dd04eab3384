"""Who may send events into which realm: tokens, signatures and rates, as senders and strangers see them."""
import base64
import hashlib
import hmac
import json
import os
import subprocess
import time

import pytest

from support import node
from support.client import cloudevent_headers, raw
from support.daemon import BINARY, webhook

OLD = "whsec_" + base64.b64encode(b"the old secret of these tests..1").decode()
NEW = "whsec_" + base64.b64encode(b"the new secret of these tests..2").decode()
GITHUB = "a secret that GitHub was given"


def new_token(*options):
    run = subprocess.run([BINARY, "token", "new", "--json", *options], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


@pytest.fixture(scope="module")
def ada():
    return new_token()


@pytest.fixture(scope="module")
def bob():
    return new_token()


def bearer(token):
    return {"Authorization": "Bearer " + token["token"]}


@pytest.fixture
def guarded(daemon_on, receiver, ada, bob):
    """Two realms with a token each, a signed one, an open one."""
    realms = {"ada": {"tokens": [ada["hash"]], "max_body": 1000}, "bob": {"tokens": bob["hash"]},
              "signed": {"signature": {"scheme": "github", "secret": GITHUB}, "max_body": 1000, "rate": "1000/s"}, "open": {}}
    return daemon_on({"hook": webhook(receiver)}, realms=realms).start()


def post(daemon, path, body=b"{}", headers=None):
    with daemon.client() as client:
        return client.request("POST", path, body, {"Content-Type": "application/json", **(headers or {})})


def in_realm(daemon, realm, headers=None, body=b"{}"):
    return post(daemon, f"/v1/realms/{realm}/events", body, headers)


def wire(daemon, realm, token=None, length=2):
    """The answer to a request with its head only, byte for byte but for the date."""
    head = f"POST /v1/realms/{realm}/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    answer = raw(daemon.address, head.encode() + b"\r\n")
    return answer.status, {name: value for name, value in answer.headers.items() if name != "date"}, answer.body


def stored(daemon):
    return daemon.status()["events"]["accepted"]


def github(body, secret=GITHUB):
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def standard(secret, message_id, body, timestamp=None):
    timestamp = timestamp or int(time.time())
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp),
            "webhook-signature": node.sign(secret, message_id, timestamp, body.decode())}


def test_a_new_token_opens_its_realm_once_its_hash_is_configured(daemon_on, receiver):
    run = subprocess.run([BINARY, "token", "new", "--realm", "ci"], capture_output=True, text=True, check=True)
    token = run.stdout.strip()
    assert token.startswith("fanfare_") and len(token) == 51
    assert token not in run.stderr
    line = next(line for line in run.stderr.splitlines() if line.startswith("tokens"))
    assert "[realm.ci]" in run.stderr
    hashed = subprocess.run([BINARY, "token", "hash"], input=token + "\n", capture_output=True, text=True, check=True)
    assert line == f'tokens = ["{hashed.stdout.strip()}"]'
    daemon = daemon_on({"hook": webhook(receiver)}, realms={"ci": {"tokens": [hashed.stdout.strip()]}}).start()
    assert in_realm(daemon, "ci", {"Authorization": "Bearer " + token}).status == 202
    receiver.wait_for(1)


def test_send_takes_its_token_from_the_environment(guarded, ada):
    command = [BINARY, "send", "--to", f"http://{guarded.address}", "--realm", "ada"]
    refused = subprocess.run(command, input="{}", capture_output=True, text=True, check=False)
    assert refused.returncode == 77 and "credentials" in refused.stderr
    sent = subprocess.run(command, input="{}", capture_output=True, text=True, check=False,
                          env={**os.environ, "FANFARE_TOKEN": ada["token"]})
    assert sent.returncode == 0, sent.stderr


@pytest.mark.parametrize("realm, who, status", [
    ("ada", None, 401), ("ada", "ada", 202), ("ada", "bob", 403),
    ("bob", None, 401), ("bob", "ada", 403), ("bob", "bob", 202),
    ("signed", None, 401), ("signed", "ada", 403), ("nowhere", None, 401), ("nowhere", "ada", 403),
    ("open", None, 202), ("open", "ada", 202),
])
@pytest.mark.parametrize("where", ["path", "header"])
def test_a_token_opens_its_own_realm_only(guarded, ada, bob, realm, who, status, where):
    headers = bearer({"ada": ada, "bob": bob}[who]) if who else {}
    if where == "path":
        answer = in_realm(guarded, realm, headers)
    else:
        answer = post(guarded, "/v1/events", headers={**headers, "Fanfare-Realm": realm})
    assert answer.status == status, answer
    assert stored(guarded) == (1 if status == 202 else 0)
    if status != 202:
        assert answer.is_problem
        assert realm not in answer.body.decode()
    assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)


@pytest.mark.parametrize("who, status", [("nobody", 401), ("a guesser", 401), ("ada", 403)])
def test_a_realm_that_does_not_exist_is_answered_like_a_closed_one_byte_for_byte(guarded, ada, who, status):
    token = {"nobody": None, "a guesser": "fanfare_nobody-has-this-one", "ada": ada["token"]}[who]
    for length in (2, 5000):
        answers = [wire(guarded, realm, token, length) for realm in ("bob", "nowhere", "signed")]
        assert answers[0] == answers[1] == answers[2]
        assert answers[0][0] == status


def test_the_limit_of_a_realm_shows_only_to_those_who_may_enter(guarded, ada):
    assert wire(guarded, "ada", None, 5000) == wire(guarded, "nowhere", None, 5000)
    assert wire(guarded, "ada", ada["token"], 5000)[0] == 413
    large = b"[" + b" " * 5000 + b"]"
    assert in_realm(guarded, "signed", github(large, "wrong"), large).status == 401
    assert in_realm(guarded, "signed", github(large), large).status == 413


def test_failing_signatures_are_limited_alike_whether_the_realm_exists_or_not(daemon_on, receiver):
    realms = {"signed": {"signature": {"scheme": "github", "secret": GITHUB}}}
    for realm in ("signed", "nowhere"):
        daemon = daemon_on({"hook": webhook(receiver)}, realms=realms).start()
        answers = [in_realm(daemon, realm, github(b"{}", "wrong")).status for _ in range(11)]
        assert answers == [401] * 10 + [429], realm


def test_a_signature_that_does_not_hold_is_answered_like_none_at_all(guarded):
    answers = [in_realm(guarded, "signed"), in_realm(guarded, "signed", github(b"[]")),
               in_realm(guarded, "signed", {"X-Hub-Signature-256": "nonsense"}), in_realm(guarded, "nowhere")]
    assert [answer.status for answer in answers] == [401] * 4
    assert len({answer.body for answer in answers}) == 1
    for answer in answers:
        answer.headers.pop("date")
    assert all(answer.headers == answers[0].headers for answer in answers)


def test_a_request_that_names_no_realm_is_in_the_only_one_of_its_token(guarded, ada):
    answer = post(guarded, "/v1/events", headers=bearer(ada))
    assert answer.status == 202
    event = guarded.event(answer.json["accepted"][0]["id"])
    assert event["realm"] == "ada"


def test_an_event_without_realm_is_refused_where_one_realm_is_guarded(guarded):
    assert post(guarded, "/v1/events").status == 401
    assert guarded.post("e").status == 401
    assert stored(guarded) == 0


def test_a_batch_whose_events_name_realms_is_taken_whole_or_not_at_all(guarded, ada):
    def batch(*realms):
        events = [{"specversion": "1.0", "id": f"{i}", "source": "/t", "type": "t", **({"realm": realm} if realm else {})}
                  for i, realm in enumerate(realms)]
        return post(guarded, "/v1/events", json.dumps(events).encode(),
                    {"Content-Type": "application/cloudevents-batch+json", **bearer(ada)})

    for foreign in ("bob", "signed", "nowhere"):
        assert batch("ada", "open", foreign).status == 403
    assert stored(guarded) == 0
    assert batch("ada", "open", None).status == 202
    assert stored(guarded) == 3


@pytest.mark.parametrize("credentials", ["Basic dXNlcjpwYXNz", "Bearer", "Bearer  ", "TOKEN", "Bearer TOKEN,", "Token TOKEN"])
def test_only_a_well_formed_bearer_token_counts(guarded, ada, credentials):
    assert in_realm(guarded, "ada", {"Authorization": credentials.replace("TOKEN", ada["token"])}).status == 401


def test_a_token_in_the_url_is_no_token(guarded, ada):
    assert post(guarded, f"/v1/realms/ada/events?access_token={ada['token']}").status == 401


# RELIABILITY A20.
def test_who_guesses_is_slowed_down_and_who_knows_is_served(guarded, ada):
    answers = [in_realm(guarded, "ada", {"Authorization": f"Bearer guess-{i}"}) for i in range(12)]
    assert [answer.status for answer in answers] == [401] * 10 + [429] * 2
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert in_realm(guarded, "ada", bearer(ada)).status == 202
    # Without credentials nothing was guessed.
    assert in_realm(guarded, "ada").status == 401


def test_signatures_of_the_old_and_the_new_secret_hold_while_rotating(daemon_on, receiver):
    def signing(*secrets):
        return {"hooks": {"signature": {"scheme": "standard-webhooks", "secret": list(secrets)}}}

    daemon = daemon_on({"hook": webhook(receiver)}, realms=signing(OLD)).start()
    expected = {OLD: [(OLD, 202), (NEW, 401)], "both": [(OLD, 202), (NEW, 202)], NEW: [(OLD, 401), (NEW, 202)]}
    for configured, senders in expected.items():
        daemon.config["realm"] = signing(*([NEW, OLD] if configured == "both" else [configured]))
        daemon.restart()
        for number, (secret, status) in enumerate(senders):
            message_id = f"msg_{configured[-6:].strip('=')}_{number}"
            headers = standard(secret, message_id, b'{"n":1}')
            answer = in_realm(daemon, "hooks", headers, b'{"n":1}')
            assert answer.status == status, (configured, number, answer)
            if status == 202:
                assert answer.json["accepted"][0]["id"] == message_id


@pytest.mark.parametrize("age, status", [(-290, 202), (290, 202), (-330, 401), (330, 401)])
def test_a_signature_is_good_for_its_tolerance_in_both_directions(daemon_on, receiver, age, status):
    realms = {"hooks": {"signature": {"scheme": "standard-webhooks", "secret": NEW}}}
    daemon = daemon_on({"hook": webhook(receiver)}, realms=realms).start()
    assert in_realm(daemon, "hooks", standard(NEW, "msg_1", b"{}", int(time.time()) + age)).status == status


def test_a_github_signature_covers_the_bytes_as_they_came(guarded):
    body = '{"ref": "refs/tags/v1",  "name":"\u00fc"}\n'.encode()
    assert in_realm(guarded, "signed", github(body), body).status == 202
    assert in_realm(guarded, "signed", github(body), body.replace(b"  ", b" ")).status == 401
    assert in_realm(guarded, "signed", github(body, "another secret"), body).status == 401


def test_a_signed_request_that_is_sent_again_delivers_nothing(guarded, receiver):
    first = in_realm(guarded, "signed", github(b'{"n":1}'), b'{"n":1}')
    again = in_realm(guarded, "signed", github(b'{"n":1}'), b'{"n":1}')
    assert [answer.json["accepted"][0]["duplicate"] for answer in (first, again)] == [False, True]
    assert first.json["accepted"][0]["id"] == hashlib.sha256(b'{"n":1}').hexdigest()
    # Not even with what the signature does not cover changed.
    for name in ("Fanfare-Id", "Fanfare-Source"):
        assert in_realm(guarded, "signed", {**github(b'{"n":1}'), name: "other"}, b'{"n":1}').status == 400
    binary = cloudevent_headers("other")
    assert in_realm(guarded, "signed", {**github(b'{"n":1}'), **binary}, b'{"n":1}').status == 400
    retyped = in_realm(guarded, "signed", {**github(b'{"n":1}'), "Content-Type": "application/x-ndjson"}, b'{"n":1}')
    assert retyped.json["accepted"][0]["duplicate"] is True
    guarded.drain()
    assert len(receiver.requests()) == 1
    assert stored(guarded) == 1


def test_a_realm_that_asks_for_a_signature_must_be_named_outside_of_the_body(guarded):
    event = json.dumps({"specversion": "1.0", "id": "1", "source": "/t", "type": "t", "realm": "signed"}).encode()
    headers = {"Content-Type": "application/cloudevents+json", **github(event)}
    assert post(guarded, "/v1/events", event, headers).status == 401
    assert in_realm(guarded, "signed", headers, event).status == 202


def test_above_its_rate_a_realm_is_told_when_to_come_back_and_nothing_is_stored(daemon_on, receiver):
    daemon = daemon_on({"hook": webhook(receiver)}, realms={"slow": {"rate": "3/h"}, "fast": {}}).start()
    batch = b'{"n":1}\n{"n":2}\n'
    first = in_realm(daemon, "slow", {"Content-Type": "application/x-ndjson"}, batch)
    assert first.status == 202
    for answer in (in_realm(daemon, "slow"),
                   post(daemon, "/v1/events", json.dumps({"specversion": "1.0", "id": "1", "source": "/t", "type": "t",
                                                          "realm": "slow"}).encode(),
                        {"Content-Type": "application/cloudevents+json"})):
        assert answer.status == 429 and answer.is_problem, answer
        assert 1200 < int(answer.headers["retry-after"]) <= 2400
    assert in_realm(daemon, "fast").status == 202
    assert stored(daemon) == 3


# SEED-SYSTEMS A16, A17, A19.
def test_an_event_that_its_realm_keeps_from_every_route_is_taken_and_visible(daemon_on, receiver):
    routes = [{"name": "blue", "realms": "blue", "to": ["hook"]}]
    daemon = daemon_on({"hook": webhook(receiver)}, routes=routes, realms={"blue": {}, "green": {}}).start()
    for path, deliveries in (("/v1/realms/blue/events", 1), ("/v1/realms/green/events", 0), ("/v1/events", 0)):
        answer = post(daemon, path)
        (accepted,) = answer.json["accepted"]
        assert (answer.status, accepted["deliveries"]) == (202, deliveries), path
        assert daemon.event(accepted["id"])["deliveries"] == [] or deliveries
    daemon.drain()
    assert len(receiver.requests()) == 1


# SEED-SYSTEMS A22, RELIABILITY A21.
def test_no_token_and_no_secret_shows_anywhere(daemon_on, receiver, ada, directory):
    realms = {"ada": {"tokens": [{"hash": ada["hash"], "label": "ci"}]},
              "signed": {"signature": {"scheme": "standard-webhooks", "secret": [NEW, OLD]}}}
    daemon = daemon_on({"hook": webhook(receiver)}, realms=realms)
    daemon.config["log"] = {"level": "trace"}
    daemon.start()
    answers = [in_realm(daemon, realm, headers) for realm in ("ada", "signed", "nowhere")
               for headers in (None, bearer(ada), {"Authorization": "Bearer canary-of-a-guess"},
                               standard(NEW, "msg_1", b"{}"), standard(OLD, "msg_2", b"[]"))]
    assert 202 in [answer.status for answer in answers] and 401 in [answer.status for answer in answers]
    check = subprocess.run([BINARY, "check", "--config", daemon.write_config()], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout
    status = json.dumps(daemon.status())
    daemon.stop()
    shown = daemon.log_tail(10000) + check.stdout + check.stderr + status + "".join(
        str(answer.headers) + answer.body.decode() for answer in answers)
    for secret in (ada["token"], NEW[6:], OLD[6:], "canary-of-a-guess"):
        assert secret not in shown
    # Nor where a mistake stands beside it.
    path = os.path.join(directory, "faulty.toml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'[realm.a]\ntokens = ["{ada["token"]}"]\n[realm.b]\nsignature = {{ scheme = "github", secret = "{NEW}", x = 1 }}\n'
                   f'[realm.c.signature]\nscheme = "standard-webhooks"\nsecret = "{GITHUB}"\n')
    faulty = subprocess.run([BINARY, "check", "--config", path], capture_output=True, text=True, check=False)
    assert faulty.returncode == 78
    assert "fanfare token hash" in faulty.stdout and "not one of Standard Webhooks" in faulty.stdout
    for secret in (ada["token"], NEW[6:], GITHUB):
        assert secret not in faulty.stdout + faulty.stderr
