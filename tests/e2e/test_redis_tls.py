"""The redis plugin over TLS, at a real Redis server with certificates of our own authority."""
import datetime

import pytest

from support.certificates import Authority
from support.ports import free_port
from support.redis_server import RedisServer
from test_redis import delivery, destination, entries, first_reason, until_state


@pytest.fixture
def authority(directory):
    return Authority(directory)


def tls_server(directory, authority, certificate, client=None, **options):
    """client: our own certificate and key, for a server that asks for one."""
    port = free_port()
    server = RedisServer(directory, port=port, tls_port=port, tls_cert_file=certificate[0], tls_key_file=certificate[1],
                         tls_ca_cert_file=authority.file, tls_auth_clients="yes" if client else "no", **options)
    server.config["port"] = 0
    server.connection.update(ssl=True, ssl_ca_certs=authority.file, ssl_check_hostname=False, ssl_cert_reqs="none")
    if client:
        server.connection.update(ssl_certfile=client[0], ssl_keyfile=client[1])
    return server


@pytest.mark.parametrize("server_name", [None, "localhost"], ids=["address", "name"])
def test_the_right_authority_and_name_will_do(daemon_on, directory, authority, server_name):
    with tls_server(directory, authority, authority.issue("good")) as server:
        tls = {"ca": authority.file, **({"server_name": server_name} if server_name else {})}
        daemon = daemon_on({"events": destination(server, tls=tls)}).start()
        body = b"x" * 900_000
        daemon.post("e-1", body, content_type="application/octet-stream")
        daemon.drain()
        assert [fields["data"] for fields in entries(server.client())] == [body]


def refused(daemon_on, server, **tls):
    daemon = daemon_on({"events": destination(server, tls=tls)}).start()
    daemon.post("e-1", b"{}")
    reason = first_reason(daemon, "e-1")
    assert delivery(daemon, "e-1")["state"] in ("waiting", "sending")
    assert server.address in reason
    assert server.client().dbsize() == 0
    return reason


def test_a_certificate_of_an_unknown_authority_is_refused_and_named(daemon_on, directory, authority):
    with tls_server(directory, authority, authority.issue("good")) as server:
        other = Authority(directory, "other")
        assert "certificate is not trusted" in refused(daemon_on, server, ca=other.file)


def test_without_an_authority_only_those_of_the_system_are_trusted(daemon_on, directory, authority):
    with tls_server(directory, authority, authority.issue("good")) as server:
        assert "certificate is not trusted" in refused(daemon_on, server)


def test_a_certificate_that_has_expired_is_refused_and_named(daemon_on, directory, authority):
    with tls_server(directory, authority, authority.issue("old", end=-datetime.timedelta(days=1))) as server:
        assert "certificate has expired" in refused(daemon_on, server, ca=authority.file)


def test_a_certificate_for_another_address_is_refused_and_named(daemon_on, directory, authority):
    with tls_server(directory, authority, authority.issue("other", "redis.example.com", "127.0.0.2")) as server:
        assert "certificate is not for 127.0.0.1 (IP address mismatch)" in refused(daemon_on, server, ca=authority.file)


def test_a_certificate_for_another_name_is_refused_and_named(daemon_on, directory, authority):
    with tls_server(directory, authority, authority.issue("other", "redis.example.com")) as server:
        reason = refused(daemon_on, server, ca=authority.file, server_name="localhost")
        assert "certificate is not for localhost (hostname mismatch)" in reason


def test_a_server_that_asks_for_our_certificate_gets_it(daemon_on, directory, authority):
    certificate, key = client = authority.issue("client")
    with tls_server(directory, authority, authority.issue("good"), client) as server:
        assert "certificate" in refused(daemon_on, server, ca=authority.file)
        ours = {"ca": authority.file, "certificate": certificate, "key": key}
        daemon = daemon_on({"events": destination(server, tls=ours)}).start()
        daemon.post("e-2", b"{}")
        until_state(daemon, "e-2", "sent")


def test_plain_that_meets_tls_is_told(daemon_on, directory, authority):
    with tls_server(directory, authority, authority.issue("good")) as server:
        daemon = daemon_on({"events": destination(server)}).start()
        daemon.post("e-1", b"{}")
        assert "see whether it wants TLS" in first_reason(daemon, "e-1")


def test_tls_that_meets_plain_is_told(daemon_on, directory, authority):
    with RedisServer(directory) as server:
        assert "see that the port speaks TLS" in refused(daemon_on, server, ca=authority.file)
