"""Mattermost: what a receiver that holds Fanfare to the contract of incoming webhooks gets, and what is told of its errors."""
import json

import pytest

from support.mattermost import MAX_RUNES, Mattermost
from support.secrets import places_of
from support.wait import until

TOKEN = "k8hr7secrethook1d9tokentok"
OTHER = "n0tth3t0k3n0fanywebhookat2"
ONCE = {"timeout": "1m", "retry": {"base": "1ms", "max_delay": "5ms", "jitter": 0, "max_attempts": 2}}
SAMPLE = {"event": "job", "message": "it's \"done\" \u20ac \U0001f600", "took": 1.5, "nothing": None}


@pytest.fixture
def server():
    with Mattermost(TOKEN) as running:
        yield running


@pytest.fixture
def daemon_for(daemon_on, server):
    """daemon_for(**options): a daemon that runs with one destination at the server, at log level trace."""
    def start(**options):
        destination = {"plugin": "mattermost", "host": server.url(""), "token": TOKEN, "delivery": ONCE, **options}
        daemon = daemon_on({"team": destination})
        daemon.config["log"] = {"level": "trace"}
        return daemon.start()

    return start


def send(daemon, data, event_id="e-1", content_type="application/json", **attributes):
    """The delivery once it is sent or dead."""
    answer = daemon.post(event_id, data, content_type=content_type, **attributes)
    assert answer.status == 202, answer
    return until(lambda: [one for one in daemon.event(event_id)["deliveries"] if one["state"] in ("sent", "dead")], 60,
                 f"an end of {event_id}")[0]


def test_a_text_is_posted_as_it_is_and_an_object_as_json_that_can_be_read(daemon_for, server):
    daemon = daemon_for(host=server.url("/"))
    assert send(daemon, "*Gr\u00fc\u00dfe* \"\u20ac\"\n".encode(), "text", "text/plain; charset=utf-8")["state"] == "sent"
    assert send(daemon, json.dumps("it's done").encode(), "string")["state"] == "sent"
    assert send(daemon, json.dumps(SAMPLE).encode(), "object")["state"] == "sent"
    assert [request.path for request in server.requests()] == ["/hooks/" + TOKEN] * 3
    assert server.posts[:2] == [{"text": "*Gr\u00fc\u00dfe* \"\u20ac\"\n"}, {"text": "it's done"}]
    first, *lines, last = server.posts[2]["text"].split("\n")
    assert (first, last) == ("```json", "```")
    assert len(lines) == len(SAMPLE) + 2
    assert json.loads("\n".join(lines)) == SAMPLE


def test_options_and_their_templates_stand_in_the_message(daemon_for, server):
    daemon = daemon_for(
        channel="@{{ data.owner }}", username="Fanfare {{ type }}", icon_url="https://example.com/f.png", icon_emoji="rocket",
        priority={"priority": "urgent", "requested_ack": True},
        attachments=[{"color": "#FF8000", "title": "{{ subject }}", "fields": [{"title": "who", "value": "{{ data.owner }}",
                                                                                "short": True}]}],
        props={"card": "**{{ data.owner }}**", "build": 7}, shape={"template": "by {{ data.owner }}"})
    owner = "an\"na \u20ac"
    assert send(daemon, json.dumps({"owner": owner}).encode(), ce_subject="Order%2042")["state"] == "sent"
    assert server.posts == [{
        "text": f"by {owner}", "channel": "@" + owner, "username": "Fanfare test.event",
        "icon_url": "https://example.com/f.png", "icon_emoji": "rocket", "priority": {"priority": "urgent", "requested_ack": True},
        "attachments": [{"color": "#FF8000", "title": "Order 42", "fields": [{"title": "who", "value": owner, "short": True}]}],
        "props": {"card": f"**{owner}**", "build": 7}}]


def test_a_text_of_the_greatest_length_is_one_post_and_one_character_more_is_two_or_cut(daemon_for, server):
    daemon = daemon_for()
    longest = "\u20ac" * MAX_RUNES
    assert send(daemon, longest.encode(), "fits", "text/plain")["state"] == "sent"
    assert send(daemon, (longest + "x").encode(), "split", "text/plain")["state"] == "sent"
    assert [post["text"] for post in server.posts] == [longest, longest, "x"]
    daemon.config["destination"]["team"]["long_text"] = "cut"
    daemon.restart()
    assert send(daemon, (longest + "x").encode(), "cut", "text/plain")["state"] == "sent"
    assert server.posts[-1]["text"] == longest[:-1] + "\u2026"


def test_an_event_without_data_is_dead_and_nothing_is_sent(daemon_for, server):
    dead = send(daemon_for(), b"")
    assert (dead["state"], dead["attempts"]) == ("dead", 1)
    assert "no data to post" in dead["reason"]
    assert server.requests() == []


def test_wrong_token_missing_channel_and_switched_off_are_told_apart(daemon_for, server):
    daemon = daemon_for(token=OTHER)
    dead = send(daemon, b'"x"', "token")
    assert (dead["state"], dead["attempts"]) == ("dead", 1)
    assert "no webhook has this token" in dead["reason"]
    assert places_of(daemon, [OTHER]) == [], "the server repeats the token in its answer"
    daemon.config["destination"]["team"].update(token=TOKEN, channel="nowhere")
    daemon.restart()
    dead = send(daemon, b'"x"', "channel")
    assert (dead["state"], dead["attempts"]) == ("dead", 1)
    assert "there is no such channel" in dead["reason"]
    server.enabled = False
    dead = send(daemon, b'"x"', "off")
    assert (dead["state"], dead["attempts"]) == ("dead", 2), "it is tried again"
    assert "incoming webhooks are switched off" in dead["reason"]
    assert server.posts == []


def test_the_token_is_in_nothing_that_the_daemon_writes_and_says(daemon_for, server):
    daemon = daemon_for()
    assert send(daemon, b'"x"')["state"] == "sent"
    assert places_of(daemon, [TOKEN]) == []
    assert places_of(daemon, ["e-1"]), "the search finds what is there"
