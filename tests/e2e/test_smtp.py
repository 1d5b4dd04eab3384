"""Mails from the daemon through a real mail server, read from its maildir with Python's own modules."""
import datetime
import json
import os
import re
import subprocess

import pytest

from support import exim
from support.certificates import Authority
from support.daemon import BINARY, webhook
from support.wait import until

RETRY = {"base": "50ms", "max_delay": "200ms", "max_attempts": 1000}
QUICK = {"retry": RETRY, "breaker": {"probe": "100ms"}}


@pytest.fixture
def authority(directory):
    return Authority(directory)


@pytest.fixture
def server(authority):
    with exim.Exim(authority.issue("server")) as running:
        yield running


def mail_to(server, authority, delivery=None, **options):
    """A destination at this server. On a busy machine the usual timeout would send again what is only slow."""
    defaults = {"host": "localhost", "port": server.port, "ca_file": authority.file, "from": "Fanfare <fanfare@example.com>",
                "to": ["ops@example.com"]}
    return {"plugin": "smtp", **defaults, **options, "delivery": {"timeout": "10m", **QUICK, **(delivery or {})}}


def last_reason(daemon):
    one = next(daemon.deliveries(), None)
    return one["reason"] if one else None


def retry_by_hand(daemon, delivery):
    subprocess.run([BINARY, "deliveries", "retry", delivery, "--config", os.path.join(daemon.directory, "fanfare.toml")],
                   check=True, timeout=60)


def body_of(mail):
    """With the line ends of Python: in base64 those of mail, CR LF, come through."""
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


CONTENTS = {
    "object": (b'{"name":"J\xc3\xbcrgen \xe2\x82\xac","n":1.10,"l":[1,2]}', "application/json",
               '{\n  "name": "Jürgen €",\n  "n": 1.10,\n  "l": [\n    1,\n    2\n  ]\n}\n'),
    "string": ('"Grüße\\n.\\n日本語"'.encode(), "application/json", "Grüße\n.\n日本語\n"),
    "text": (b"From here\n.\n..\n", "text/plain", "From here\n.\n..\n"),
    "long line": (b"x" * 100_000, "text/plain", "x" * 100_000 + "\n"),
    "empty": (b"", "text/plain", ""),
    "largest": (b'"' + "ü".encode() * 400_000 + b'"', "application/json", "ü" * 400_000 + "\n"),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_the_text_of_a_mail_is_the_data(daemon_on, server, authority, name):
    data, content_type, expected = CONTENTS[name]
    daemon = daemon_on({"mail": mail_to(server, authority)}).start()
    assert daemon.post("1", data, content_type=content_type, event_type="order.paid").status == 202
    mail = server.wait_for(1)[0]
    assert body_of(mail) == expected
    assert mail["Subject"] == "order.paid"
    assert not mail.defects


def test_binary_data_is_attached_byte_for_byte(daemon_on, server, authority):
    data = bytes(range(256)) * 500
    daemon = daemon_on({"mail": mail_to(server, authority)}).start()
    daemon.post("1", data, content_type="image/png")
    mail = server.wait_for(1)[0]
    assert mail.get_content_type() == "image/png"
    assert mail.get_content() == data


def test_a_mail_is_well_formed_and_says_what_the_options_say(daemon_on, server, authority):
    options = {"from": "Grüße von Fanfare <fanfare@example.com>", "to": "ops@example.com, Jo Doe <jo@example.com>, {{ data.owner }}",
               "cc": ["Chef <cc@example.com>"], "bcc": ["bcc@example.com"], "reply_to": "answers@example.com",
               "subject": "[{{ type }}] {{ data.title }}", "text": "Order {{ data.title }}\n", "html": "<p>{{ data.title }}</p>",
               "headers": {"X-Team": "{{ data.team }}", "List-Id": "<alerts.example.com>"}}
    daemon = daemon_on({"mail": mail_to(server, authority, **options)}).start()
    data = {"owner": "owner@example.com", "title": "<42> für €5 " + "lang " * 30, "team": "blau/grün"}
    daemon.post("1", json.dumps(data).encode(), event_type="order.paid")
    mails = server.wait_for(5)
    mail = mails[0]
    assert sorted(each["Envelope-To"] for each in mails) == sorted(
        f"{name}@example.com" for name in ("ops", "jo", "owner", "cc", "bcc"))
    assert mail["From"] == "Grüße von Fanfare <fanfare@example.com>"
    assert mail["To"] == "ops@example.com, Jo Doe <jo@example.com>, owner@example.com"
    assert mail["Cc"] == "Chef <cc@example.com>"
    assert mail["Bcc"] is None and "bcc@example.com" not in mails[0].as_string().replace(mail["Envelope-To"], "")
    assert mail["Reply-To"] == "answers@example.com"
    assert mail["Subject"] == f"[order.paid] {data['title']}".strip()
    assert mail["X-Team"] == "blau/grün"
    assert mail["List-Id"] == "<alerts.example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.tzinfo is not None
    assert re.fullmatch(r"<dlv_\w+@example\.com>", mail["Message-ID"])
    assert len({each["Message-ID"] for each in mails}) == 1
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert body_of(mail) == f"Order {data['title']}\n"
    assert "&lt;42&gt; für €5" in mail.get_body(("html",)).get_content()
    assert not mail.defects


def test_a_shape_is_the_body_and_its_headers_stand_in_the_mail(daemon_on, server, authority):
    shape = {"template": "<b>{{ data.v }}</b>", "content_type": "text/html; charset=utf-8", "headers": {"X-Kind": "{{ type }}"}}
    daemon = daemon_on({"mail": {**mail_to(server, authority), "shape": shape}}).start()
    daemon.post("1", b'{"v": "a<b"}', event_type="kind.a")
    mail = server.wait_for(1)[0]
    assert mail.get_content_type() == "text/html"
    assert mail.get_content() == "<b>a&lt;b</b>\n"
    assert mail["X-Kind"] == "kind.a"


def test_line_breaks_in_the_data_of_a_subject_cannot_add_a_header(daemon_on, server, authority):
    daemon = daemon_on({"mail": mail_to(server, authority, subject="{{ data.title }}")}).start()
    daemon.post("1", b'{"title": "hello\\r\\nBcc: evil@example.com"}')
    daemon.drain()
    assert "/subject" in next(daemon.deliveries(state="dead"))["reason"]
    daemon.post("2", b'{"title": "fine"}')
    mails = server.wait_for(1)
    assert [mail["Subject"] for mail in mails] == ["fine"]


def test_the_second_mail_carries_nothing_of_the_first(daemon_on, server, authority):
    daemon = daemon_on({"mail": mail_to(server, authority, connections=1, html="<p>{{ data.v }}</p>")}).start()
    for number in ("one", "two", "three"):
        daemon.post(number, json.dumps({"v": f"value of {number}"}).encode())
        daemon.drain()
    texts = sorted(mail.as_string() for mail in server.wait_for(3))
    assert [sum(f"value of {number}" in text for number in ("one", "two", "three")) for text in texts] == [1, 1, 1]


LOGINS = [("starttls", "plain", "esmtpsa"), ("starttls", "login", "esmtpsa"), ("implicit", "auto", "esmtpsa"),
          ("none", "cram-md5", "esmtpa"), ("none", "plain", "esmtpa"), ("starttls", None, "esmtps"), ("none", None, "esmtp")]


@pytest.mark.parametrize("tls,auth,protocol", LOGINS)
def test_tls_and_login_are_independent_of_each_other(daemon_on, server, authority, tls, auth, protocol):
    options = {"tls": tls, "port": server.tls_port if tls == "implicit" else server.port}
    if auth:
        options.update(username="user", password=exim.PASSWORD, auth=auth)
    daemon = daemon_on({"mail": mail_to(server, authority, **options)}).start()
    daemon.post("1")
    assert f"with {protocol} " in server.wait_for(1)[0]["Received"].replace("\n", " ")


def test_a_wrong_password_stops_the_destination_until_it_is_right(daemon_on, server, authority):
    daemon = daemon_on({"mail": mail_to(server, authority, username="user", password="wrong")}).start()
    daemon.post("1")
    until(lambda: "refused with 535" in (last_reason(daemon) or ""), what="the refused login")
    assert "wrong" not in last_reason(daemon)
    daemon.config["destination"]["mail"]["password"] = exim.PASSWORD
    daemon.restart()
    assert len(server.wait_for(1)) == 1


DAY = datetime.timedelta(days=1)
FAULTS = {"wrong name": (["other.example"], DAY, True, "hostname mismatch"),
          "expired": ([], -DAY, True, "certificate has expired"),
          "unknown authority": ([], DAY, False, "its authority is unknown")}


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_certificate_that_is_not_right_is_refused_and_the_fault_named(daemon_on, directory, authority, fault, tls):
    names, end, trusted, words = FAULTS[fault]
    other = Authority(directory, "other")
    with exim.Exim(authority.issue("server", *names, end=end)) as server:
        options = {"tls": tls, "port": server.tls_port if tls == "implicit" else server.port}
        daemon = daemon_on({"mail": mail_to(server, authority if trusted else other, **options)}).start()
        daemon.post("1")
        until(lambda: words in (last_reason(daemon) or ""), what=lambda: f"'{words}' in '{last_reason(daemon)}'")
        assert next(daemon.deliveries())["state"] == "waiting"
        assert server.mails() == []


@pytest.mark.parametrize("restart", [False, True], ids=["running on", "killed between"])
def test_each_recipient_has_a_fate_and_nobody_gets_two_copies(daemon_on, directory, server, authority, restart):
    options = {"to": ["good@example.com", "refused@example.com", "later@example.com"]}
    if restart:
        options["receipts"] = os.path.join(directory, "receipts")
    daemon = daemon_on({"mail": mail_to(server, authority, **options)}).start()
    daemon.post("1")
    until(lambda: next(daemon.deliveries(), {}).get("attempts", 0) >= 3, what="three attempts")
    if restart:
        daemon.kill9()
    server.restart(later="nobody")
    if restart:
        daemon.start()
    daemon.drain()

    history = daemon.admin("GET", "/v1/deliveries/" + next(daemon.deliveries())["id"]).json["history"]
    first, last = (set(history[at]["response"].split("; ")) for at in (0, -1))
    assert {line.split(":")[0] for line in first} == {
        "good@example.com accepted", "refused@example.com refused", "later@example.com deferred"}
    assert {line.split(":")[0] for line in last} == {
        "good@example.com accepted", "refused@example.com refused", "later@example.com accepted"}
    dead = next(daemon.deliveries(state="dead"))
    assert "1 refused, 2 accepted of 3: refused@example.com refused: 550" in dead["reason"]
    assert sorted(mail["Envelope-To"] for mail in server.wait_for(2)) == ["good@example.com", "later@example.com"]

    # Sent again by hand, once the mailbox is there: nobody else gets another.
    server.restart(refused="nobody")
    retry_by_hand(daemon, dead["id"])
    daemon.drain()
    assert next(daemon.deliveries())["state"] == "sent"
    assert sorted(mail["Envelope-To"] for mail in server.wait_for(3)) == [
        "good@example.com", "later@example.com", "refused@example.com"]


def test_addresses_beyond_ascii_arrive(daemon_on, server, authority):
    daemon = daemon_on({"mail": mail_to(server, authority, to=["Jürgen <jürgen@münchen.example>"])}).start()
    daemon.post("1")
    daemon.drain()
    assert next(daemon.deliveries())["state"] == "sent", last_reason(daemon)
    assert "utf8" in server.wait_for(1)[0]["Received"].lower() or "smtputf8" in server.log().lower()


def test_host_and_port_come_from_the_environment(daemon_on, server, authority):
    destination = mail_to(server, authority)
    del destination["host"], destination["port"]
    daemon = daemon_on({"mail": destination})
    daemon.start(env={**os.environ, "EVENT_MAIL_HOST": "localhost", "EVENT_MAIL_PORT": str(server.port)})
    daemon.post("1")
    assert len(server.wait_for(1)) == 1


def test_a_server_that_hangs_holds_neither_another_destination_nor_the_stop(daemon_on, receiver, server, authority):
    daemon = daemon_on({"mail": mail_to(server, authority), "hook": webhook(receiver)},
                       server={"shutdown_timeout": "2s"}).start()
    server.freeze()
    daemon.post("1")
    receiver.wait_for(1)
    assert daemon.stop() == 0
    server.thaw()
    daemon.start()
    daemon.drain()
    assert {one["state"] for one in daemon.deliveries()} == {"sent"}
    assert len({mail["Message-ID"] for mail in server.wait_for(1)}) == 1
