"""What happens to a text on its way: capitals, lost diacritics, slips, codes, markup, a thread below; by rule."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from indexer.detection.corpus import without_diacritics

_NOISE_BEFORE = ("Order #AB-48213: ", "iPhone 15 Pro Max 😡 ", "[Ticket 99-120] ", "SKU KX-2200/B ")
_NOISE_AFTER = (
    " https://shop.example/t/81?x=2",
    " 🙏🙏",
    "\n\n-- \nJ. Smith\nSmith Ltd, +44 20 7946 0958",
    "\n\nSent from my iPhone",
    " (ref. 20261122-7)",
)
_MARKUP = (
    "<div style='color:red'><p>{}</p><br>&nbsp;</div>", "<html><head><style>p "
    "{{margin:0}}</style></head><body>{}</body></html>",
    "<table><tr><td><span class=\"x\">{}</span></td></tr></table>", "<p>{}</p><img src='cid:logo.png' "
    "alt='Company logo'>",
)  # fmt: skip
_THREADS = (
    "\n\nOn Mon, 3 May 2026 at 10:02, Help <help@shop.example> wrote:\n> Dear customer, thank you for your "
    "message.\n> We will look into it and come back to you shortly.",
    "\n\nAm 03.05.2026 um 10:02 schrieb Help <help@shop.example>:\n\nDear customer, thank you for your "
    "message. We will look into it.",
    "\n\n-----Original Message-----\nFrom: Help <help@shop.example>\nSent: Monday, May 3, 2026 10:02\nTo: "
    "Customer\n\nDear customer, thank you for your message.",
    "\n\nman. 3. mai 2026 kl. 10:02 skrev Help\n<help@shop.example>:\n\nDear customer, thank you for your "
    "message, we are looking into it.",
    "\n\n________________________________\nFrom: Help <help@shop.example>\nSent: Monday, 3 May 2026\nTo: "
    "me\n\nThank you for contacting us about your recent order.",
    "\n\n3 мая 2026 г., 10:02, Help <help@shop.example> написал:\n> Dear customer, thank you for your message.",
    "\n\nDear customer, thank you for your message. We will look into it and come back to you shortly.",
    "\nDear customer, thank you for your message. We will look into it and come back to you shortly.",
)  # fmt: skip


def stressed(text: str, draw: Random) -> Iterator[tuple[str, str]]:
    """The text and what may happen to it, each with the case's name."""
    yield "base of the following", text
    if text.upper() != text:
        yield "all capitals", text.upper()
    if without_diacritics(text) != text and min(text.lower()) < "\u0250" and _is_latin(text):
        yield "no diacritics", without_diacritics(text)
    if len(text) > 8:
        at = draw.randrange(2, len(text) - 2)
        yield "mistyped", text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    yield "names, codes, signature", draw.choice(_NOISE_BEFORE) + text + draw.choice(_NOISE_AFTER)
    yield "markup", draw.choice(_MARKUP).format(text)
    yield "English thread below", text + draw.choice(_THREADS)


def _is_latin(text: str) -> bool:
    return all(ord(character) < 0x2000 and not 0x370 <= ord(character) < 0x1E00 for character in text)
