"""Certificate authorities and server certificates, made on the spot; and a daemon that trusts one of them."""
import datetime
import ipaddress
import os
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_HOUR = datetime.timedelta(hours=1)


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """directory: where it puts its files."""

    def __init__(self, directory, name):
        self.directory = directory
        self.name = name
        self.key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.utcnow()
        self.certificate = (
            x509.CertificateBuilder().subject_name(_name(name)).issuer_name(_name(name)).public_key(self.key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - _HOUR).not_valid_after(now + 24 * _HOUR)
            .add_extension(x509.BasicConstraints(True, None), True).sign(self.key, hashes.SHA256()))
        self.file = self._write(name + ".pem", self.certificate)

    def _write(self, file_name, certificate, key=None):
        path = os.path.join(self.directory, file_name)
        with open(path, "wb") as file:
            file.write(certificate.public_bytes(serialization.Encoding.PEM))
            if key:
                file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                             serialization.NoEncryption()))
        return path

    def server_certificate(self, address="127.0.0.1", ends_in=24 * _HOUR):
        """The path of a file with certificate and key for an address. ends_in: negative, if it has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.utcnow()
        certificate = (
            x509.CertificateBuilder().subject_name(_name("server")).issuer_name(_name(self.name)).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - 48 * _HOUR).not_valid_after(now + ends_in)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False)
            .sign(self.key, hashes.SHA256()))
        return self._write(f"{self.name}-{certificate.serial_number}.pem", certificate, key)

    def trusting(self):
        """A wrapper for Daemon.start: the daemon finds this authority, and no other, where the system has its own. For no
        other process: it has its own view of the file system (unshare(1))."""
        place = os.path.join(self.directory, "trusted")
        os.makedirs(place, exist_ok=True)
        digest = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in", self.file], capture_output=True, text=True,
                                check=True).stdout.strip()
        for name in (digest + ".0", "ca-certificates.crt"):
            with open(self.file, "rb") as source, open(os.path.join(place, name), "wb") as target:
                target.write(source.read())
        mount = 'mount --bind "$1" /etc/ssl/certs && shift && exec "$@"'
        return ["unshare", "-m" if os.geteuid() == 0 else "-rm", "sh", "-c", mount, "sh", place]
