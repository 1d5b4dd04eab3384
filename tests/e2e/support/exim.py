"""A real mail server: Exim on loopback, with TLS, logins, and a maildir that is read with Python's own modules."""
import contextlib
import ctypes
import email
import email.policy
import mailbox
import os
import pwd
import shutil
import signal
import smtplib
import subprocess
import tempfile

from .ports import free_port
from .wait import until

TEMPLATE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "exim.conf.in")
USER = "Debian-exim"
PASSWORD = "pa:ss word"  # of the user "user"
_PR_SET_PDEATHSIG = 1


def die_with_the_test():
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Exim:
    """The names `refused` are answered 550, the names `later` 451; everyone else gets their mail into one maildir."""

    def __init__(self, certificate):
        """certificate: (certificate file, key file)"""
        assert os.access("/usr/sbin/exim4", os.X_OK), "no Exim: packaging/install-dependencies test"
        assert os.geteuid() == 0, "Exim takes a configuration of root only: run this test as root"
        self.directory = tempfile.mkdtemp(prefix="fanfare-exim.")
        self.port, self.tls_port = free_port(), free_port()
        self.refused, self.later = "refused", "later"
        for name, source in zip(("cert.pem", "key.pem"), certificate):
            shutil.copyfile(source, os.path.join(self.directory, name))
        os.mkdir(os.path.join(self.directory, "spool"))
        account = pwd.getpwnam(USER)
        for root, directories, files in os.walk(self.directory):
            for name in [root, *(os.path.join(root, each) for each in directories + files)]:
                os.chown(name, account.pw_uid, account.pw_gid)
        self.process = None
        self._sessions = []

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process:
            self.kill9()
        if not os.environ.get("FANFARE_KEEP"):
            shutil.rmtree(self.directory, ignore_errors=True)

    def _command(self, *words):
        return ["runuser", "-u", USER, "--", "/usr/sbin/exim4", "-C", self._write_config(), *words]

    def _write_config(self):
        with open(TEMPLATE, encoding="ascii") as file:
            text = file.read()
        for name, value in (("PORT", self.port), ("TLSPORT", self.tls_port), ("TMP", self.directory), ("REFUSED", self.refused),
                            ("LATER", self.later)):
            text = text.replace(f"@{name}@", str(value))
        path = os.path.join(self.directory, "exim.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, 0o644)
        return path

    def start(self):
        with open(os.path.join(self.directory, "output"), "ab") as output:
            self.process = subprocess.Popen(self._command("-bdf"), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                            start_new_session=True, preexec_fn=die_with_the_test)
        self._sessions.append(self.process.pid)
        until(self._is_up, 30, "Exim's greeting")
        return self

    def _is_up(self):
        assert self.process.poll() is None, self.log()
        try:
            smtplib.SMTP("127.0.0.1", self.port, timeout=10).quit()
            return True
        except OSError:
            return False

    def _signal_all(self, number):
        """To Exim and all that it has forked: its session."""
        for leader in self._sessions:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(leader, number)

    def kill9(self):
        self._signal_all(signal.SIGKILL)
        self.process.wait(timeout=30)
        self._sessions.clear()

    def stop(self):
        """Ends the daemon alone. A process of it that has taken a mail and is told to end may drop that mail, having
        answered 250; left alone, it serves its connection to the end."""
        with open(os.path.join(self.directory, "pid"), encoding="ascii") as file:
            os.kill(int(file.read()), signal.SIGTERM)
        self.process.wait(timeout=30)

    def restart(self, **names):
        """With other names refused or deferred."""
        self.stop()
        self.__dict__.update(names)
        return self.start()

    def freeze(self):
        self._signal_all(signal.SIGSTOP)

    def thaw(self):
        self._signal_all(signal.SIGCONT)

    def log(self):
        text = ""
        for name in ("output", "log-main", "log-panic", "log-reject"):
            path = os.path.join(self.directory, name)
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    text += f"--- {name}\n" + file.read()[-4000:]
        return text

    def run_queue(self):
        """Delivers what was accepted before a kill."""
        subprocess.run(self._command("-qff"), check=True, timeout=300)

    def mails(self):
        """All mails in the maildir, as email.message.EmailMessage. Envelope-To says whose copy it is."""
        path = os.path.join(self.directory, "mail")
        # Exim makes the maildir with the first mail, one directory after the other.
        if not all(os.path.isdir(os.path.join(path, name)) for name in ("new", "cur")):
            return []
        parse = lambda file: email.message_from_binary_file(file, policy=email.policy.default)  # noqa: E731
        return list(mailbox.Maildir(path, factory=parse, create=False))

    def wait_for(self, count, seconds=60):
        def what():
            return f"{count} mails, not {len(self.mails())}; the log of Exim:\n{self.log()}\nThis"

        until(lambda: len(self.mails()) >= count, seconds, what)
        return self.mails()
