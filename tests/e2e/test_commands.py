"""The commands an operator types, against a running daemon."""
import json
import os
import subprocess

from support.daemon import BINARY, webhook
from support.receiver import Reply
from support.wait import until


def fanfare(daemon, *words, stdin=None):
    config = os.path.join(daemon.directory, "fanfare.toml")
    return subprocess.run([BINARY, *words, "--config", config], capture_output=True, text=True, input=stdin, check=False)


def test_send_show_list_and_status_tell_the_same_story(hooked, receiver, directory):
    event = os.path.join(directory, "event.json")
    with open(event, "w", encoding="utf-8") as file:
        file.write('{"hello": "world"}')
    sent = fanfare(hooked, "send", "--to", f"http://{hooked.address}", "--type", "greeting", "--id", "g1", "--json", event)
    assert sent.returncode == 0, sent.stderr
    assert json.loads(sent.stdout) == {"id": "g1", "duplicate": False, "deliveries": 1}
    hooked.drain()

    shown = json.loads(fanfare(hooked, "events", "show", "g1", "--json").stdout)
    assert (shown["type"], shown["data"], shown["deliveries"][0]["state"]) == ("greeting", {"hello": "world"}, "sent")

    rows = [json.loads(line) for line in fanfare(hooked, "deliveries", "list", "--json").stdout.splitlines()]
    assert [(row["event_id"], row["destination"], row["state"]) for row in rows] == [("g1", "hook", "sent")]
    assert set(rows[0]) == {"id", "event_id", "realm", "type", "destination", "route", "state", "attempts",
                            "next_attempt_at", "reason", "created_at", "updated_at"}

    status = json.loads(fanfare(hooked, "status", "--json").stdout)
    assert status["events"] == {"accepted": 1, "duplicate": 0, "dropped": 0, "rejected": 0}
    assert status["deliveries"] == {"created": 1, "waiting": 0, "sending": 0, "sent": 1, "dead": 0, "cancelled": 0, "pruned": 0}
    table = fanfare(hooked, "deliveries", "list").stdout.splitlines()
    assert table[0].split()[:5] == ["DELIVERY", "EVENT", "TYPE", "DESTINATION", "STATE"]
    assert "g1" in table[1]


def test_send_reads_standard_input(hooked):
    sent = fanfare(hooked, "send", "--to", f"http://{hooked.address}", "--json", stdin='{"a":1}')
    assert sent.returncode == 0, sent.stderr
    assert json.loads(sent.stdout)["deliveries"] == 1


def test_a_dead_delivery_is_listed_with_its_reason_and_retried(daemon_on, receiver):
    receiver.behave = lambda request: Reply(404)
    daemon = daemon_on({"hook": webhook(receiver)}).start()
    assert daemon.post("e1").status == 202
    daemon.drain()
    (dead,) = daemon.deliveries(state="dead")
    assert "404" in dead["reason"]
    assert dead["attempts"] == 1

    history = json.loads(fanfare(daemon, "deliveries", "show", dead["id"], "--json").stdout)["history"]
    assert [(attempt["outcome"], attempt["code"]) for attempt in history] == [("rejected", 404)]

    receiver.behave = lambda request: Reply(200)
    retried = fanfare(daemon, "deliveries", "retry", dead["id"])
    assert (retried.returncode, retried.stdout) == (0, f"{dead['id']} is waiting again\n")
    until(lambda: list(daemon.deliveries(state="sent")), 30, "the retried delivery")
    again = fanfare(daemon, "deliveries", "retry", dead["id"])
    assert again.returncode == 65, "what is sent cannot be retried"
    assert "sent" in again.stderr


def test_failures_are_retried_by_policy_until_the_attempts_are_used_up(daemon_on, receiver):
    receiver.behave = lambda request: Reply(503)
    policy = {"retry": {"base": "10ms", "factor": 1, "jitter": 0, "max_attempts": 3}}
    daemon = daemon_on({"hook": webhook(receiver, delivery=policy)}).start()
    assert daemon.post("e1").status == 202
    daemon.drain()
    (dead,) = daemon.deliveries(state="dead")
    assert dead["attempts"] == 3
    assert dead["reason"].startswith("given up after 3 attempts: ")
    ids = [request.headers["webhook-id"] for request in receiver.requests()]
    assert len(ids) == 3 and len(set(ids)) == 1, "every attempt carries the same webhook-id"


def test_extensions_reach_a_plugin_with_their_json_types(daemon_on, directory):
    journal = os.path.join(directory, "journal.ndjson")
    daemon = daemon_on({"journal": {"plugin": "file", "path": journal}}).start()
    event = {"specversion": "1.0", "id": "e1", "source": "/t", "type": "t", "number": 7, "flag": True, "text": "7", "data": 1}
    with daemon.client() as client:
        answer = client.request("POST", "/v1/events", json.dumps(event).encode(), {"Content-Type": "application/cloudevents+json"})
    assert answer.status == 202, answer
    daemon.drain()
    with open(journal, encoding="utf-8") as file:
        (line,) = [json.loads(text) for text in file]
    assert (line["number"], line["flag"], line["text"]) == (7, True, "7")


def test_mistakes_on_the_command_line_are_named_and_exit_64():
    for words, expected in [([], "which command?"), (["stauts"], "did you mean 'status'?"), (["deliveries"], "deliveries list"),
                            (["status", "--jsno"], "did you mean --json?"), (["events", "show"], "wants ID"),
                            (["status", "extra"], "no further words")]:
        result = subprocess.run([BINARY, *words], capture_output=True, text=True, check=False)
        assert result.returncode == 64, words
        assert expected in result.stderr, result.stderr


def test_without_a_daemon_the_answer_says_so(daemon_on, receiver):
    daemon = daemon_on({"hook": webhook(receiver)})
    daemon.write_config()
    result = fanfare(daemon, "status")
    assert result.returncode == 69
    assert daemon.admin_address in result.stderr


def test_every_command_has_help():
    listing = subprocess.run([BINARY, "--help"], capture_output=True, text=True, check=True).stdout
    commands = [line.split("  ")[1].strip() for line in listing.split("commands:")[1].split("\n\n")[0].splitlines() if line.strip()]
    names = [" ".join(word for word in command.split() if word.islower()) for command in commands]
    assert "deliveries retry" in names
    for name in names:
        result = subprocess.run([BINARY, *name.split(), "--help"], capture_output=True, text=True, check=False)
        assert result.returncode == 0 and f"usage: fanfare {name}" in result.stdout


def test_the_admin_token_goes_with_commands_over_tcp_and_is_never_shown(receiver):
    receiver.behave = lambda request: Reply(401, body=b'{"detail":"wrong token"}')
    address = receiver.url("/").split("/")[2]
    env = dict(os.environ, FANFARE_ADMIN_TOKEN="tell-nobody")
    result = subprocess.run([BINARY, "status", "--admin", address], capture_output=True, text=True, check=False, env=env)
    assert result.returncode == 77
    assert "wrong token; FANFARE_ADMIN_TOKEN" in result.stderr and "tell-nobody" not in result.stdout + result.stderr
    assert [request.headers["authorization"] for request in receiver.requests()] == ["Bearer tell-nobody"]


def test_send_that_fails_at_one_file_still_says_what_was_accepted_before(hooked, directory):
    good = os.path.join(directory, "good.json")
    with open(good, "w", encoding="utf-8") as file:
        file.write("{}")
    missing = os.path.join(directory, "missing.json")
    result = fanfare(hooked, "send", "--to", f"http://{hooked.address}", "--id", "first", good, missing)
    assert result.returncode == 66 and missing in result.stderr
    assert "first" in result.stdout
