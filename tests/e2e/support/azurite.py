"""Azurite, Microsoft's emulator of Azure Storage: its queue service, and Microsoft's own client of it."""
import shutil
import tempfile

from azure.storage.queue import QueueServiceClient

from .npm_server import NpmServer

ACCOUNT = "devstoreaccount1"
# Published by Microsoft for every emulator.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class Azurite:
    def __enter__(self):
        self.place = tempfile.mkdtemp(prefix="fanfare-azurite.")
        # --skipApiVersionCheck: the client of the test may speak a version that the emulator does not know.
        self.server = NpmServer("azurite-queue", ["--queuePort", "{port}", "-l", self.place, "--silent", "--skipApiVersionCheck"])
        self.server.__enter__()
        self.endpoint = f"{self.server.url}/{ACCOUNT}"
        self.connection_string = f"AccountName={ACCOUNT};AccountKey={KEY};QueueEndpoint={self.endpoint};"
        self.service = QueueServiceClient.from_connection_string(self.connection_string)
        return self

    def __exit__(self, *_):
        self.server.__exit__()
        shutil.rmtree(self.place, ignore_errors=True)
