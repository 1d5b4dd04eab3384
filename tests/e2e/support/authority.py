"""A certificate authority of the test's own, and the server certificates that it signs."""
import datetime
import ipaddress
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, 0o644)
    return path


class Authority:
    """Its certificate stands in `path`."""

    def __init__(self, directory, name="authority"):
        self.directory = str(directory)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = _name(name)
        certificate = self._signed(self._subject, self._key.public_key(), 1,
                                   [(x509.BasicConstraints(ca=True, path_length=None), True)])
        self.path = _write(os.path.join(self.directory, name + ".pem"),
                           certificate.public_bytes(serialization.Encoding.PEM))

    def server(self, name, hosts=("localhost", "127.0.0.1"), days=1):
        """(certificate file, key file) for these names and addresses. days below 0: it ended so many days ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
                 for host in hosts]
        certificate = self._signed(_name(name), key.public_key(), days, [(x509.SubjectAlternativeName(names), False)])
        base = os.path.join(self.directory, name)
        _write(base + ".pem", certificate.public_bytes(serialization.Encoding.PEM))
        _write(base + ".key", key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                serialization.NoEncryption()))
        return base + ".pem", base + ".key"

    def _signed(self, subject, public_key, days, extensions):
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(self._subject).public_key(public_key)
                   .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=30))
                   .not_valid_after(now + datetime.timedelta(days=days)))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self._key, hashes.SHA256())
