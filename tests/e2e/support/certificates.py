"""An authority of our own and certificates of servers and clients, made with openssl(1)."""
import os
import subprocess

_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def _openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


class Authority:
    def __init__(self, directory, name="authority"):
        self.directory, self.name = directory, name
        self.ca = os.path.join(directory, name + ".pem")
        self.key = os.path.join(directory, name + ".key")
        _openssl("req", "-x509", *_KEY, "-keyout", self.key, "-out", self.ca, "-days", "2", "-subj", "/CN=" + name)

    def issue(self, name, alternatives="DNS:localhost,IP:127.0.0.1", days=2):
        """(certificate, key) as files. alternatives: as in subjectAltName; days: -1 has expired."""
        base = os.path.join(self.directory, f"{self.name}-{name}")
        _openssl("req", *_KEY, "-keyout", base + ".key", "-out", base + ".csr", "-subj", "/CN=" + name)
        with open(base + ".ext", "w", encoding="ascii") as file:
            file.write("subjectAltName=" + alternatives)
        _openssl("x509", "-req", "-in", base + ".csr", "-CA", self.ca, "-CAkey", self.key, "-CAcreateserial",
                 "-days", str(days), "-extfile", base + ".ext", "-out", base + ".pem")
        return base + ".pem", base + ".key"
