"""The redis plugin with a real Sentinel set and a real cluster."""
import collections
import subprocess

from support.redis_server import Cluster, Sentinels
from support.wait import until
from test_redis import QUICK, entries, until_state


def test_a_failover_of_the_sentinels_is_followed(daemon_on, directory):
    with Sentinels(directory) as sentinels:
        daemon = daemon_on({"events": {"plugin": "redis", "server": sentinels.addresses, "key": "events",
                                       "sentinel": {"master": sentinels.name}, "delivery": QUICK}}).start()
        for number in range(50):
            daemon.post(f"before-{number}", b"{}")
        daemon.drain()
        assert len(entries(sentinels.master.client())) == 50
        # Replication is asynchronous: what the replica does not have yet would be lost with the master.
        until(lambda: len(entries(sentinels.replica.client())) == 50, 60, "the replica")
        sentinels.master.kill9()
        for number in range(50):
            daemon.post(f"after-{number}", b"{}")
        daemon.drain()
        assert sentinels.replica.client().info("replication")["role"] == "master"
        counts = collections.Counter(fields["id"].decode() for fields in entries(sentinels.replica.client()))
        assert set(counts) == {f"{when}-{number}" for when in ("before", "after") for number in range(50)}
        assert daemon.status()["deliveries"]["dead"] == 0


def test_a_sentinel_that_is_down_is_passed_over(daemon_on, directory):
    with Sentinels(directory) as sentinels:
        sentinels.sentinels[0].kill9()
        daemon = daemon_on({"events": {"plugin": "redis", "server": sentinels.addresses, "key": "events",
                                       "sentinel": {"master": sentinels.name}, "delivery": QUICK}}).start()
        daemon.post("e-1", b"{}")
        until_state(daemon, "e-1", "sent")
        assert [fields["id"] for fields in entries(sentinels.master.client())] == [b"e-1"]


def cluster_destination(cluster, key, **options):
    return {"plugin": "redis", "server": cluster.nodes[0].address, "cluster": True, "key": key, "delivery": QUICK, **options}


def test_keys_lie_on_the_nodes_that_the_cluster_names_with_moved(daemon_on, directory):
    with Cluster(directory) as cluster:
        daemon = daemon_on({"events": cluster_destination(cluster, "events:{{ data.n }}")}).start()
        for number in range(300):
            assert daemon.post(f"e-{number}", b'{"n":%d}' % (number % 60)).status == 202
        daemon.drain()
        client = cluster.client()
        found = collections.Counter(fields["id"].decode() for key in range(60) for fields in entries(client, f"events:{key}"))
        assert found == collections.Counter(f"e-{number}" for number in range(300))
        assert all(node.client().dbsize() > 5 for node in cluster.nodes), "not spread over the nodes"
        moved = cluster.nodes[0].errors("MOVED")
        assert moved > 0, "the first node was never asked for a key of another"
        for number in range(300, 600):
            daemon.post(f"e-{number}", b'{"n":%d}' % (number % 60))
        daemon.drain()
        assert cluster.nodes[0].errors("MOVED") == moved, "what a MOVED had taught was forgotten"


def test_a_slot_on_its_way_is_asked_for_and_then_found_at_its_new_node(daemon_on, directory):
    with Cluster(directory) as cluster:
        slot = cluster.nodes[0].client().cluster("keyslot", "events")
        source = cluster.node_of(slot)
        target = next(node for node in cluster.nodes if node is not source)
        daemon = daemon_on({"events": cluster_destination(cluster, "events")}).start()
        names = {node: node.client().cluster("myid").decode() for node in cluster.nodes}
        target.client().cluster("setslot", slot, "importing", names[source])
        source.client().cluster("setslot", slot, "migrating", names[target])
        daemon.post("e-1", b"{}")
        until_state(daemon, "e-1", "sent")
        assert source.errors("ASK") == 1
        for node in cluster.nodes:
            node.client().cluster("setslot", slot, "node", names[target])
        daemon.post("e-2", b"{}")
        until_state(daemon, "e-2", "sent")
        assert [fields["id"] for fields in entries(target.client())] == [b"e-1", b"e-2"]


def test_slots_that_move_under_load_lose_nothing(daemon_on, directory):
    with Cluster(directory) as cluster:
        daemon = daemon_on({"events": cluster_destination(cluster, "events:{{ data.n }}")}).start()
        names = {node: node.client().cluster("myid").decode() for node in cluster.nodes}
        reshard = subprocess.Popen(["redis-cli", "--cluster", "reshard", cluster.nodes[0].address, "--cluster-from",
                                    names[cluster.nodes[0]], "--cluster-to", names[cluster.nodes[1]], "--cluster-slots", "3000",
                                    "--cluster-yes"], stdout=subprocess.DEVNULL)
        count = 0
        while reshard.poll() is None or count < 500:
            assert daemon.post(f"e-{count}", b'{"n":%d}' % (count % 100)).status == 202
            count += 1
        assert reshard.returncode == 0
        daemon.drain()
        client = cluster.client()
        found = {fields["id"].decode() for key in range(100) for fields in entries(client, f"events:{key}")}
        assert found == {f"e-{number}" for number in range(count)}
        assert daemon.status()["deliveries"]["dead"] == 0


def test_a_node_that_is_killed_and_comes_back_is_found_again(daemon_on, directory):
    with Cluster(directory) as cluster:
        daemon = daemon_on({"events": cluster_destination(cluster, "events:{{ data.n }}",
                                                          server=[node.address for node in cluster.nodes])}).start()
        for number in range(100):
            daemon.post(f"e-{number}", b'{"n":%d}' % number)
        daemon.drain()
        cluster.nodes[0].kill9()
        for number in range(100, 200):
            daemon.post(f"e-{number}", b'{"n":%d}' % (number % 100))
        cluster.nodes[0].start()
        daemon.drain()
        client = cluster.client()
        found = {fields["id"].decode() for key in range(100) for fields in entries(client, f"events:{key}")}
        assert found == {f"e-{number}" for number in range(200)}
