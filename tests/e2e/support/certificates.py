"""Certificate authorities and certificates for tests, made on the spot (EC P-256)."""
import datetime
import ipaddress
import os
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = datetime.timedelta(days=1)
_BEGIN = -30 * _DAY


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Authority:
    """Writes <directory>/<name>.pem, and certificates with their keys beside it."""

    def __init__(self, directory, name="authority"):
        self.directory = str(directory)
        self.name = name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = self._sign(_name(name), self._key.public_key(), x509.BasicConstraints(ca=True, path_length=None))
        self.file = self._write(f"{name}.pem", self._certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, file, *names, begin=_BEGIN, end=_DAY, password=None):
        """Paths of certificate and key, for these DNS names and addresses, by default those of this machine; begin and end from now on."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = x509.SubjectAlternativeName([_alternative(name) for name in names or ("localhost", "127.0.0.1")])
        certificate = self._sign(_name(file), key.public_key(), alternatives, begin, end)
        encryption = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
        return (self._write(f"{file}.pem", certificate.public_bytes(serialization.Encoding.PEM)),
                self._write(f"{file}.key", pem))

    def server_context(self, *names, client_authority=None, **validity):
        """For a server of these names; with client_authority it asks for a certificate of that one."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(f"server-{len(os.listdir(self.directory))}", *names, **validity))
        if client_authority:
            context.load_verify_locations(client_authority.file)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _sign(self, subject, public_key, extension, begin=_BEGIN, end=_DAY):
        now = datetime.datetime.utcnow()
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(_name(self.name)).public_key(public_key)
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now + begin).not_valid_after(now + end)
        return builder.add_extension(extension, critical=False).sign(self._key, hashes.SHA256())

    def _write(self, file, pem):
        path = os.path.join(self.directory, file)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(pem)
        return path
