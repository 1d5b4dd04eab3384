"""The amqp plugin over TLS, at a real RabbitMQ with certificates of our own authority."""
import datetime

import pytest

from support.certificates import Authority
from support.rabbitmq import Rabbit
from test_amqp import delivery, destination, first_reason, history, until_state


@pytest.fixture
def authority(directory):
    return Authority(directory)


def tls_broker(directory, authority, certificate, *config):
    return Rabbit(directory, config=config, tls=(authority.file, *certificate))


def at(broker, queue="tls", **options):
    return destination(broker, queue, url=broker.tls_url, **options)


@pytest.mark.parametrize("server_name", [None, "localhost"], ids=["address", "name"])
def test_the_right_authority_and_name_will_do(daemon_on, directory, authority, server_name):
    with tls_broker(directory, authority, authority.issue("good")) as broker:
        broker.declare("tls")
        tls = {"ca": authority.file, **({"server_name": server_name} if server_name else {})}
        daemon = daemon_on({"bus": at(broker, tls=tls)}).start()
        body = b"x" * 900_000
        daemon.post("e-1", body, content_type="application/octet-stream")
        daemon.drain()
        assert [got for _, _, got in broker.take("tls")] == [body]


def refused(daemon_on, broker, **tls):
    broker.declare("tls")
    daemon = daemon_on({"bus": at(broker, **({"tls": tls} if tls else {}))}).start()
    daemon.post("e-1")
    reason = first_reason(daemon, "e-1")
    assert delivery(daemon, "e-1")["state"] in ("waiting", "sending")
    assert {attempt["outcome"] for attempt in history(daemon, "e-1")} == {"unreachable"}
    assert f"127.0.0.1:{broker.tls_port}" in reason
    assert broker.count("tls") == 0
    daemon.kill9()
    return reason


def test_a_certificate_that_is_not_the_right_one_is_refused_and_named(daemon_on, directory, authority):
    other = Authority(directory, "other")
    with tls_broker(directory, authority, authority.issue("good")) as broker:
        assert "certificate is not trusted" in refused(daemon_on, broker, ca=other.file)
        assert "certificate is not trusted" in refused(daemon_on, broker)
        reason = refused(daemon_on, broker, ca=authority.file, server_name="rabbit.example.com")
        assert "certificate is not for rabbit.example.com (hostname mismatch)" in reason


def test_a_certificate_that_has_expired_is_refused_and_named(daemon_on, directory, authority):
    with tls_broker(directory, authority, authority.issue("old", end=-datetime.timedelta(days=1))) as broker:
        assert "certificate has expired" in refused(daemon_on, broker, ca=authority.file)


def test_a_certificate_for_another_address_is_refused_and_named(daemon_on, directory, authority):
    certificate = authority.issue("other", "rabbit.example.com", "127.0.0.2")
    with tls_broker(directory, authority, certificate) as broker:
        assert "certificate is not for 127.0.0.1 (IP address mismatch)" in refused(daemon_on, broker, ca=authority.file)


def test_a_broker_that_asks_for_our_certificate_gets_it(daemon_on, directory, authority):
    certificate, key = authority.issue("client")
    config = ("ssl_options.verify = verify_peer", "ssl_options.fail_if_no_peer_cert = true")
    with tls_broker(directory, authority, authority.issue("good"), *config) as broker:
        assert "certificate" in refused(daemon_on, broker, ca=authority.file)
        ours = {"ca": authority.file, "certificate": certificate, "key": key}
        daemon = daemon_on({"bus": at(broker, tls=ours)}).start()
        daemon.post("e-2")
        until_state(daemon, "e-2", "sent")


def test_plain_and_tls_that_meet_each_other_are_told(daemon_on, directory, authority):
    with tls_broker(directory, authority, authority.issue("good")) as broker:
        daemon = daemon_on({"plain": destination(broker, "q", url=f"amqp://127.0.0.1:{broker.tls_port}")}).start()
        daemon.post("e-1")
        assert "see whether it wants TLS" in first_reason(daemon, "e-1") or "does not speak AMQP" in first_reason(daemon, "e-1")
        daemon = daemon_on({"tls": destination(broker, "q", url=f"amqps://127.0.0.1:{broker.port}", tls={"ca": authority.file})}).start()
        daemon.post("e-1")
        assert "see that the port speaks TLS" in first_reason(daemon, "e-1")
