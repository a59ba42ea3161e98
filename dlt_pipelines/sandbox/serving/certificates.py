"""Certificates for the sandbox's mutual TLS: a CA, a server and a client, on loopback.

They prove nothing to anyone else: the CA is made on the machine that runs the sandbox
and its key is thrown away as soon as both certificates are signed.
"""

import os
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FILES = ("ca.pem", "server.pem", "server.key", "client.pem", "client.key")
VALID_FOR = timedelta(days=730)  # as long as a certificate ADP issues
RENEW_BEFORE = timedelta(days=30)
NAMES = (x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1")))


def make_certificates(folder: Path) -> None:
    """Put ``FILES`` into ``folder``, PEM-encoded, keys readable by the owner alone.

    Files that belong together and are valid for another month are kept.
    """
    if _usable(folder):
        return
    folder.mkdir(parents=True, exist_ok=True)
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = _authority(ca_key)
    _write(folder / "ca.pem", ca.public_bytes(serialization.Encoding.PEM))
    usages = {
        "server": ExtendedKeyUsageOID.SERVER_AUTH,
        "client": ExtendedKeyUsageOID.CLIENT_AUTH,
    }
    for name, usage in usages.items():
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _leaf(f"Tieout sandbox {name}", key, usage, ca, ca_key)
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        _write(folder / f"{name}.key", _key_pem(key), mode=0o600)
        _write(folder / f"{name}.pem", pem)


def _usable(folder: Path) -> bool:
    if not all((folder / name).is_file() for name in FILES):
        return False
    soon = datetime.now(UTC) + RENEW_BEFORE
    try:
        ca = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
        return all(_pair_holds(folder, name, ca, soon) for name in ("server", "client"))
    except (ValueError, TypeError, InvalidSignature):
        return False


def _pair_holds(folder: Path, name: str, ca: x509.Certificate, at: datetime) -> bool:
    """Whether a certificate is the CA's, outlives ``at`` and fits its key."""
    pem = (folder / f"{name}.pem").read_bytes()
    certificate = x509.load_pem_x509_certificate(pem)
    certificate.verify_directly_issued_by(ca)
    key_pem = (folder / f"{name}.key").read_bytes()
    key = serialization.load_pem_private_key(key_pem, password=None)
    fits = key.public_key() == certificate.public_key()
    return fits and certificate.not_valid_after_utc > at


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _unsigned(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = _name("Tieout sandbox CA")
    return (
        _unsigned(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def _leaf(
    common_name: str,
    key: ec.EllipticCurvePrivateKey,
    usage: x509.ObjectIdentifier,
    ca: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    return (
        _unsigned(_name(common_name), ca.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(x509.SubjectAlternativeName(NAMES), critical=False)
        .add_extension(issuer, critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace ``path`` at once, so that no reader meets half a file."""
    part = path.with_suffix(path.suffix + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(
        os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb"
    ) as f:
        f.write(content)
    part.replace(path)
