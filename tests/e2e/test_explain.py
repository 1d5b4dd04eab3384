"""The tools that say what would happen: dry_run, fanfare explain and fanfare test."""
import json
import os
import subprocess

import pytest

from support.daemon import BINARY, PLUGINS

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "etc", "examples", "events")
CONFIG = f"""
[plugins]
path = "{PLUGINS}"
[realm.GITHUB_MASTER]
[realm.GITHUB_TAG]
[destination.build]
plugin = "file"
path = "/var/tmp/none"
[destination.team]
plugin = "file"
path = "/var/tmp/none"
[[route]]
name = "latest-build"
realms = "GITHUB_MASTER"
types = "push"
match.data.ref = ["refs/heads/master"]
to = "build"
[[route]]
name = "tag-build"
realms = "GITHUB_TAG"
match.data.ref_type = ["tag"]
to = "build"
[[route]]
name = "rest"
fallback = true
to = "team"
"""


def run(directory, *words, config=CONFIG, text=None):
    path = os.path.join(directory, "fanfare.toml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(config)
    return subprocess.run([BINARY, *words, "--config", path], input=text, capture_output=True, text=True, check=False,
                          timeout=60)


def test_explain_says_of_every_route_why_or_why_not(directory):
    result = run(directory, "explain", "--event", "-", "--realm", "GITHUB_TAG", "--type", "create",
                 text='{"ref": "v1.4.0", "ref_type": "tag"}')
    assert result.returncode == 0, result.stderr
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert 'latest-build no: realm is "GITHUB_TAG", the route wants "GITHUB_MASTER"' in lines
    assert 'type is "create", the route wants "push"' in lines
    assert 'data.ref is "v1.4.0", the route wants "refs/heads/master"' in lines
    assert "tag-build matches" in lines
    assert "rest no: it is a fallback, and another route takes the event" in lines
    assert "build tag-build application/json, 36 bytes" in lines


def test_explain_as_json_has_the_clauses_and_the_requests(directory):
    result = run(directory, "explain", "--json", "--event", "-", "--realm", "GITHUB_MASTER", "--type", "push",
                 text='{"ref":"refs/heads/topic"}')
    event = json.loads(result.stdout)
    assert [(route["name"], route["matched"]) for route in event["routes"]] == [
        ("latest-build", False), ("tag-build", False), ("rest", True)]
    assert event["routes"][0]["clauses"][2] == {"field": "data.ref", "held": False, "wants": '"refs/heads/master"',
                                                "has": '"refs/heads/topic"'}
    assert event["deliveries"] == [{"destination": "team", "route": "rest", "request": {
        "content_type": "application/json", "body": '{"ref":"refs/heads/topic"}'}}]


@pytest.mark.parametrize("words, text, status, error", [
    (["--event", "-"], "{", 65, "the event would be refused"),
    (["--event", "/nonexistent"], None, 66, "cannot read '/nonexistent'"),
    ([], None, 64, "--event FILE"),
    (["--event", "-", "--realm", "other"], "{}", 65, "there is no [realm.other]"),
])
def test_explain_says_what_is_wrong_with_the_call(directory, words, text, status, error):
    result = run(directory, "explain", *words, text=text)
    assert result.returncode == status
    assert error in result.stderr


def test_test_reports_in_tap_and_fails_when_one_does(directory):
    tests = """
[[test]]
name = "a tag is built"
realm = "GITHUB_TAG"
event = { ref_type = "tag" }
expect = "build"
[[test]]
name = "wrong on purpose"
realm = "GITHUB_TAG"
event = { ref_type = "branch" }
expect = []
[[test]]
name = "no such realm"
realm = "other"
event = { }
refused = true
"""
    result = run(directory, "test", config=CONFIG + tests)
    assert result.returncode == 1
    assert result.stdout.splitlines()[:4] == ["TAP version 13", "1..3", "ok 1 - a tag is built", "not ok 2 - wrong on purpose"]
    assert "expected: nowhere" in result.stdout and "happens:  to team" in result.stdout
    assert result.stdout.splitlines()[-1] == "ok 3 - no such realm"
    good = run(directory, "test", config=CONFIG + tests.replace("expect = []", 'expect = "team"'))
    assert good.returncode == 0, good.stdout


def test_test_reports_in_junit(directory):
    tests = '[[test]]\nname = "a < b & \\"c\\""\nevent = { }\nexpect = []\n'
    result = run(directory, "test", "--format", "junit", config=CONFIG + tests)
    assert result.returncode == 1
    import xml.etree.ElementTree as xml  # pylint: disable=import-outside-toplevel
    suite = xml.fromstring(result.stdout)
    assert suite.attrib["failures"] == "1"
    assert suite[0].attrib["name"] == 'a < b & "c"'
    assert suite[0][0].tag == "failure"


def test_a_dry_run_says_what_would_happen_and_stores_nothing(hooked, receiver):
    with open(os.path.join(SAMPLES, "change-update.json"), "rb") as file:
        data = file.read()
    with hooked.client() as client:
        headers = {"Content-Type": "application/json", "Fanfare-Id": "dry-1"}
        answer = client.request("POST", "/v1/events?dry_run=true", data, headers)
        assert answer.status == 200
        assert answer.json == {"accepted": [{"id": "dry-1", "routes": ["all"], "deliveries": [
            {"destination": "hook", "route": "all",
             "request": {"content_type": "application/json", "body": data.decode()}}]}]}
        binary = client.request("POST", "/v1/events?dry_run", b"\xff\x00", {"Content-Type": "image/png"})
        assert binary.json["accepted"][0]["deliveries"][0]["request"]["body_base64"] == "/wA="
        assert client.request("POST", "/v1/events?dry_run=maybe", data, headers).status == 400
    assert hooked.event("dry-1") is None
    with hooked.client() as client:
        assert client.request("POST", "/v1/events?dry_run=false", data, headers).status == 202
    hooked.drain()
    assert [request.headers["ce-id"] for request in receiver.requests()] == ["dry-1"]


STRICT = f"""
[plugins]
path = "{PLUGINS}"
[profile.strict]
kind = "change"
unchanged = "drop"
[realm.r]
profile = "strict"
[destination.d]
plugin = "file"
path = "/var/tmp/none"
[[route]]
name = "all"
to = "d"
[[test]]
name = "dropped, though it was to reach d"
realm = "r"
event_file = "same.json"
expect = "d"
[[test]]
name = "dropped as expected"
realm = "r"
event_file = "same.json"
expect = []
"""


# A3
def test_an_update_that_changes_nothing_is_said_to_be_dropped(directory):
    with open(os.path.join(SAMPLES, "change-update.json"), encoding="utf-8") as file:
        change = json.load(file)
    same = json.dumps({**change, "new_object": change["old_object"], "changes": []})
    with open(os.path.join(directory, "same.json"), "w", encoding="utf-8") as file:
        file.write(same)
    result = run(directory, "explain", "--event", "-", "--realm", "r", config=STRICT, text=same)
    assert result.returncode == 0 and "profile drops" in result.stdout
    result = run(directory, "test", config=STRICT)
    assert result.returncode == 1
    assert [line for line in result.stdout.splitlines() if line.startswith(("ok", "not"))] == [
        "not ok 1 - dropped, though it was to reach d", "ok 2 - dropped as expected"]


def test_a_header_of_the_request_is_what_a_profile_may_read(directory):
    config = STRICT.replace('kind = "change"\nunchanged = "drop"', 'type = { header = "X-GitHub-Event" }').split("[[test]]")[0]
    result = run(directory, "explain", "--event", "-", "--realm", "r", "--header", "X-GitHub-Event: push",
                 "--header", "X-Other: 1", config=config, text="{}")
    assert "type push" in result.stdout, result.stderr
    result = run(directory, "explain", "--event", "-", "--header", "no colon", config=config, text="{}")
    assert result.returncode == 64 and "--header wants" in result.stderr


def test_explain_shows_the_beginning_of_what_each_destination_is_sent(directory):
    shape = 'shape = { template = "{{data.v}}" }\n'
    config = STRICT.split("[[test]]")[0].replace('path = "/var/tmp/none"\n', 'path = "/var/tmp/none"\n' + shape).replace('profile = "strict"\n', "")
    shown = {"short": "short", "one\ntwo": "one ...", "x" * 100: "x" * 76 + " ...", "\u20ac" * 40: "\u20ac" * 25 + " ...",
             "a\u001b[31m": "a?[31m"}
    for value, line in shown.items():
        result = run(directory, "explain", "--event", "-", "--realm", "r", config=config, text=json.dumps({"v": value}))
        assert result.stdout.splitlines()[-1].strip() == line, result.stderr
