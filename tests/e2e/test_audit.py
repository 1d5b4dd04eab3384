"""The audit log: who asked for which change, and who was refused (SEED-SYSTEMS A28)."""
import json
import os
import subprocess

import pytest

from support.commands import objects, run
from support.daemon import BINARY, webhook
from support.wait import until


@pytest.fixture
def running(daemon_on, receiver):
    return daemon_on({"hook": webhook(receiver)}).start()


def audit_lines(daemon):
    with open(os.path.join(daemon.directory, "store", "audit.ndjson")) as file:
        return [json.loads(line) for line in file]


def test_every_change_has_a_line_before_it_is_made_and_one_with_how_it_was_answered(running):
    run(running, "destinations", "pause", "hook", "--reason", "a move")
    assert running.admin("POST", "/v1/destinations/nobody/resume").status == 404
    lines = until(lambda: [one for one in audit_lines(running) if one["action"].startswith("admin.")] if
                  len(audit_lines(running)) >= 5 else None)
    asked = [one for one in lines if one["action"] == "admin.asked"]
    answered = {one["asked"]: one["status"] for one in lines if one["action"] == "admin.answered"}
    assert [one["what"] for one in asked] == ["POST /v1/destinations/hook/pause?reason=a%20move", "POST /v1/destinations/nobody/resume"]
    assert [answered[str(one["number"])] for one in asked] == ["200", "404"]
    assert all(one["who"].startswith(f"unix uid={os.getuid()} pid=") for one in asked)
    verified = objects(running, "audit", "verify")[0]
    assert verified["first"] == 1 and verified["lines"] == len(audit_lines(running))


def test_the_audit_log_tells_of_starts_stops_and_configurations_and_a_change_to_it_is_found(running):
    running.restart()
    run(running, "reload")

    def actions():
        return [one["action"] for one in audit_lines(running)]

    until(lambda: "config.reloaded" in actions())  # that it was done has its line soon after the answer
    assert actions().count("daemon.started") == 2 and "daemon.stopping" in actions()
    path = os.path.join(running.directory, "store", "audit.ndjson")
    with open(path) as file:
        text = file.read()
    with open(path + ".forged", "w") as file:
        file.write(text.replace("daemon.stopping", "daemon.sleeping", 1))
    forged = run(running, "audit", "verify", path + ".forged", check=False)
    assert forged.returncode == 65 and "the line before it is not the one it was written after" in forged.stderr


def test_a28_malformed_intake_is_answered_and_leaves_an_audit_row_and_a_flood_of_it_only_one(running):
    for _ in range(50):
        with running.client() as client:
            assert client.request("POST", "/v1/events", b"{", {"Content-Type": "application/cloudevents+json"}).status == 400
    rows = until(lambda: [one for one in audit_lines(running) if one["action"] == "intake.refused"])
    assert len(rows) == 1 and rows[0]["status"] == "400" and "JSON" in rows[0]["answer"]
    assert rows[0]["who"].startswith("127.0.0.1:")


def test_a_daemon_that_cannot_keep_its_audit_log_does_not_start_and_names_it(running):
    assert running.stop() == 0
    with open(os.path.join(running.directory, "fanfare.toml"), "a") as file:
        file.write('\n[log]\naudit = "no-such-directory/audit.ndjson"\n')
    done = subprocess.run([BINARY, "serve", "--config", os.path.join(running.directory, "fanfare.toml")], capture_output=True, text=True)
    assert done.returncode != 0 and "no-such-directory/audit.ndjson: No such file or directory" in done.stderr
