"""Plugins as authors have them in the field: binaries of every ABI minor that was released, on today's host."""
import glob
import hmac
import os
import subprocess

import pytest
from support.commands import run
from support.daemon import BINARY
from support.receiver import Reply
from support.wait import until

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "abi", "golden")
MINORS = sorted(os.path.basename(os.path.dirname(path)) for path in glob.glob(f"{GOLDEN}/*/poster.cpp"))
BUILDERS = ["gcc", "clang"]
SECRET = "a secret of this test"
OPTIONS = {"words": ["one", "two"], "table": {"key": "value"}, "number": 7, "ratio": 0.5, "flag": True}
QUICK = {"retry": {"base": "10ms", "max_delay": "10ms", "max_attempts": 3}}


@pytest.fixture
def golden(daemon_on, tmp_path):
    """golden(minor, name, isolation, **options): a daemon with the plugin as its only destination."""
    def start(minor, name, isolation, **options):
        destination = {"plugin": name, "isolation": isolation, "delivery": QUICK, **options}
        daemon = daemon_on({"golden": destination})
        daemon.config["plugins"]["path"] = [os.path.realpath(os.path.join(GOLDEN, minor))]
        return daemon.start()

    return start


def poster_options(receiver, tmp_path):
    token = tmp_path / "token"
    token.write_text(SECRET)
    token.chmod(0o600)
    return {"url": receiver.url("/golden"), "token": {"file": str(token)}, **OPTIONS}


def test_there_are_binaries_of_the_minor_that_is_offered():
    assert "1.0" in MINORS
    for minor in MINORS:
        names = {os.path.basename(path) for path in glob.glob(f"{GOLDEN}/{minor}/*.so")}
        assert names == {f"{kind}_{builder}.so" for kind in ("poster", "writer") for builder in BUILDERS}


@pytest.mark.parametrize("isolation", ["none", "process"])
@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize("minor", MINORS)
def test_one_in_cpp_is_told_options_secrets_and_attributes_and_delivers_over_http(golden, receiver, tmp_path, minor, builder, isolation):
    daemon = golden(minor, f"poster_{builder}", isolation, **poster_options(receiver, tmp_path))
    assert daemon.post("e-1", data=b'{"n": 1}', ce_subject="a subject", event_type="test").status == 202
    (request,) = receiver.wait_for(1)
    told = dict(line.split("=", 1) for line in request.body.decode().splitlines())
    digest = hmac.new(SECRET.encode(), b"golden", "sha256").hexdigest()
    options = {"words": "one,two", "table": "key:value", "number": "7", "ratio": "one half", "flag": "yes",
               "preset": "as the schema says", "hmac": digest}
    event = {"id": "e-1", "type": "test", "subject": "a subject", "data": '{"n": 1}', "attempt": "1", "delivery": "dlv_",
             "message": "msg_"}
    assert {name: told.get(name) for name in (options | event)} == options | event
    daemon.drain()
    assert daemon.event("e-1")["deliveries"][0]["state"] == "sent"
    assert daemon.stop() == 0, daemon.log_tail()


@pytest.mark.parametrize("isolation", ["none", "process"])
@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize("minor", MINORS)
def test_what_it_throws_and_what_the_far_side_refuses_is_tried_again(golden, receiver, tmp_path, minor, builder, isolation):
    daemon = golden(minor, f"poster_{builder}", isolation, **poster_options(receiver, tmp_path))
    receiver.script("/golden", Reply(503), Reply(204))
    assert daemon.post("e-503", event_type="test").status == 202
    receiver.wait_for(2)
    assert daemon.post("e-throws", event_type="throw").status == 202
    daemon.drain()
    states = {one: daemon.event(one)["deliveries"][0]["state"] for one in ("e-503", "e-throws")}
    assert states == {"e-503": "sent", "e-throws": "dead"}


@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize("kind", ["poster", "writer"])
@pytest.mark.parametrize("minor", MINORS)
def test_it_keeps_to_the_contract_as_plugin_check_of_today_knows_it(minor, kind, builder):
    file = os.path.realpath(os.path.join(GOLDEN, minor, f"{kind}_{builder}.so"))
    done = subprocess.run([BINARY, "plugin", "check", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize("minor", MINORS)
def test_what_it_says_of_its_options_is_told_by_check(daemon_on, receiver, tmp_path, minor, builder):
    daemon = daemon_on({"golden": {"plugin": f"poster_{builder}", **poster_options(receiver, tmp_path), "number": -1}})
    daemon.config["plugins"]["path"] = [os.path.realpath(os.path.join(GOLDEN, minor))]
    daemon.write_config()
    done = run(daemon, "check", check=False)
    assert done.returncode == 78 and "number is negative: make it 0 or more" in done.stdout


@pytest.mark.parametrize("isolation", ["none", "process"])
@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize("minor", MINORS)
def test_one_in_c_that_waits_delivers_and_its_outcomes_are_understood(golden, tmp_path, minor, builder, isolation):
    file = tmp_path / "events"
    daemon = golden(minor, f"writer_{builder}", isolation, path=str(file))
    for number, kind in enumerate(["delivered", "retry", "rejected"]):
        assert daemon.post(f"e-{number}", data=b"{}", event_type=kind).status == 202
    daemon.drain()
    lines = file.read_text().splitlines()
    assert sorted(lines) == ["e-0 delivered 1 {}", "e-1 retry 1 {}", "e-1 retry 2 {}", "e-2 rejected 1 {}"]
    states = [daemon.event(f"e-{number}")["deliveries"][0]["state"] for number in range(3)]
    assert states == ["sent", "sent", "dead"]
    assert daemon.stop() == 0, daemon.log_tail()
