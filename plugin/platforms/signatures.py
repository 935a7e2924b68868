"""What adapters share for checking who sent a delivery: HMACs over the raw bytes, and its age.

Whatever is missing, malformed, stale or wrong ends as SignatureRejected, never as another error.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from plugin.errors import SignatureRejected
from plugin.platforms.base import Delivery

TOLERANCE_S = 300

_UNIX_SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)


def header(delivery: Delivery, name: str) -> str:
    """A header that must be there; ``name`` is lower-case."""
    value = delivery.headers.get(name, "").strip()
    if not value:
        raise SignatureRejected(f"The header {name} is missing.")
    return value


def check_hmac_sha256(given: bytes, signed: bytes, secrets: Sequence[str]) -> None:
    """Accept a signature made with any of the secrets, each taken as literal text.

    Every secret is tried, so that the time taken tells nothing about which one fits.
    """
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).digest() for secret in secrets]
    check_signature([given], expected)


def check_signature(given: Sequence[bytes], expected: Sequence[bytes]) -> None:
    """Accept when any given signature is any of the expected ones."""
    if not any(hmac.compare_digest(one, other) for one in given for other in expected):
        raise SignatureRejected("The signature does not fit the body.")


def check_age(sent: datetime, now: datetime) -> None:
    """Accept what was sent within the tolerance, in seconds, of ``now``: earlier or later."""
    if abs(now - sent) > timedelta(seconds=TOLERANCE_S):
        raise SignatureRejected("The timestamp is too old or lies in the future.")


def from_unix_seconds(text: str) -> datetime:
    """Read ``1768031790``."""
    if not _UNIX_SECONDS.fullmatch(text):
        raise SignatureRejected("The timestamp is not a number of seconds.")
    return datetime.fromtimestamp(int(text), UTC)


def from_iso(text: str) -> datetime:
    """Read ``2026-01-08T10:12:08Z``."""
    try:
        sent = datetime.fromisoformat(text) if text.isascii() else None
    except ValueError:
        sent = None
    if sent is None or sent.tzinfo is None:
        raise SignatureRejected("The timestamp is not a moment in ISO 8601.")
    return sent


def from_hex(text: str) -> bytes:
    """The bytes of a hexadecimal signature."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise SignatureRejected("The signature is not hexadecimal.") from None


def from_base64(text: str) -> bytes:
    """The bytes of a base64 signature."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SignatureRejected("The signature is not base64.") from None
