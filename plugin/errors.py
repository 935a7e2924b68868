"""What can go wrong between us and a helpdesk, on one page. Status codes are decided in webhooks.py."""

from knowledge.errors import AmendsError


class SignatureRejected(AmendsError):
    """A delivery whose signature is missing, malformed, stale or wrong. Never says which secret."""

    code = "signature_rejected"


class MalformedDelivery(AmendsError):
    """A body that is not this platform's; names the JSON path."""

    code = "malformed_delivery"

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


class HelpdeskUnavailable(AmendsError):
    """The helpdesk did not answer, or asked us to come back later; worth another try."""

    code = "helpdesk_unavailable"

    def __init__(self, desk: str, problem: str, retry_after_s: float | None = None) -> None:
        super().__init__(f"The helpdesk {desk} is not available: {problem}")
        self.desk = desk
        self.problem = problem
        self.retry_after_s = retry_after_s


class HelpdeskRefused(AmendsError):
    """The helpdesk said no for good: wrong credentials, unknown ticket, forbidden action."""

    code = "helpdesk_refused"

    def __init__(self, desk: str, action: str, status: int) -> None:
        super().__init__(f"The helpdesk {desk} refused to {action} (HTTP {status}).")
        self.desk = desk
        self.action = action
        self.status = status
