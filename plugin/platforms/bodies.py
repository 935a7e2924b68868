"""Decoding a webhook's body into a declared shape, or saying which JSON path is not as declared."""

import re
from typing import Annotated, TypeVar

import msgspec

from plugin.errors import MalformedDelivery

Shape = TypeVar("Shape")

# Identifiers end in keys and columns: bounded, and free of the control characters PostgreSQL refuses.
Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
# Identifiers that go into an API's path.
DigitsId = Annotated[str, msgspec.Meta(min_length=1, max_length=20, pattern=r"^[0-9]+\Z")]
NumberId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]

# msgspec (0.22) ends its messages like this, and leaves it out for the top level.
_PLACE = " - at `"
_MISSING = re.compile(r"missing required field `(?P<name>\w+)`")


def decode(body: bytes, shape: type[Shape]) -> Shape:
    """Decode JSON into ``shape``. Raises MalformedDelivery naming the JSON path, or the byte."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise MalformedDelivery(*_place_and_problem(str(error))) from None
    except msgspec.DecodeError as error:
        raise MalformedDelivery("$", f"The body is not JSON: {error}.") from None
    except UnicodeDecodeError as error:
        raise MalformedDelivery("$", f"The body is not UTF-8 (byte {error.start}).") from None
    except RecursionError:
        raise MalformedDelivery("$", "The body is nested too deeply.") from None


def _place_and_problem(message: str) -> tuple[str, str]:
    problem, _, place = message.rpartition(_PLACE) if _PLACE in message else (message, "", "$")
    path = place.rstrip("`")
    if missing := _MISSING.search(problem):
        return f"{path}.{missing['name']}", "This field is missing."
    return path, f"{problem}."
