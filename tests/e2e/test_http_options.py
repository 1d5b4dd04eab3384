"""[destination.NAME.http]: TLS, proxies and authorisation, as the far sides see them."""
import base64
import datetime
import json
import os
import socket
import subprocess
import urllib.parse

import pytest

from support.certificates import Authority
from support.daemon import BINARY, webhook
from support.ports import free_port
from support.processes import running
from support.receiver import Receiver, Reply
from support.wait import until



def hook(receiver, url=None, http=None, **options):
    retry = {"base": "50ms", "factor": 1, "jitter": 0, "max_attempts": 3}
    destination = webhook(receiver, delivery={"retry": retry}, **options)
    return {**destination, "url": url or destination["url"], **({"http": http} if http is not None else {})}


@pytest.fixture
def authority(directory):
    return Authority(directory)


def reason_of(daemon):
    """What the one delivery is waiting for, or was given up for."""
    return until(lambda: next(daemon.deliveries())["reason"], 30, "the reason of the delivery")


def sent(daemon):
    daemon.drain()
    return [delivery["state"] for delivery in daemon.deliveries()]


# TLS


def test_a_server_of_the_operators_own_authority_is_served_and_by_others_not(daemon_on, authority):
    with Receiver(tls=authority.server_context("127.0.0.1")) as receiver:
        daemon = daemon_on({"own": hook(receiver, http={"ca_file": authority.file}),
                            "system": hook(receiver)}).start()
        daemon.post("one", b'{"n":1}')
        request = receiver.wait_for(1)[0]
        assert request.body == b'{"n":1}'
        reasons = until(lambda: {one["destination"]: one["reason"] for one in daemon.deliveries() if one["reason"]}, 30,
                        "a reason")
        assert list(reasons) == ["system"]
        assert f"certificate of 127.0.0.1:{receiver.port} is not trusted" in reasons["system"]
        assert len(receiver.requests()) == 1


@pytest.mark.parametrize("names, validity, says", [
    (("other.example",), {}, "is not for this name"),
    (("127.0.0.1",), {"end": datetime.timedelta(hours=-1)}, "certificate has expired"),
    (("127.0.0.1",), {"begin": datetime.timedelta(hours=1)}, "certificate is not yet valid"),
], ids=["wrong name", "expired", "of tomorrow"])
def test_a_certificate_that_is_wrong_gets_no_event(daemon_on, authority, names, validity, says):
    with Receiver(tls=authority.server_context(*names, **validity)) as receiver:
        daemon = daemon_on({"hook": hook(receiver, http={"ca_file": authority.file})}).start()
        daemon.post("one")
        assert says in reason_of(daemon)
        assert next(daemon.deliveries())["attempts"] == 0, "what was never sent spends no attempt"
        assert receiver.requests() == [] and receiver.connections > 0


@pytest.mark.parametrize("how", ["files", "encrypted", "in the certificate's file", "key in the environment"])
def test_a_server_that_asks_for_a_certificate_is_shown_it(daemon_on, authority, directory, how):
    clients = Authority(directory, "clients")
    password = "key-password-7" if how == "encrypted" else None
    certificate, key = clients.issue("client", password=password)
    http = {"ca_file": authority.file, "client_certificate": certificate, "client_key": key}
    env = dict(os.environ)
    if how == "encrypted":
        http["client_key_password"] = password
    elif how == "in the certificate's file":
        with open(key, encoding="ascii") as key_file, open(certificate, "a", encoding="ascii") as both:
            both.write(key_file.read())
        del http["client_key"]
    elif how == "key in the environment":
        with open(key, encoding="ascii") as key_file:
            env["CLIENT_KEY"] = key_file.read()
        http["client_key"] = {"env": "CLIENT_KEY"}
    shown = []
    with Receiver(tls=authority.server_context("127.0.0.1", client_authority=clients)) as receiver:
        receiver.behave = lambda request: shown.append(request) or Reply(204)
        daemon = daemon_on({"hook": hook(receiver, http=http)}).start(env=env)
        daemon.post("one", b'{"n":1}')
        assert receiver.wait_for(1)[0].body == b'{"n":1}'
        assert sent(daemon) == ["sent"]


def test_without_a_certificate_such_a_server_takes_nothing(daemon_on, authority, directory):
    clients = Authority(directory, "clients")
    with Receiver(tls=authority.server_context("127.0.0.1", client_authority=clients)) as receiver:
        daemon = daemon_on({"hook": hook(receiver, http={"ca_file": authority.file})}).start()
        daemon.post("one")
        # Of TLS 1.3's alert and the reset behind it, either may come first.
        reason = reason_of(daemon)
        assert "certificate required" in reason or "Connection reset" in reason, reason
        assert receiver.requests() == [] and receiver.accepted() == {}


def check(daemon):
    command = [BINARY, "check", "--config", daemon.write_config()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def test_what_does_not_belong_together_is_refused_with_its_place(daemon_on, receiver, authority, directory):
    certificate, key = authority.issue("client", password="right")
    other_certificate, other_key = authority.issue("other")
    broken = os.path.join(directory, "broken.pem")
    with open(broken, "w", encoding="ascii") as file:
        file.write("hello\n")
    cases = [
        ({"client_certificate": certificate, "client_key": other_key}, "belongs to another key"),
        ({"client_certificate": certificate, "client_key": key}, "encrypted"),
        ({"client_certificate": certificate, "client_key": key, "client_key_password": "wrong"}, "encrypted"),
        ({"client_certificate": broken, "client_key": other_key}, "not one in PEM"),
        ({"client_certificate": "/nowhere/client.pem", "client_key": other_key}, "cannot read the client certificate"),
        ({"ca_file": "/nowhere/ca.pem"}, "cannot be read"),
        ({"ca_file": broken}, "holds no certificate"),
        ({"proxy": "http://user:hunter2@proxy:3128"}, "'proxy' has a user name or password in it"),
        ({"network": "internal"}, "'network' must be one of: onprem, public"),
        ({"allow": ["10.0.0.0/40"]}, "'allow' has an entry that is no network"),
        ({"auth": {"basic": {"user": "u"}}}, "'password' is missing"),
        ({"auth": {"basic": {"user": "u", "password": "p"}, "bearer": "x"}}, "must have one of"),
        ({"auth": {"oauth2": {"token_url": "ftp://x", "client_id": "i", "client_secret": "s"}}}, "'token_url'"),
        ({"proxi": "x"}, "unknown key 'proxi' in [destination.hook.http]"),
    ]
    for http, says in cases:
        status, text = check(daemon_on({"hook": hook(receiver, http=http)}))
        assert status == 78, (http, text)
        assert says in text and "fanfare.toml:" in text, (http, text)
        assert "hunter2" not in text
    good = {"client_certificate": other_certificate, "client_key": other_key}
    assert check(daemon_on({"hook": hook(receiver, http=good)}))[0] == 0


def test_a_renewed_certificate_is_taken_by_a_reload(daemon_on, authority, directory):
    clients = Authority(directory, "clients")
    certificate, key = Authority(directory, "strangers").issue("client")
    http = {"ca_file": authority.file, "client_certificate": certificate, "client_key": key}
    with Receiver(tls=authority.server_context("127.0.0.1", client_authority=clients)) as receiver:
        other = hook(receiver, http={"ca_file": authority.file})
        daemon = daemon_on({"hook": hook(receiver, http=http), "other": other},
                           routes=[{"name": "all", "to": ["hook"]}]).start()
        daemon.post("one")
        reason_of(daemon)
        clients.issue("client")
        assert daemon.admin("POST", "/v1/reload").json["changed"] == ["hook"], "one with the same files is left alone"
        assert receiver.wait_for(1)[0].event_id == "one"


# Proxies


class Proxy:
    """tinyproxy. Its log says whom it connected to."""

    def __init__(self, directory, user=None):
        self.port = free_port()
        self.log = os.path.join(directory, "tinyproxy.log")
        self.config = os.path.join(directory, "tinyproxy.conf")
        with open(self.config, "w", encoding="ascii") as file:
            file.write(f'Port {self.port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\nLogLevel Connect\n'
                       f'LogFile "{self.log}"\n{"BasicAuth " + user if user else ""}\n')

    def running(self):
        return running(["tinyproxy", "-d", "-c", self.config], self.port, self.log + ".out")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def requests(self):
        with open(self.log, encoding="utf-8") as file:
            return [line for line in file if "Request" in line]


def test_events_go_through_the_proxy_with_and_without_tls(daemon_on, authority, directory):
    proxy = Proxy(directory, "bob proxy-password-1")
    http = {"proxy": proxy.url, "proxy_user": "bob", "proxy_password": "proxy-password-1"}
    with proxy.running(), Receiver() as plain, Receiver(tls=authority.server_context("127.0.0.1")) as secure:
        daemon = daemon_on({"plain": hook(plain, http=http),
                            "secure": hook(secure, http={**http, "ca_file": authority.file})}).start()
        for n in range(3):
            daemon.post(f"e{n}")
        assert {request.event_id for request in plain.wait_for(3)} == {"e0", "e1", "e2"}
        assert {request.event_id for request in secure.wait_for(3)} == {"e0", "e1", "e2"}
        assert all("via" in request.headers for request in plain.requests()), "they came round the proxy"
        assert not any("proxy-authorization" in request.headers for request in plain.requests() + secure.requests())
        lines = "".join(proxy.requests())
        assert f"CONNECT 127.0.0.1:{secure.port}" in lines
        assert f"POST http://127.0.0.1:{plain.port}/hook" in lines


def test_a_wrong_password_for_the_proxy_loses_nothing(daemon_on, authority, directory):
    proxy = Proxy(directory, "bob proxy-password-1")
    http = {"proxy": proxy.url, "proxy_user": "bob", "proxy_password": "proxy-password-2", "ca_file": authority.file}
    with proxy.running(), Receiver(tls=authority.server_context("127.0.0.1")) as receiver:
        daemon = daemon_on({"hook": hook(receiver, http=http)}).start()
        daemon.post("one")
        reason = reason_of(daemon)
        # tinyproxy says 401 where RFC 9110 has 407.
        assert f"proxy 127.0.0.1:{proxy.port} makes no connection to 127.0.0.1:{receiver.port}" in reason
        assert "response 40" in reason
        delivery = next(daemon.deliveries())
        assert (delivery["state"], delivery["attempts"]) == ("waiting", 0)
        daemon.config["destination"]["hook"]["http"]["proxy_password"] = "proxy-password-1"
        daemon.write_config()
        assert daemon.admin("POST", "/v1/reload").json["changed"] == ["hook"]
        assert receiver.wait_for(1)[0].event_id == "one"


def test_no_proxy_is_gone_round(daemon_on, receiver, directory):
    proxy = Proxy(directory)
    with proxy.running():
        daemon = daemon_on({"round": hook(receiver, http={"proxy": proxy.url, "no_proxy": ["127.0.0.0/8"]}),
                            "through": hook(receiver, http={"proxy": proxy.url, "no_proxy": "example.com"})}).start()
        daemon.post("one")
        requests = receiver.wait_for(2)
        assert sorted("via" in request.headers for request in requests) == [False, True]


def test_the_environments_proxy_is_taken_if_asked_for_and_only_then(daemon_on, receiver, directory):
    proxy = Proxy(directory)
    env = {**os.environ, "http_proxy": proxy.url, "no_proxy": "localhost"}
    with proxy.running():
        local = receiver.url("/local").replace("127.0.0.1", "localhost")
        daemon = daemon_on({"asked": hook(receiver, url=receiver.url("/asked"), http={"proxy": "environment"}),
                            "local": hook(receiver, url=local, http={"proxy": "environment"}),
                            "not": hook(receiver, url=receiver.url("/not"))}).start(env=env)
        daemon.post("one")
        assert {request.path: "via" in request.headers for request in receiver.wait_for(3)} == {
            "/asked": True, "/local": False, "/not": False}


def test_a_socks_proxy_looks_the_name_up(daemon_on, receiver, directory):
    port = free_port()
    command = ["microsocks", "-i", "127.0.0.1", "-p", str(port), "-u", "bob", "-P", "socks-password"]
    http = {"proxy": f"socks5h://127.0.0.1:{port}", "proxy_user": "bob", "proxy_password": "socks-password"}
    log = os.path.join(directory, "microsocks.log")

    def account():
        with open(log, encoding="utf-8") as file:
            return file.read()

    with running(command, port, log):
        url = receiver.url("/hook").replace("127.0.0.1", "localhost")
        daemon = daemon_on({"hook": hook(receiver, url=url, http=http)}).start()
        daemon.post("one")
        assert receiver.wait_for(1)[0].headers["host"] == f"localhost:{receiver.port}"
        until(lambda: "connected to localhost" in account(), 30, "the proxy's own account")


# Authorisation


def test_basic_and_bearer_are_seen_by_the_receiver(daemon_on, receiver):
    daemon = daemon_on({
        "basic": hook(receiver, url=receiver.url("/basic"),
                      http={"auth": {"basic": {"user": "ann", "password": "pässword: 1"}}}),
        "bearer": hook(receiver, url=receiver.url("/bearer"), http={"auth": {"bearer": "bearer-token-1"}}),
        "own": hook(receiver, url=receiver.url("/own"), headers={"Authorization": "Signature of the plugin"},
                    http={"auth": {"bearer": "bearer-token-2"}}),
    }).start()
    daemon.post("one")
    shown = {request.path: request.headers["authorization"] for request in receiver.wait_for(3)}
    assert shown == {"/basic": "Basic " + base64.b64encode("ann:pässword: 1".encode()).decode(),
                     "/bearer": "Bearer bearer-token-1", "/own": "Signature of the plugin"}


class Issuer(Receiver):
    """An OAuth 2.0 token endpoint, client credentials grant. Its tokens are token-1, token-2 ..."""

    def __init__(self, client_id, secret):
        super().__init__(self._issue)
        self.client = (client_id, secret)
        self.issued = 0
        self.down = False

    def _issue(self, request):
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        client = tuple(urllib.parse.unquote_plus(part) for part in base64.b64decode(credentials).decode().split(":", 1))
        if self.down:
            return Reply(503)
        if (scheme, client, form.get("grant_type")) != ("Basic", self.client, "client_credentials"):
            # A server that is careless with what it was told.
            return _json(401, {"error": "invalid_client", "error_description": f"bad: {client[1]}"})
        self.issued += 1
        return _json(200, {"access_token": f"oauth-token-{self.issued}", "token_type": "Bearer", "expires_in": 3600})


def _json(status, value):
    return Reply(status, {"Content-Type": "application/json"}, json.dumps(value).encode())


def oauth2(issuer, **options):
    client = {"token_url": issuer.url("/token"), "client_id": "cli ent", "client_secret": "client+secret/1"}
    return {"auth": {"oauth2": {**client, **options}}}


def test_oauth2_fetches_one_token_for_all_and_another_when_it_is_refused(daemon_on):
    valid = ["oauth-token-1"]

    def guard(request):
        return Reply(204 if request.headers.get("authorization") == "Bearer " + valid[-1] else 401)

    with Issuer("cli ent", "client+secret/1") as issuer, Receiver(guard) as receiver:
        http = oauth2(issuer, scope="events:write", audience="https://api.example")
        daemon = daemon_on({"hook": hook(receiver, http=http)}).start()
        for n in range(50):
            daemon.post(f"e{n}")
        daemon.drain()
        assert len(receiver.accepted()) == 50 and issuer.issued == 1
        form = dict(urllib.parse.parse_qsl(issuer.requests("/token")[0].body.decode()))
        assert form == {"grant_type": "client_credentials", "scope": "events:write", "audience": "https://api.example"}
        valid.append("oauth-token-2")
        for n in range(50, 100):
            daemon.post(f"e{n}")
        daemon.drain()
        assert list(daemon.deliveries(state="dead")) == []
        assert len(receiver.accepted()) == 100 and issuer.issued == 2
        assert {delivery["attempts"] for delivery in daemon.deliveries()} == {1}, "a token that ended cost an attempt"


def test_oauth2_without_a_token_sends_nothing_and_loses_nothing(daemon_on, receiver):
    with Issuer("cli ent", "another secret") as issuer:
        daemon = daemon_on({"hook": hook(receiver, http=oauth2(issuer))}).start()
        daemon.post("one")
        reason = reason_of(daemon)
        assert "no access token" in reason and "invalid_client" in reason and "client+secret" not in reason
        assert receiver.connections == 0
        assert next(daemon.deliveries())["attempts"] == 0
        issuer.client = ("cli ent", "client+secret/1")
        assert receiver.wait_for(1, seconds=120)[0].headers["authorization"] == "Bearer oauth-token-1"


# Limits


def test_a_destination_has_no_more_connections_than_it_may(daemon_on):
    with Receiver(lambda request: Reply(204, delay=0.005)) as receiver:
        daemon = daemon_on({"hook": hook(receiver, http={"max_connections": 2})}).start()
        for n in range(200):
            daemon.post(f"e{n}")
        daemon.drain()
        assert len(receiver.accepted()) == 200
        assert receiver.connections <= 2


def test_a_connection_that_is_not_made_in_time_is_given_up(daemon_on, directory):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        daemon = daemon_on({"hook": {"plugin": "webhook", "url": url, "http": {"connect_timeout": "200ms"}}}).start()
        daemon.post("one")
        assert "within 200 ms" in reason_of(daemon)


# Secrets


def test_no_secret_of_the_http_table_is_logged_shown_or_stored(daemon_on, authority, directory):
    secrets = ["proxy-password-1", "pass-word-of-basic-2", "bearer-token-3", "client+secret/1", "oauth-token-1",
               "key-password-7"]
    encoded = [base64.b64encode(text.encode()).decode() for text in
               ("bob:proxy-password-1", "ann:pass-word-of-basic-2", "cli+ent:client%2bsecret%2f1")]
    certificate, key = authority.issue("client", password="key-password-7")
    with open(key, encoding="ascii") as file:
        encoded.append(file.read().splitlines()[1])
    proxy = Proxy(directory, "bob proxy-password-1")

    def repeats(request):
        """The worst of far sides: it says what it was told, in body and headers."""
        shown = " ".join(f"{name}={value}" for name, value in request.headers.items())
        return Reply(400, {"X-Echo": request.headers.get("authorization", "none")}, shown.encode())

    through = {"proxy": proxy.url, "proxy_user": "bob", "proxy_password": "proxy-password-1"}
    shown = {"client_certificate": certificate, "client_key": key, "client_key_password": "key-password-7"}
    with proxy.running(), Issuer("cli ent", "client+secret/1") as issuer, Receiver(repeats) as receiver:
        daemon = daemon_on({
            "basic": hook(receiver, http={**through, "auth": {"basic": {"user": "ann", "password": secrets[1]}}}),
            "bearer": hook(receiver, http={**shown, "auth": {"bearer": "bearer-token-3"}}),
            "oauth2": hook(receiver, http=oauth2(issuer)),
        })
        daemon.config["log"] = {"level": "trace"}
        daemon.start()
        daemon.post("one", b'{"n":1}')
        until(lambda: daemon.status()["deliveries"]["dead"] == 3, 30, "three dead deliveries")
        assert len({request.headers["authorization"] for request in receiver.requests()}) == 3
        assert daemon.admin("POST", "/v1/reload").status == 200

        answers = [json.dumps(daemon.status()), json.dumps(daemon.event("one"))]
        for delivery in daemon.deliveries():
            answers.append(json.dumps(daemon.admin("GET", f"/v1/deliveries/{delivery['id']}").json))
        for path in ("/v1/destinations", "/v1/config", "/metrics", "/v1/activity"):
            answers.append(str(daemon.admin("GET", path).body))
        assert "***" in "".join(answers), "nothing was repeated that could have been hidden"
        assert daemon.stop() == 0
        places = {"an answer": "\n".join(answers), "the log": daemon.log_tail(100_000)}
        for name in os.listdir(daemon.store_path):
            with open(os.path.join(daemon.store_path, name), "rb") as file:
                places[f"the store's {name}"] = file.read().decode("latin-1")
        for place, text in places.items():
            for secret in secrets + encoded:
                assert secret not in text, f"{secret} stands in {place}"
