"""(realm, source, id) names one event, however often and however fast it is posted."""
import threading

from support.client import cloudevent_headers
from support.wait import until


def post_at_once(daemon, count, event_id, data):
    barrier = threading.Barrier(count)
    answers = []

    def run():
        with daemon.client() as client:
            client.connection.connect()
            barrier.wait()
            answers.append(client.request("POST", "/v1/events", data, cloudevent_headers(event_id)))

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def test_the_same_event_from_32_threads_is_one_event(hooked, receiver):
    for number in range(5):
        event_id = f"same-{number}"
        answers = post_at_once(hooked, 32, event_id, b'{"n":1}')
        assert [answer.status for answer in answers] == [202] * 32
        accepted = [answer.json["accepted"][0] for answer in answers]
        assert [item["duplicate"] for item in accepted].count(False) == 1
        assert len({item["id"] for item in accepted}) == 1
    hooked.drain()
    assert sorted(request.event_id for request in receiver.requests()) == [f"same-{n}" for n in range(5)]
    counts = hooked.status()
    assert counts["events"]["accepted"] == 5
    assert counts["events"]["duplicate"] == 5 * 31
    assert counts["deliveries"]["sent"] == 5


def test_the_same_id_with_other_content_is_refused(hooked, receiver):
    assert hooked.post("one", b'{"n":1}').status == 202
    answer = hooked.post("one", b'{"n":2}')
    assert answer.status == 409
    assert answer.is_problem
    assert answer.json["status"] == 409
    until(hooked.is_drained)
    assert [request.body for request in receiver.requests()] == [b'{"n":1}']


def test_another_source_or_realm_is_another_event(hooked):
    assert hooked.post("one", source="/a").json["accepted"][0]["duplicate"] is False
    assert hooked.post("one", source="/b").json["accepted"][0]["duplicate"] is False
    assert hooked.post("one", source="/a", path="/v1/realms/blue/events").json["accepted"][0]["duplicate"] is False
    assert hooked.post("one", source="/a").json["accepted"][0]["duplicate"] is True


def test_a_duplicate_is_known_after_a_restart(hooked, receiver):
    hooked.post("one", b'{"n":1}')
    hooked.drain()
    hooked.restart()
    assert hooked.post("one", b'{"n":1}').json["accepted"][0]["duplicate"] is True
    assert hooked.post("one", b'{"n":2}').status == 409
    hooked.drain()
    assert len(receiver.requests()) == 1
