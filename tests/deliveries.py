"""Deliveries for tests: stored bodies, desks, and signatures made here with nothing of the product's own."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from plugin.platforms.base import Delivery, Desk

PAYLOADS = Path(__file__).parent / "payloads"
NOW = datetime(2026, 3, 2, 8, 31, 12, tzinfo=UTC)

ZENDESK_SECRET = "kZ7mPq0vT3yXl2cN8rW5sA=="  # looks like base64, and is used as it is
CHATWOOT_SECRET = "tindahan-hook-secret"
GENERIC_SECRET = "whsec_Q29tcGxhaW50c0FyZUdpZnRzLTI0Ynl0ZXM="

DESKS = {
    "django_helpdesk": Desk(
        "lager", "django_helpdesk", "http://127.0.0.1:9", "url-token", (), "plugin", "plugin-token", "23"
    ),
    "zendesk": Desk(
        "lager", "zendesk", "http://127.0.0.1:9", None, (ZENDESK_SECRET,), "amends@lager.example", "zd-token",
        "4400000023",
    ),
    "chatwoot": Desk(
        "lager", "chatwoot", "http://127.0.0.1:9", None, (CHATWOOT_SECRET,), None, "cw-token", "12",
        options={"account_id": "6"},
    ),
    "generic": Desk("lager", "generic", "http://127.0.0.1:9", None, (GENERIC_SECRET,)),
}  # fmt: skip


def raw(platform: str, name: str) -> bytes:
    """A stored body, byte for byte."""
    return (PAYLOADS / platform / name).read_bytes()


def body(platform: str, name: str) -> Any:
    """A stored body, parsed."""
    return json.loads(raw(platform, f"{name}.json"))


def delivery(content: Any, hint: str = "", **headers: str) -> Delivery:
    """A delivery of bytes, or of anything as JSON; header names are given with underscores."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Delivery(content if isinstance(content, bytes) else json.dumps(content).encode(), names, NOW, hint)


def stored(platform: str, name: str) -> Delivery:
    """A stored body as it would come in, signed and with the hint it needs."""
    hint = {"new": "new", "fol": "followup"}.get(name[:3], "") if platform == "django_helpdesk" else ""
    return signed(platform, raw(platform, f"{name}.json"), hint)


def signed(platform: str, content: bytes, hint: str = "") -> Delivery:
    """A delivery signed as the platform does it."""
    headers = {"zendesk": zendesk_headers, "chatwoot": chatwoot_headers, "generic": generic_headers}
    return delivery(content, hint, **headers[platform](content)) if platform in headers else delivery(content, hint)


def hmac_sha256(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).digest()


def zendesk_headers(
    content: bytes, timestamp: str = "2026-03-02T08:31:12Z", secret: str = ZENDESK_SECRET
) -> dict[str, str]:
    digest = hmac_sha256(secret.encode(), timestamp.encode() + content)
    return {
        "x_zendesk_webhook_signature": base64.b64encode(digest).decode(),
        "x_zendesk_webhook_signature_timestamp": timestamp,
    }


def chatwoot_headers(
    content: bytes, timestamp: str = str(int(NOW.timestamp())), secret: str = CHATWOOT_SECRET
) -> dict[str, str]:
    digest = hmac_sha256(secret.encode(), timestamp.encode() + b"." + content)
    return {
        "x_chatwoot_delivery": "31d6cf1c-6a0f-4a27-9f3f-22f9b1d9f001",
        "x_chatwoot_timestamp": timestamp,
        "x_chatwoot_signature": f"sha256={digest.hex()}",
    }


def generic_headers(
    content: bytes,
    timestamp: str = str(int(NOW.timestamp())),
    secret: str = GENERIC_SECRET,
    message_id: str = "msg_01hq7c2v",
) -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac_sha256(key, f"{message_id}.{timestamp}.".encode() + content)
    return {
        "webhook_id": message_id,
        "webhook_timestamp": timestamp,
        "webhook_signature": f"v1,{base64.b64encode(digest).decode()}",
    }
