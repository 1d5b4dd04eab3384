"""A wall clock that is wrong by years, with libfaketime around the daemon; its steady clock stays right."""
import glob
import os

import pytest

from support.commands import until_state
from support.daemon import webhook
from support.receiver import Reply
from support.wait import until

LIBRARIES = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")


@pytest.fixture
def off_by(tmp_path):
    """The environment of a process whose wall clock is off by what `set_to` says, from the next look on."""
    assert LIBRARIES, "libfaketime is not installed; see packaging/dependencies"
    path = tmp_path / "clock"

    class Clock:
        environment = {**os.environ, "LD_PRELOAD": LIBRARIES[0], "FAKETIME_TIMESTAMP_FILE": str(path),
                       "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1"}

        @staticmethod
        def set_to(offset):
            path.write_text(offset + "\n", encoding="utf-8")

    return Clock


@pytest.fixture
def failing_once(daemon_on, receiver):
    receiver.script("/hook", Reply(503))
    return daemon_on({"hook": webhook(receiver, delivery={"retry": {"base": "1s", "max_delay": "1s", "jitter": 0}})})


def wait_for_the_failure(daemon):
    daemon.post("e-1")
    return until(lambda: [one for one in daemon.deliveries() if one["attempts"] == 1], what="the first attempt")[0]


def test_what_was_postponed_by_a_process_whose_clock_was_ten_years_ahead_is_not_kept_for_ten_years(failing_once, off_by):
    off_by.set_to("+10y")
    waiting = wait_for_the_failure(failing_once.start(env=off_by.environment))
    assert waiting["state"] == "waiting"
    assert failing_once.kill9() != 0
    failing_once.start()
    until_state(failing_once, "e-1", "sent")


def test_a_clock_that_is_set_right_while_the_daemon_runs_holds_nothing_back(failing_once, off_by):
    failing_once.config["destination"]["hook"]["delivery"]["retry"] = {"base": "5s", "max_delay": "5s", "jitter": 0}
    off_by.set_to("+10y")
    wait_for_the_failure(failing_once.start(env=off_by.environment))
    off_by.set_to("+0")
    failing_once.post("e-2")
    until_state(failing_once, "e-1", "sent")
    assert "clock.went_back" in failing_once.log_tail()
