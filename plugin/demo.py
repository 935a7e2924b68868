"""The demo: embedded defaults, sample agents, and a signed sample complaint on demand."""

import secrets
import tomllib
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import httpx
import msgspec
from standardwebhooks.webhooks import Webhook

from knowledge.configuration import DEFAULT_FILE, Configuration, knowledge_settings, read_configuration
from knowledge.errors import InvalidInput, Misconfigured
from knowledge.locales import parse_tag, serve
from plugin.auth import agent_key_of, sign_in_ticket
from plugin.settings import plugin_settings

DESK = "demo"
_TIMEOUT_S = 10.0

_SETTINGS = """\
# Made by `amends demo`. Copy it to amends.toml beside your data to make it yours; see the README.
data = "."
agents_file = "agents.toml"
agent_locale = "en"

[[desks]]
name = "demo"
platform = "generic"
webhook_secret_file = "demo.secret"
"""


def run_demo(data: Path, say: Callable[[str], None]) -> None:
    """Prepare what is missing, tell what to open, and serve until stopped."""
    from plugin.server import serve

    configuration = demo_configuration(data)
    settings = plugin_settings(configuration)
    key = agent_key_of(knowledge_settings(configuration).data, settings.server.agent_key)
    address = f"http://{settings.server.host}:{settings.server.port}"
    say("Amends is starting. Stop it with Ctrl-C.\n")
    say(f"  Open      {address}/sign-in?ticket={sign_in_ticket(key)}")
    say("  Try       .venv/bin/amends demo --deliver sl      a Slovenian complaint arrives, signed")
    say('            .venv/bin/amends brief "Paket ni prišel, čakam že tri tedne!"')
    say("  Settings  " + str(configuration.folder / DEFAULT_FILE))
    serve(configuration)


def demo_configuration(data: Path) -> Configuration:
    """The working directory's settings if it has any, else the demo's own, made on the first start."""
    here = read_configuration()
    if here.tables or here.environment.get("AMENDS_CONFIG"):
        return here
    data.mkdir(parents=True, exist_ok=True)
    _write_new(data / DEFAULT_FILE, _SETTINGS)
    _write_new(data / "agents.toml", files("plugin").joinpath("sample_agents.toml").read_text(encoding="utf-8"))
    secret = data / "demo.secret"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(f"whsec_{b64encode(secrets.token_bytes(24)).decode()}\n", encoding="utf-8")
    return read_configuration({**here.environment, "AMENDS_CONFIG": str(data / DEFAULT_FILE)})


def deliver_sample(data: Path, language: str) -> str:
    """Send one sample complaint to the running demo, signed as a helpdesk would; says what came back."""
    settings = plugin_settings(demo_configuration(data))
    desk = next((desk for desk in settings.desks if desk.platform == "generic" and desk.webhook_secrets), None)
    if desk is None:
        raise Misconfigured("desks", "there is no generic desk with a secret.", "Run amends demo without amends.toml.")
    tag = parse_tag(language)
    samples = tomllib.loads(files("plugin").joinpath("sample_deliveries.toml").read_text(encoding="utf-8"))
    text = samples.get(serve(tag, frozenset(samples)) or "")
    if text is None:
        raise InvalidInput("--deliver", f"there is no sample in {language!r}; there are: {', '.join(samples)}")
    now = datetime.now(UTC)
    ticket = f"{now:%H%M%S}"
    body = msgspec.json.encode(
        {
            "type": "ticket.opened",
            "ticket": {"id": ticket},
            "message": {"id": f"{ticket}-1", "text": text},
            "requester": {"email": "customer@example.org"},
        }
    ).decode()
    delivery = f"msg_{secrets.token_hex(8)}"
    signature = Webhook(desk.webhook_secrets[0]).sign(delivery, now, body)
    headers = {
        "webhook-id": delivery,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
        "content-type": "application/json",
    }
    address = f"http://{settings.server.host}:{settings.server.port}"
    try:
        answer = httpx.post(f"{address}/hooks/{desk.name}", content=body, headers=headers, timeout=_TIMEOUT_S)
    except httpx.HTTPError:
        return f"Nothing answers at {address}: start it with make run, or amends demo."
    return f"{answer.status_code} {answer.json()['status']}. See {address}/sidebar/{desk.name}/{ticket}"


def _write_new(path: Path, content: str) -> None:
    if not path.exists():
        path.write_text(content, encoding="utf-8")
