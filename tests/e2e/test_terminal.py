"""What commands show on a terminal, and how they leave it."""
import json
import os
import threading
import urllib.parse

import pytest

from support.daemon import BINARY, webhook
from support.receiver import Reply
from support.terminal import Terminal


@pytest.fixture
def terminal(directory):
    with Terminal(directory) as running:
        yield running


@pytest.fixture
def failing(daemon_on, receiver):
    """A daemon with one dead delivery, whose reason and type are long."""
    receiver.behave = lambda request: Reply(404, body=b"x" * 300)
    daemon = daemon_on({"crm": webhook(receiver)}).start()
    assert daemon.post("e1", event_type="a.type." + "y" * 200).status == 202
    daemon.drain()
    return daemon


def command(daemon, *words):
    return " ".join([BINARY, *words, "--config", os.path.join(daemon.directory, "fanfare.toml")])


def settings(terminal):
    return terminal.run("stty -g").splitlines()[0]


@pytest.mark.parametrize("end", ["q", "C-c"])
def test_top_shows_the_destinations_until_a_key_ends_it_and_gives_the_terminal_back(terminal, failing, end):
    before = settings(terminal)
    assert ":" in before
    terminal.type(*command(failing, "top").split())
    terminal.wait_for("q ends")
    screen = terminal.screen()
    assert "SENT/S" in screen and "crm" in screen
    terminal.resize(80, 20)
    terminal.wait_for("DESTINATION")
    terminal.press(end)
    terminal.resize(100, 30)
    terminal.wait_for("ready>")
    assert "end=0" in terminal.run("true")
    assert "SENT/S" not in terminal.screen()
    assert settings(terminal) == before


def test_top_that_loses_the_daemon_says_so_on_the_screen_that_was_there_before(terminal, failing):
    before = settings(terminal)
    terminal.press("C-l")
    terminal.type(*command(failing, "top").split())
    terminal.wait_for("q ends")
    failing.kill9()
    terminal.wait_for("does not answer")
    terminal.wait_for("ready>")
    assert settings(terminal) == before


def test_tables_fit_the_terminal_and_are_whole_in_a_pipe(terminal, failing):
    shown = terminal.run(command(failing, "deliveries", "list"))
    assert "…" in shown
    table = [line for line in shown.splitlines() if line.startswith("DELIVERY") or "crm" in line and "dead" in line]
    assert len(table) == 2, f"each row on a line of its own:\n{shown}"
    assert terminal.run(command(failing, "deliveries", "list") + " | grep -c " + "y" * 200).startswith("1\nend=0")


def test_states_have_colour_on_a_terminal_but_not_with_no_color(terminal, failing):
    terminal.run(command(failing, "deliveries", "list"))
    assert "\x1b[31mdead" in terminal.screen(colours=True)
    terminal.run("NO_COLOR=1 " + command(failing, "deliveries", "list"))
    assert "\x1b[31mdead" not in terminal.screen(colours=True)


def test_a_filter_asks_before_it_retries_and_no_answer_is_a_no(terminal, failing):
    terminal.type(*command(failing, "deliveries", "retry", "--state", "dead").split())
    terminal.wait_for("[y/N]")
    terminal.press("Enter")
    terminal.wait_for("nothing done")
    assert len(list(failing.deliveries(state="dead"))) == 1


def test_a_long_change_shows_how_far_it_is_and_takes_the_bar_away(terminal, receiver):
    """The admin API is a stand-in that holds its second page back until the bar has been seen."""
    seen = threading.Event()

    def behave(request):
        pages = {"preview": {"matched": 2, "next": None}, "first": {"matched": 1, "changed": 1, "skipped": 0, "next": "0-1"},
                 "second": {"matched": 1, "changed": 0, "skipped": 1, "next": None}}
        page = "preview" if "preview=true" in request.path else "second" if "after=" in request.path else "first"
        if page == "second":
            assert seen.wait(60)
        return Reply(200, body=json.dumps(pages[page]).encode())

    receiver.behave = behave
    admin = urllib.parse.urlsplit(receiver.url("/")).netloc
    terminal.type(BINARY, "deliveries", "retry", "--state", "dead", "--yes", "--admin", admin)
    terminal.wait_for("[###############...............] 1 of 2")
    seen.set()
    terminal.wait_for("retry: 1 done, 1 skipped")
    assert "1 of 2" not in terminal.screen()


def test_what_a_producer_sent_cannot_steer_the_terminal_but_is_whole_in_a_pipe(terminal, hooked, directory):
    hooked.post("e1", '{"text":"before\u009b2Jafter"}'.encode())
    hooked.drain()
    for words in (["events", "show", "e1"], ["events", "show", "e1", "--json"]):
        assert "before?2Jafter" in terminal.run(command(hooked, *words)).replace("\n", ""), words  # long lines are wrapped
    piped = os.path.join(directory, "piped")
    terminal.run(command(hooked, "events", "show", "e1", "--json") + " > " + piped)
    with open(piped, encoding="utf-8") as file:
        assert json.load(file)["data"] == {"text": "before\u009b2Jafter"}


def test_tail_prints_a_line_for_each_thing_that_happens_until_ctrl_c_ends_it_with_0(terminal, failing):
    terminal.write(command(failing, "tail") + "; echo 'end'\"=$?\"")
    terminal.press("Enter")
    terminal.wait_for("REASON")
    assert failing.post("e2", event_type="short").status == 202
    terminal.wait_for("e2 ")
    heads, line = [one for one in terminal.screen().splitlines() if "DELIVERY" in one or "e2 " in one][-2:]
    assert line[heads.index("KIND"):].startswith("dead") and line[heads.index("EVENT"):].startswith("e2")
    terminal.press("C-c")
    terminal.wait_for("end=0")
