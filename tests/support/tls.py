"""Certificates for servers on loopback, made when they are needed."""

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True)
class Certificate:
    """Files: the certificate with its key, and what has to be trusted so that it is."""

    path: Path
    authority: Path

    def served(self) -> ssl.SSLContext:
        """Return what a server needs to show it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path)
        return context


def make_certificate(folder: Path, *, host: str = "127.0.0.1", days_left: int = 1, vouched: bool = True) -> Certificate:
    """Make a certificate for an address, valid for ten days until this many days from now; `vouched` by another one."""
    x509 = pytest.importorskip("cryptography.x509", reason="makes the certificate; comes with the keyring on Linux")
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - not everywhere there
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - not everywhere there

    now = dt.datetime.now(dt.UTC)
    folder.mkdir(parents=True, exist_ok=True)

    def uses(authority: bool) -> dict[str, bool]:
        return {"digital_signature": True, "key_cert_sign": authority, "crl_sign": authority}

    def named(name: str) -> Any:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])

    def signed(name: str, key: Any, issuer: str, issuer_key: Any, days: int, *, authority: bool) -> Any:
        builder = (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + dt.timedelta(days=days - 10))
            .not_valid_after(now + dt.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
            .add_extension(x509.KeyUsage(**dict.fromkeys(USES, False) | uses(authority)), critical=True)
        )
        if name != "authority":
            address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
            builder = builder.add_extension(address, critical=False)
        return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    key, authority_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    if vouched:
        authority = signed("authority", authority_key, "authority", authority_key, 5, authority=True)
        made = signed("loopback", key, "authority", authority_key, days_left, authority=False)
    else:
        authority = made = signed("loopback", key, "loopback", key, days_left, authority=True)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(pem + made)
    (folder / "authority.pem").write_bytes(authority)
    return Certificate(folder / "server.pem", folder / "authority.pem")
