"""Azurite, Microsoft's emulator of Azure Storage: its queue service, in a process of its own."""
import shutil
import socket
import subprocess
import tempfile

from azure.storage.queue import QueueServiceClient

from . import node
from .daemon import die_with_the_test
from .wait import until

ACCOUNT = "devstoreaccount1"
# Published by Microsoft for every emulator.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Azurite:
    def __enter__(self):
        self.place = tempfile.mkdtemp(prefix="fanfare-azurite.")
        self.port = _free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}/{ACCOUNT}"
        self.connection_string = f"AccountName={ACCOUNT};AccountKey={KEY};QueueEndpoint={self.endpoint};"
        # --skipApiVersionCheck: the client of the test may speak a version that the emulator does not know.
        self.process = subprocess.Popen(
            [node.program("azurite-queue"), "--queuePort", str(self.port), "-l", self.place, "--silent",
             "--skipApiVersionCheck"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_the_test)
        until(self._answers, 60, "an answer of azurite-queue")
        self.service = QueueServiceClient.from_connection_string(self.connection_string)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=60)
        shutil.rmtree(self.place, ignore_errors=True)

    def _answers(self):
        assert self.process.poll() is None, f"azurite-queue ended with {self.process.returncode}"
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
            return True
        except OSError:
            return False
