"""The debs in a clean Debian 12: installed by apt, run, upgraded, removed, purged."""
import os
import pwd
import re

from built import debs, field, output
from service import CONFIG, Service, listen_anywhere

HOOK = """
[destination.hook]
plugin = "webhook"
url = "{url}"
  [destination.hook.delivery]
  retry = {{ base = "100ms", max_delay = "1s" }}

[destination.journal]
plugin = "file"
path = "/var/log/fanfare/events.ndjson"

[[route]]
name = "all"
to = ["hook", "journal"]
"""


def send_to(root, url):
    root.write("/etc/fanfare/conf.d/hook.toml", HOOK.format(url=url))


def configure(root, url):
    listen_anywhere(root)
    send_to(root, url)


def ids_of_the_user(root):
    for line in root.read("/etc/passwd").splitlines():
        entry = pwd.struct_passwd(line.split(":"))
        if entry.pw_name == "fanfare":
            return entry
    raise AssertionError("there is no user fanfare")


def previous_of(deb, directory):
    """The same package as an older build made it: with a lower version, and another default in its configuration."""
    tree, older = os.path.join(directory, "tree"), os.path.join(directory, "fanfare_0.0.1_amd64.deb")
    output("dpkg-deb", "-R", deb, tree)
    for path, old, new in ((f"{tree}/DEBIAN/control", f"Version: {field(deb, 'Version')}", "Version: 0.0.1"),
                           (f"{tree}/etc/fanfare/fanfare.toml", 'keep_sent = "7d"', 'keep_sent = "6d"')):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        assert old in text
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))
    output("dpkg-deb", "--root-owner-group", "-Zgzip", "-b", tree, older)
    return older


def test_apt_installs_it_in_a_clean_root_and_the_check_of_the_service_passes(root):
    root.install(debs()["fanfare"])
    assert "fanfare" in root.run("fanfare", "version")
    root.run("setpriv", "--reuid=fanfare", "--regid=fanfare", "--clear-groups", "/usr/bin/fanfare", "check")


def test_the_user_has_no_shell_and_the_folders_are_its_own(installed):
    user = ids_of_the_user(installed)
    assert user.pw_shell == "/usr/sbin/nologin" and user.pw_dir == "/var/lib/fanfare"
    for path, mode, owner in (("/var/lib/fanfare", 0o700, int(user.pw_uid)), ("/var/log/fanfare", 0o750, int(user.pw_uid)),
                              ("/etc/fanfare/secrets", 0o750, 0), ("/etc/fanfare", 0o755, 0)):
        status = os.stat(installed.at(path))
        assert (status.st_mode & 0o7777, status.st_uid) == (mode, owner), path


def test_the_daemon_runs_as_its_user_and_an_event_goes_in_and_out(installed, receiver):
    configure(installed, receiver.url("/hook"))
    with Service(installed) as service:
        assert set(service.owner()) == {ids_of_the_user(installed).pw_uid}
        assert service.post("e-1", b'{"n": 1}') == 202
        (request,) = receiver.wait_for(1)
        assert (request.event_id, request.body) == ("e-1", b'{"n": 1}')
        print(f"resident memory with two plugins: {service.resident_kib()} KiB")
    assert '"e-1"' in installed.read("/var/log/fanfare/events.ndjson")


def test_an_upgrade_keeps_what_waits_and_what_the_administrator_changed(installed, receiver, tmp_path):
    installed.run("dpkg", "--purge", "fanfare")
    installed.install(previous_of(debs()["fanfare"], str(tmp_path)))
    configure(installed, "http://127.0.0.1:9/nobody")
    changed = installed.read(CONFIG)
    assert 'keep_sent = "6d"' in changed
    with Service(installed) as service:
        assert service.post("e-waits") == 202
    installed.install(debs()["fanfare"])
    assert installed.run("dpkg-query", "-W", "-f=${Version}", "fanfare") == field(debs()["fanfare"], "Version")
    assert installed.read(CONFIG) == changed
    send_to(installed, receiver.url("/hook"))
    with Service(installed):
        (request,) = receiver.wait_for(1)
    assert request.event_id == "e-waits"


def test_configured_twice_it_is_as_configured_once(installed):
    before = installed.files(), installed.read("/etc/passwd")
    installed.run("dpkg-reconfigure", "fanfare")
    installed.run("/var/lib/dpkg/info/fanfare.postinst", "configure", "0.0.1")
    assert (installed.files(), installed.read("/etc/passwd")) == before


def use(root, receiver):
    configure(root, receiver.url("/hook"))
    with Service(root) as service:
        assert service.post("e-1") == 202
        receiver.wait_for(1)
    root.write("/etc/fanfare/secrets/billing", "whsec_secret")


def test_removed_it_leaves_configuration_and_events(installed, receiver):
    use(installed, receiver)
    installed.run("dpkg", "--remove", "fanfare")
    assert not os.path.exists(installed.at("/usr/bin/fanfare"))
    assert "hook" in installed.read("/etc/fanfare/conf.d/hook.toml")
    assert os.listdir(installed.at("/var/lib/fanfare"))


def test_a_purge_leaves_no_file(installed, receiver):
    installed.run("dpkg", "--purge", "fanfare")
    before = installed.files()
    assert not [path for path in before if "fanfare" in path]
    installed.install(debs()["fanfare"])
    use(installed, receiver)
    installed.run("apt-get", "-q", "purge", "-y", "fanfare")
    assert installed.files() == before


def test_a_purge_keeps_the_events_of_who_says_so(installed, receiver):
    use(installed, receiver)
    installed.run("sh", "-c", "echo fanfare fanfare/purge_data boolean false | debconf-set-selections")
    installed.run("apt-get", "-q", "purge", "-y", "fanfare")
    assert os.listdir(installed.at("/var/lib/fanfare"))
    assert not os.path.exists(installed.at("/etc/fanfare"))
    installed.run("rm", "-r", "/var/lib/fanfare", "/var/log/fanfare")


def test_every_plugin_installs_with_what_it_needs_and_the_daemon_runs_with_a_destination_of_each(installed):
    installed.install(*[path for name, path in debs().items() if name.startswith("fanfare-plugin-")])
    plugins = {name.removesuffix(".so") for name in os.listdir(installed.at("/usr/lib/fanfare/plugins"))}
    with open(os.path.join(os.path.dirname(__file__), "every_plugin.toml"), encoding="utf-8") as file:
        text = file.read()
    assert set(re.findall(r'^plugin = "(\w+)"', text, re.MULTILINE)) == plugins
    listen_anywhere(installed)
    installed.write("/etc/fanfare/conf.d/every_plugin.toml", text)
    with Service(installed) as service:
        print(f"resident memory with every plugin, idle: {service.resident_kib()} KiB")
        assert service.post("e-1") == 202
