"""Mail servers that break: killed under load, cut off in the middle, slow, or answering oddly."""
import collections
import email
import email.policy
import threading

import pytest
from aiosmtpd.controller import Controller

from support import exim
from support.certificates import Authority
from support.load import Ledger, Load
from support.ports import free_port
from support.wait import until

MAILS_A_ROUND = 40
QUICK = {"retry": {"base": "50ms", "max_delay": "200ms", "max_attempts": 1000}, "breaker": {"probe": "100ms"}}


def mail_to(port, **options):
    delivery = {"timeout": "10m", **QUICK, **options.pop("delivery", {})}
    return {"plugin": "smtp", "host": "localhost", "port": port, "from": "fanfare@example.com", "to": "ops@example.com",
            "delivery": delivery, **options}


def sent(daemon):
    return sum(1 for _ in daemon.deliveries(state="sent"))


def missing(ledger, server):
    return set(ledger.acked) - {mail["Subject"] for mail in server.mails()}


@pytest.mark.parametrize("end", ["stop", "kill9"])
def test_a_server_that_ends_again_and_again_under_load_costs_no_mail(daemon_on, directory, end, ends):
    authority = Authority(directory)
    with exim.Exim(authority.issue("server")) as server:
        options = {"ca_file": authority.file, "subject": "{{ id }}", "connections": 4}
        daemon = daemon_on({"mail": mail_to(server.port, **options)}).start()
        ledger = Ledger()
        for number in range(ends):
            before = sent(daemon)
            load = Load(daemon.address, ledger, f"r{number}", connections=1, batch_every=0, limit=MAILS_A_ROUND).start()
            until(lambda: sent(daemon) >= before + 5, 120, what=f"the first mails of round {number}")
            getattr(server, end)()
            load.join()
            server.start()
        daemon.drain(300)
        assert {one["state"] for one in daemon.deliveries()} == {"sent"}
        server.run_queue()
        until(lambda: not missing(ledger, server), 60, what=lambda: f"{missing(ledger, server)} not there:\n{server.log()}\nThis")
        counts = collections.Counter(mail["Subject"] for mail in server.mails())
        assert set(counts) <= ledger.issued
        identities = {mail["Subject"]: set() for mail in server.mails()}
        for mail in server.mails():
            identities[mail["Subject"]].add(mail["Message-ID"])
        assert all(len(each) == 1 for each in identities.values()), "a copy has another Message-ID"
        duplicates = counts.total() - len(counts)
        print(f"end={end} ends={ends} mails={len(counts)} duplicates={duplicates}")
        # What was with the server, unanswered, when it ended: one mail for each connection.
        assert duplicates <= ends * options["connections"]


class Scripted:
    """An SMTP server that answers as told, and what it took. answers: {"DATA": [...], "RCPT": [...]}: a reply for each
    command in turn, None for the usual one; "cut" breaks the connection, "hold" waits for release()."""

    def __init__(self, **answers):
        self.answers = {name: list(replies) for name, replies in answers.items()}
        self.mails = []
        self.released = threading.Event()
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()

    @property
    def port(self):
        return self._controller.port

    async def _answer(self, name, server):
        replies = self.answers.get(name)
        reply = replies.pop(0) if replies else None
        if reply == "cut":
            server.transport.abort()
        if reply == "hold":
            await server.loop.run_in_executor(None, self.released.wait)
            reply = None
        return reply

    async def handle_MAIL(self, server, session, envelope, address, options):
        reply = await self._answer("MAIL", server)
        if reply is None:
            envelope.mail_from = address
        return reply or "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        reply = await self._answer("RCPT", server)
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(self, server, session, envelope):
        reply = await self._answer("DATA", server)
        self.mails.append((reply, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return reply or "250 OK"


def test_a_connection_cut_after_the_mail_is_in_doubt_and_the_copy_has_the_same_message_id(daemon_on):
    with Scripted(DATA=["cut", None]) as server:
        daemon = daemon_on({"mail": mail_to(server.port, tls="none")}).start()
        daemon.post("1", b'{"v": 1}')
        daemon.drain()
        assert next(daemon.deliveries())["state"] == "sent"
        first, second = (mail for _, mail in server.mails)
        assert first.as_bytes() == second.as_bytes()
        history = daemon.admin("GET", "/v1/deliveries/" + next(daemon.deliveries())["id"]).json["history"]
        assert "after it had the whole mail" in history[0]["reason"]


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_a_server_that_is_slower_than_the_timeout_is_asked_again(daemon_on, stage):
    with Scripted(**{stage: ["hold"]}) as server:
        daemon = daemon_on({"mail": mail_to(server.port, tls="none", delivery={"timeout": "1s"})}).start()
        daemon.post("1")
        daemon.drain()
        server.released.set()
        assert next(daemon.deliveries())["state"] == "sent"
        history = daemon.admin("GET", "/v1/deliveries/" + next(daemon.deliveries())["id"]).json["history"]
        assert "did not answer in time" in history[0]["reason"]


@pytest.mark.parametrize("reply,state", [("421 4.3.2 going down", "sent"), ("450 4.2.1 busy", "sent"), ("452 4.3.1 disk full", "sent"),
                                         ("550 5.7.1 spam", "dead"), ("552 5.3.4 too large", "dead"), ("554 5.6.0 no", "dead")])
def test_an_answer_to_the_mail_decides_whether_it_is_tried_again(daemon_on, reply, state):
    with Scripted(DATA=[reply]) as server:
        daemon = daemon_on({"mail": mail_to(server.port, tls="none")}).start()
        daemon.post("1")
        daemon.drain()
        one = next(daemon.deliveries())
        assert one["state"] == state
        assert len(server.mails) == (2 if state == "sent" else 1)
        if state == "dead":
            assert reply in one["reason"]


def test_a_server_without_tls_gets_nothing_where_tls_is_asked_for(daemon_on):
    with Scripted() as server:
        daemon = daemon_on({"mail": mail_to(server.port)}).start()
        daemon.post("1")
        until(lambda: "does not offer STARTTLS" in (next(daemon.deliveries())["reason"] or ""), what="the refusal")
        assert server.mails == []
