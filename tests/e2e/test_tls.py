"""TLS of the admin API and of ingest, seen by Python's ssl, curl and openssl, and the commands over it."""
import datetime
import os
import shutil
import ssl
import subprocess

import pytest

from support.certificates import Authority
from support.client import Client, cloudevent_headers, split_address
from support.commands import run
from support.daemon import webhook
from support.ports import free_port

HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def trusting(authority, certificate=None):
    context = ssl.create_default_context(cafile=authority.file)
    if certificate:
        context.load_cert_chain(*certificate)
    return context


def tls_of(certificate, **more):
    return {"cert_file": certificate[0], "key_file": certificate[1], **more}


@pytest.fixture
def serve(daemon_on, receiver, authority):
    """serve(certificate, client_certificate, **tls): a daemon whose admin API shows this certificate, on 127.0.0.1."""
    def run_daemon(certificate, client_certificate=None, context=None, **tls):
        address = f"127.0.0.1:{free_port()}"
        daemon = daemon_on({"hook": webhook(receiver)}, server={"admin": address, "admin_tls": tls_of(certificate, **tls)})
        daemon.admin_address = address
        daemon.admin_tls = context or trusting(authority, client_certificate)
        return daemon.start()
    return run_daemon


def blind():
    """Trusts whoever answers: for servers that are wrong on purpose."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def fault(daemon, *options):
    done = run(daemon, "status", *options, check=False)
    return done.returncode, done.stderr


def test_commands_talk_tls_as_configured_and_verify_what_they_are_shown(serve, authority):
    daemon = serve(authority.issue("admin"))
    port = split_address(daemon.admin_address)[1]
    assert run(daemon, "status", "--ca", authority.file).stdout
    assert run(daemon, "status", "--ca", authority.file, "--admin", f"https://localhost:{port}/").stdout
    code, text = fault(daemon)
    assert code == 69 and "is not trusted" in text and "--ca FILE" in text
    assert fault(daemon, "--ca", authority.file + ".none")[0] == 78


def test_commands_refuse_a_certificate_for_another_name(serve, authority):
    daemon = serve(authority.issue("admin", "fanfare.example.com"), context=blind())
    code, text = fault(daemon, "--ca", authority.file)
    assert code == 69 and "is not for this name" in text and "https://NAME:PORT" in text


def test_commands_refuse_a_certificate_that_has_expired_and_check_warns_of_it(serve, authority):
    daemon = serve(authority.issue("admin", end=-HOUR), context=blind())
    code, text = fault(daemon, "--ca", authority.file)
    assert code == 69 and "has expired" in text and "fanfare reload" in text
    checked = run(daemon, "check")
    assert "warning: the certificate" in checked.stdout + checked.stderr


def test_plain_http_to_a_tls_port_and_tls_to_a_plain_port_are_named(serve, authority):
    daemon = serve(authority.issue("admin"))
    code, text = fault(daemon, "--admin", daemon.admin_address)
    assert code == 65 and "https://" in text
    code, text = fault(daemon, "--admin", "https://" + daemon.address)
    assert code == 69 and "does not speak TLS" in text


def test_a_client_certificate_is_asked_for_where_its_authority_is_named(serve, authority, tmp_path):
    os.mkdir(tmp_path / "clients")
    clients = Authority(tmp_path / "clients", "clients")
    mine = clients.issue("mine", "operator")
    daemon = serve(authority.issue("admin"), mine, client_ca_file=clients.file)
    assert run(daemon, "status", "--ca", authority.file, "--cert", mine[0], "--key", mine[1]).stdout
    for others in ((), ("--cert", authority.issue("other")[0], "--key", os.path.join(authority.directory, "other.key"))):
        code, text = fault(daemon, "--ca", authority.file, *others)
        assert code == 69 and "--cert FILE --key FILE" in text
    code, text = fault(daemon, "--ca", authority.file, "--key", mine[1])
    assert code != 0 and "--cert FILE" in text


def shown(daemon):
    """The certificate that a new connection is shown."""
    return ssl.get_server_certificate(split_address(daemon.admin_address))


def test_a_reload_shows_a_renewed_certificate_and_refuses_a_broken_one(serve, authority):
    certificate, key = authority.issue("admin")
    daemon = serve((certificate, key))
    before = shown(daemon)
    with Client(daemon.admin_address, tls=daemon.admin_tls) as kept:
        assert kept.request("GET", "/healthz").status == 200
        authority.issue("admin")
        run(daemon, "reload", "--ca", authority.file)
        renewed = shown(daemon)
        assert renewed != before and renewed.strip() == open(certificate, encoding="ascii").read().strip()
        assert kept.request("GET", "/healthz").status == 200, "what is open goes on"
    shutil.copy(authority.issue("other")[1], key)
    done = run(daemon, "reload", "--ca", authority.file, check=False)
    assert done.returncode == 78 and "belongs to another key" in done.stderr
    assert shown(daemon) == renewed


def test_a_key_that_everyone_may_read_is_refused(serve, authority):
    daemon = serve(authority.issue("admin"))
    os.chmod(os.path.join(authority.directory, "admin.key"), 0o644)
    checked = run(daemon, "check", check=False)
    assert checked.returncode == 78
    text = checked.stdout + checked.stderr
    assert "everyone may read the key" in text and "chmod o-r" in text
    assert run(daemon, "reload", "--ca", authority.file, check=False).returncode == 78


def test_curl_and_openssl_agree_that_it_is_tls_of_today(serve, authority):
    daemon = serve(authority.issue("admin"))
    url = f"https://{daemon.admin_address}/healthz"
    got = subprocess.run(["curl", "-sS", "--cacert", authority.file, url, url],
                         capture_output=True, text=True, check=True)
    assert got.stdout == "ok\n" * 2

    def handshake(*options):
        return subprocess.run(["openssl", "s_client", "-connect", daemon.admin_address, "-CAfile", authority.file,
                               "-verify_return_error", *options], input="", capture_output=True, text=True, check=False)

    for version in ("-tls1_2", "-tls1_3"):
        done = handshake(version)
        assert done.returncode == 0 and "Verify return code: 0" in done.stdout, done.stderr
    old = handshake("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")
    assert old.returncode != 0 and "alert protocol version" in old.stderr


def test_events_come_in_over_tls(daemon_on, receiver, authority):
    daemon = daemon_on({"hook": webhook(receiver)}, server={"tls": tls_of(authority.issue("ingest"))}).start()
    with Client(daemon.address, tls=trusting(authority)) as client:
        for number in range(20):
            body = b'{"n":"' + b"x" * 50_000 + b'"}'
            assert client.request("POST", "/v1/events", body, cloudevent_headers(f"e-{number}")).status == 202
    assert run(daemon, "send", "--to", "https://" + daemon.address, "--ca", authority.file, "--type", "t", input="{}").returncode == 0
    daemon.drain()
    assert len(receiver.accepted()) == 21
