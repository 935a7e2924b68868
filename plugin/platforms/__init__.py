"""The helpdesks we know: a table of names. Each is one module; ``base.py`` says what it must do."""

from collections.abc import Callable, Mapping

import httpx

from knowledge.errors import Misconfigured
from plugin.platforms.base import Adapter, Desk
from plugin.platforms.chatwoot import ChatwootAdapter
from plugin.platforms.django_helpdesk import DjangoHelpdeskAdapter
from plugin.platforms.generic import GenericAdapter
from plugin.platforms.zendesk import ZendeskAdapter

PLATFORMS: Mapping[str, Callable[[Desk, httpx.BaseTransport | None], Adapter]] = {
    "chatwoot": ChatwootAdapter,
    "django_helpdesk": DjangoHelpdeskAdapter,
    "generic": GenericAdapter,
    "zendesk": ZendeskAdapter,
}


def make_adapter(desk: Desk, transport: httpx.BaseTransport | None = None) -> Adapter:
    """The adapter for a desk. Raises Misconfigured for an unknown platform or unusable settings.

    Ask the adapter's own ``desk`` what it can do: an adapter may complete what was configured.
    """
    adapter = PLATFORMS.get(desk.platform)
    if adapter is None:
        known = ", ".join(sorted(PLATFORMS))
        raise Misconfigured(f"desks.{desk.name}.platform", f"{desk.platform!r} is not known.", f"Use one of: {known}.")
    return adapter(desk, transport)
