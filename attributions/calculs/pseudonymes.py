"""Keyed hash of the SNE unique number: HMAC-SHA256, computed by PostgreSQL from the two pads of the key.

PostgreSQL has sha256(bytea) and no hmac() without an extension. HMAC(k, m) = H(outer || H(inner || m)) with
inner = k xor 0x36…, outer = k xor 0x5c… (RFC 2104); the pads reach the server as bound parameters only.
"""

import hashlib
import hmac

BLOC = 64  # bytes of a SHA-256 block
INTERIEUR, EXTERIEUR = 0x36, 0x5C
TEMOIN = "plateforme-cil:temoin-de-cle"


def bourrages(cle: str) -> tuple[bytes, bytes]:
    """Inner and outer pads of the key, 64 bytes each."""
    octets = cle.encode()
    if len(octets) > BLOC:
        octets = hashlib.sha256(octets).digest()
    octets = octets.ljust(BLOC, b"\0")
    return bytes(o ^ INTERIEUR for o in octets), bytes(o ^ EXTERIEUR for o in octets)


def pseudonyme(cle: str, numero: str) -> str:
    """64 hexadecimal digits; what the SQL gives, in Python."""
    return hmac.new(cle.encode(), numero.encode(), hashlib.sha256).hexdigest()


def valeur_temoin(cle: str) -> str:
    """Check value of a key: tells two keys apart without telling either."""
    return pseudonyme(cle, TEMOIN)


def sql_pseudonyme(expression: str, interieur: str, exterieur: str) -> str:
    """SQL of the pseudonym of a text expression; `interieur`, `exterieur`: SQL of the pads (bytea)."""
    return f"encode(sha256({exterieur} || sha256({interieur} || convert_to({expression}, 'UTF8'))), 'hex')"
