"""A helpdesk's API over HTTP, with every failure told as worth a retry or not."""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TypeVar

import httpx
import msgspec

from knowledge.errors import Misconfigured
from knowledge.model import TicketReference
from plugin.errors import HelpdeskRefused, HelpdeskUnavailable
from plugin.platforms.base import Desk

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 15.0
# For one answer in all: a server that drips bytes must not outlast a worker's lease on its delivery.
ANSWER_TIMEOUT_S = 30.0
ANSWER_LIMIT_BYTES = 8_000_000
# A helpdesk that asks for more would be left alone for good.
LONGEST_RETRY_AFTER_S = 86_400.0

# Besides 5xx. 409 is Zendesk's "somebody else is saving this ticket": its documentation says to try again.
_WORTH_A_RETRY = frozenset({408, 409, 425, 429})

_DIGITS = re.compile(r"[0-9]{1,20}")

Shape = TypeVar("Shape")


class HelpdeskApi:
    """One desk's API. Safe to share between threads.

    ``base_url`` of the desk may end in a path; paths given here are relative to it. Redirects are not
    followed: they would carry the credentials elsewhere, and turn a POST into a GET. Bodies are never
    logged, nor quoted in errors. Every method raises HelpdeskUnavailable or HelpdeskRefused; ``action``
    completes "refused to …". ``transport`` is for tests.
    """

    def __init__(
        self,
        desk: Desk,
        auth: httpx.Auth | None = None,
        headers: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._desk = desk.name
        self._base_url = _checked_base_url(desk)
        self._auth = auth
        # Answers come uncompressed, so that the limit on their size holds.
        self._headers = {"accept": "application/json", "accept-encoding": "identity"} | dict(headers or {})
        self._transport = transport

    @cached_property
    def _client(self) -> httpx.Client:
        # Made when first needed: it takes long to load certificates, and must not be shared across a fork.
        return httpx.Client(
            auth=self._auth,
            headers=self._headers,
            timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            follow_redirects=False,
            transport=self._transport,
        )

    def get(self, action: str, path: str, shape: type[Shape], params: Mapping[str, str] | None = None) -> Shape:
        """Fetch JSON of a declared shape."""
        answer = self._exchange(action, self._request("GET", path, params=params))
        try:
            return msgspec.json.decode(answer, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            problem = str(error) if isinstance(error, msgspec.ValidationError) else "not JSON"
            raise HelpdeskUnavailable(self._desk, f"it answered something unexpected ({problem})") from None

    def send(self, action: str, method: str, path: str, body: Mapping[str, object]) -> None:
        """Send JSON; the answer's body is of no interest."""
        self._exchange(action, self._request(method, path, json=dict(body)))

    def send_bytes(self, action: str, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        """POST a body that was signed as it is."""
        self._exchange(action, self._request("POST", path, content=body, headers=dict(headers)))

    def numeric_id(self, action: str, ticket: TicketReference) -> str:
        """A ticket's id for a path or a body. What is not a number names no ticket here: as good as a 404."""
        if not _DIGITS.fullmatch(ticket.ticket_id):
            raise HelpdeskRefused(self._desk, action, 404)
        return ticket.ticket_id

    def _request(self, method: str, path: str, **content: object) -> httpx.Request:
        if self._base_url is None:
            raise Misconfigured(f"desks.{self._desk}.base_url", "is not set.", "Give the helpdesk's address.")
        url = f"{self._base_url}/{path}" if path else self._base_url
        return self._client.build_request(method, url, **content)  # type: ignore[arg-type]

    def _exchange(self, action: str, request: httpx.Request) -> bytes:
        try:
            response = self._client.send(request, stream=True)
            try:
                answer = self._read(response)
            finally:
                response.close()
        except httpx.TimeoutException:
            raise HelpdeskUnavailable(self._desk, "it did not answer in time") from None
        except httpx.RequestError as error:
            raise HelpdeskUnavailable(self._desk, f"it cannot be reached ({type(error).__name__})") from None
        self._check_status(action, response)
        return answer

    def _read(self, response: httpx.Response) -> bytes:
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        answer = bytearray()
        for chunk in response.iter_bytes():
            answer += chunk
            if len(answer) > ANSWER_LIMIT_BYTES:
                raise HelpdeskUnavailable(self._desk, "its answer is too long")
            if time.monotonic() > deadline:
                raise HelpdeskUnavailable(self._desk, "it did not finish its answer in time")
        return bytes(answer)

    def _check_status(self, action: str, response: httpx.Response) -> None:
        status = response.status_code
        if status >= 500 or status in _WORTH_A_RETRY:
            wait_s = retry_after_s(response.headers.get("retry-after"), datetime.now(UTC))
            raise HelpdeskUnavailable(self._desk, f"it answered with HTTP {status}", wait_s)
        if not response.is_success:
            raise HelpdeskRefused(self._desk, action, status)


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, which holds seconds or a date; None when it says nothing."""
    text = (header or "").strip()
    if _DIGITS.fullmatch(text):
        return min(float(text), LONGEST_RETRY_AFTER_S)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    wait_s = (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()
    return min(max(wait_s, 0.0), LONGEST_RETRY_AFTER_S)


def as_number(agent_id: str) -> int | str:
    """A number where it is one, as JSON APIs want ids; anything else is left for the helpdesk to refuse."""
    return int(agent_id) if _DIGITS.fullmatch(agent_id) else agent_id


def _checked_base_url(desk: Desk) -> str | None:
    if desk.base_url is None:
        return None
    try:
        url = httpx.URL(desk.base_url)
        is_usable = url.scheme in ("http", "https") and bool(url.host) and not url.query and not url.fragment
    except httpx.InvalidURL:
        is_usable = False
    if not is_usable:
        raise Misconfigured(
            f"desks.{desk.name}.base_url", "is no web address.", "Write one like https://desk.example.org"
        )
    return desk.base_url.rstrip("/")
