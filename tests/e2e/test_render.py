"""`fanfare deliveries retry --render`: what was given up is sent as the configuration makes it now (SEED-SYSTEMS A45)."""
from support.commands import run, until_state
from support.daemon import webhook
from support.receiver import Reply
from support.wait import until

ONCE = {"retry": {"base": "1ms", "max_delay": "5ms", "jitter": 0, "max_attempts": 3}}
CHAT = {"content_type": "application/json"}


def reload_with(daemon, **destinations):
    daemon.config["destination"].update(destinations)
    daemon.write_config()
    assert daemon.admin("POST", "/v1/reload").status == 200


def test_a45_render_mends_what_a_wrong_template_killed(daemon_on, receiver):
    daemon = daemon_on({"hook": webhook(receiver, shape={"template": '{"text": "{{data.nmae}}"}', **CHAT})}).start()
    daemon.post("e-1", b'{"name":"red"}')
    dead = until_state(daemon, "e-1", "dead")
    refused = run(daemon, "deliveries", "retry", dead["id"], check=False)
    assert refused.returncode == 65 and "--render" in refused.stderr
    reload_with(daemon, hook=webhook(receiver, shape={"template": '{"text": "{{data.name}}"}', **CHAT}))
    assert run(daemon, "deliveries", "retry", "--render", dead["id"]).stdout == dead["id"] + " is waiting again\n"
    until_state(daemon, "e-1", "sent")
    assert [request.body for request in receiver.requests("/hook")] == [b'{"text": "red"}']


def test_a45_render_sends_what_the_configuration_makes_of_the_event_now(daemon_on, receiver):
    shaped = webhook(receiver, delivery=ONCE, shape={"template": '{"was": "{{data.name}}"}', **CHAT})
    daemon = daemon_on({"hook": shaped}).start()
    receiver.script("/hook", Reply(422), Reply(422))
    daemon.post("e-1", b'{"name":"red"}')
    dead = until_state(daemon, "e-1", "dead")
    shaped["shape"]["template"] = '{"is": "{{data.name}}"}'
    reload_with(daemon, hook=shaped)
    assert daemon.admin("POST", f"/v1/deliveries/{dead['id']}/retry?render=true").json == {"id": dead["id"], "state": "waiting"}
    until(lambda: len(receiver.requests("/hook")) == 2, 60, "the second request")
    until_state(daemon, "e-1", "dead")
    run(daemon, "deliveries", "retry", dead["id"])  # from now on that is what is replayed
    until_state(daemon, "e-1", "sent")
    assert [request.body for request in receiver.requests("/hook")] == [b'{"was": "red"}'] + [b'{"is": "red"}'] * 2


def test_a45_what_cannot_be_rendered_again_stays_dead_and_is_named_with_its_new_reason(daemon_on, receiver):
    daemon = daemon_on({"hook": webhook(receiver, shape={"template": '{"text": "{{data.nmae}}"}', **CHAT})}).start()
    daemon.post("good", b'{"name":"red"}')
    daemon.post("bad", b'{"colour":"red"}')
    good, bad = until_state(daemon, "good", "dead"), until_state(daemon, "bad", "dead")
    reload_with(daemon, hook=webhook(receiver, shape={"template": '{"text": "{{data.name}}"}', **CHAT}))
    one = run(daemon, "deliveries", "retry", "--render", bad["id"], check=False)
    assert one.returncode == 65 and bad["id"] in one.stderr and "data.name" in one.stderr
    many = run(daemon, "deliveries", "retry", "--render", "--state", "dead", "--yes", check=False)
    assert many.returncode == 65 and many.stdout == "retry: 1 done, 0 skipped, 1 failed\n"
    assert bad["id"] in many.stderr and "data.name" in many.stderr and good["id"] not in many.stderr
    until_state(daemon, "good", "sent")
    assert until_state(daemon, "bad", "dead")["reason"].endswith("has no data.name")
    counts = daemon.status()["deliveries"]
    assert (counts["sent"], counts["dead"]) == (1, 1)


def test_a45_render_goes_by_the_shape_of_the_route_and_without_the_route_by_that_of_the_destination(daemon_on, receiver):
    routes = [{"name": "all", "to": [{"destination": "hook", "template": "{{data.nmae}}"}]}]
    daemon = daemon_on({"hook": webhook(receiver, shape={"template": "destination {{data.name}}"})}, routes=routes).start()
    for event in ("e-1", "e-2"):
        daemon.post(event, b'{"name":"red"}')
    first, second = (until_state(daemon, event, "dead") for event in ("e-1", "e-2"))
    routes[0]["to"][0]["template"] = "route {{data.name}}"
    reload_with(daemon)
    run(daemon, "deliveries", "retry", "--render", first["id"])
    until_state(daemon, "e-1", "sent")
    routes[0].update(name="other")
    reload_with(daemon)
    run(daemon, "deliveries", "retry", "--render", second["id"])
    until_state(daemon, "e-2", "sent")
    assert [request.body for request in receiver.requests("/hook")] == [b"route red", b"destination red"]


def test_a45_render_leaves_alone_what_is_owed_to_a_destination_that_is_gone(daemon_on, receiver):
    daemon = daemon_on({"hook": webhook(receiver, delivery=ONCE), "other": webhook(receiver, "/other")},
                       routes=[{"name": "all", "to": ["hook"]}]).start()
    receiver.script("/hook", Reply(422))
    daemon.post("e-1")
    dead = until_state(daemon, "e-1", "dead")
    del daemon.config["destination"]["hook"]
    daemon.config["route"][0]["to"] = ["other"]
    reload_with(daemon)
    one = run(daemon, "deliveries", "retry", "--render", dead["id"], check=False)
    assert one.returncode == 65 and dead["id"] in one.stderr and "no destination 'hook'" in one.stderr
    many = daemon.admin("POST", "/v1/deliveries/retry?render=true&state=dead").json
    assert (many["changed"], [failed["id"] for failed in many["failed"]]) == (0, [dead["id"]])
    assert until_state(daemon, "e-1", "dead")["reason"] == dead["reason"]


def test_a45_one_call_renders_so_much_and_says_where_to_go_on(daemon_on, receiver):
    daemon = daemon_on({"hook": webhook(receiver, shape={"template": "{{data.nmae}}"})}, server={"max_event": "4MiB"}).start()
    for number in range(4):
        daemon.post(f"e-{number}", b'{"name":"%s"}' % (b"x" * 3_000_000))
        until_state(daemon, f"e-{number}", "dead")
    reload_with(daemon, hook=webhook(receiver, shape={"template": "{{data.name}}"}))
    first = daemon.admin("POST", "/v1/deliveries/retry?render=true&destination=hook").json
    assert (first["matched"], first["changed"], first["failed"]) == (3, 3, [])
    second = daemon.admin("POST", "/v1/deliveries/retry?render=true&destination=hook&after=" + first["next"]).json
    assert (second["matched"], second["changed"], second["next"]) == (1, 1, None)
    daemon.drain()
    assert [len(request.body) for request in receiver.requests("/hook")] == [3_000_000] * 4
