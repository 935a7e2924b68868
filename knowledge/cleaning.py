"""What the customer newly wrote: markup, quoted replies and signatures out.

Quoted mail is recognised by its shape, not by phrases, so that it works in every language.
"""

import html
import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

# Longer messages are cut here: nobody complains in more, and every later step stays fast.
TEXT_LIMIT_CHARACTERS = 20_000
# Markup may be far longer than its text.
MARKUP_LIMIT_CHARACTERS = 400_000
# A tree this size is an attack or an accident; its tags are stripped without parsing.
_TAG_LIMIT = 6_000
_TAG = re.compile(r"<[^<>]{0,2000}>")

_UNSHOWN = "script, style, head, title, template, noscript, svg"
_QUOTED_MARKUP = (
    "blockquote, .gmail_quote, .gmail_extra, .yahoo_quoted, .moz-cite-prefix, [type=cite], .protonmail_quote, "
    ".zmail_extra, .tutanota_quote, .freescout-quote"
)
_OUTLOOK_THREAD = "#divRplyFwdMsg, #appendonsend, #mail-editor-reference-message-container"
_BLOCKS = "p, div, br, li, tr, h1, h2, h3, h4, h5, h6, table, ul, ol, hr, pre, section, article"
_LOOKS_LIKE_MARKUP = re.compile(
    r"<(?:p|div|br|span|html|body|table|a|b|i|strong|em|ul|ol|li|font)\b[^<>]{0,300}>", re.I
)

_MAIL_ADDRESS = r"[^\s<>@]{1,64}@[^\s<>@]{1,190}"
_YEAR_OR_ADDRESS = re.compile(rf"(?:\b(?:19|20)\d\d\b|{_MAIL_ADDRESS})")
_ADDRESS = re.compile(_MAIL_ADDRESS)
_DATE = re.compile(r"\d{1,4}\s?[./\-年月]\s?\d{1,2}|\b\d{1,2}[:.]\d{2}\b|\b(?:19|20)\d\d\b")
_SEPARATOR = re.compile(r"^\s*(?:[-=_*]{2,}.{0,80}[^\W\d_].{0,80}[-=_*]{2,}|_{10,}|-{10,}|={10,})\s*$")
_HEADER_LINE = re.compile(r"^\s*\*?[^\W\d_][^:：\n]{0,24}\*?\s?[:：]\s*\S")
_SIGNATURE_MARK = re.compile(r"^(?:-- ?|—|––)$")
_SENT_FROM = re.compile(
    r"^(?:sent from|sendt fra|skickat från|gesendet von|von meinem|envoyé de|enviado desde|enviado do|inviato da|"
    r"verzonden vanaf|wysłane z|odesláno z|poslano z|отправлено с|надіслано з|lähetetty|発信元|iphoneから送信|"
    r"من الـ|أرسلت من|gönderildi|dikirim dari|đã gửi từ|get outlook for)\b.{0,60}$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Text that remains, and what was taken out, by name."""

    text: str
    dropped: tuple[str, ...]


def clean(text: str, is_html: bool = False) -> Cleaned:
    """Reduce a message to what its author newly wrote. Linear in the text's length."""
    dropped: list[str] = []
    text = text.encode("utf-8", "replace").decode("utf-8")
    if is_html or _LOOKS_LIKE_MARKUP.search(text[:5_000]):
        if len(text) > MARKUP_LIMIT_CHARACTERS:
            dropped.append("end of a very long message")
        text, had_quote = _text_of_markup(text[:MARKUP_LIMIT_CHARACTERS])
        if had_quote:
            dropped.append("quoted reply")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if len(text) > TEXT_LIMIT_CHARACTERS:
        text = text[:TEXT_LIMIT_CHARACTERS]
        dropped.append("end of a very long message")
    newest = _without_quotes(text)
    if len(newest) < len(text.rstrip()):
        dropped.append("quoted reply")
    unsigned = _without_signature(newest)
    if len(unsigned) < len(newest.rstrip()):
        dropped.append("signature")
    return Cleaned(_tidy(unsigned), tuple(dict.fromkeys(dropped)))


def _text_of_markup(markup: str) -> tuple[str, bool]:
    if markup.count("<") > _TAG_LIMIT:
        return html.unescape(_TAG.sub(" ", markup)), False
    tree = LexborHTMLParser(markup)
    for node in tree.css(_UNSHOWN):
        node.decompose()
    quoted = tree.css(_QUOTED_MARKUP)
    body_text = tree.body.text() if tree.body else ""
    for thread in tree.css(_OUTLOOK_THREAD):
        _drop_what_follows(thread)
        quoted.append(thread)
    for node in quoted:
        node.decompose()
    for node in tree.css(_BLOCKS):
        node.insert_before("\n")
        if node.tag in ("p", "table", "ul", "ol") or (node.tag or "").startswith("h"):
            node.insert_after("\n")
    text = tree.body.text() if tree.body else ""
    if not text.strip() and body_text.strip():
        # Everything was quoted: a forward, or a mail program that quotes its own text. Keep it all.
        return body_text, False
    return text, bool(quoted)


def _drop_what_follows(node: object) -> None:
    sibling = node.next  # type: ignore[attr-defined]
    while sibling is not None:
        following = sibling.next
        sibling.decompose()
        sibling = following


def _without_quotes(text: str) -> str:
    lines = text.split("\n")
    start = _thread_start(lines)
    head = [line for line in lines[:start] if not line.lstrip().startswith((">", "＞"))]
    if _has_letters(head):
        return "\n".join(head)
    # Nothing above the thread: the answer stands below the quoted lines, or all is quoted.
    below = [line for line in lines if not line.lstrip().startswith((">", "＞"))]
    kept = [line for line in below if not (_announces_quote(line) and _ADDRESS.search(line))]
    return "\n".join(kept) if _has_letters(kept) else text


def _thread_start(lines: list[str]) -> int:
    for index, line in enumerate(lines):
        if _is_announcement(lines, index) or (_SEPARATOR.match(line) and _looks_quoted(lines, index)):
            return index
        if _is_wrapped_announcement(lines, index) or _is_header_block(lines, index):
            return index
    return len(lines)


def _is_announcement(lines: list[str], index: int) -> bool:
    """A line that announces a quote, where one may follow: people end sentences with a date and a colon, too."""
    line = lines[index]
    if not _announces_quote(line):
        return False
    following = next((text for text in lines[index + 1 :] if text.strip()), "")
    stands_alone = index > 0 and not lines[index - 1].strip()
    return bool(_ADDRESS.search(line)) or stands_alone or following.lstrip().startswith(">")


def _announces_quote(line: str) -> bool:
    """``On 3 May 2026, Ana <ana@example.org> wrote:`` in any language."""
    stripped = line.strip()
    return (
        10 < len(stripped) < 240
        and stripped.endswith((":", "："))
        and bool(_DATE.search(stripped))
        and bool(_YEAR_OR_ADDRESS.search(stripped))
    )


def _is_wrapped_announcement(lines: list[str], index: int) -> bool:
    """Mail programs wrap a long announcement over two lines."""
    first, second = lines[index].strip(), lines[index + 1] if index + 1 < len(lines) else ""
    if not _DATE.search(first) or len(first) > 200 or first.endswith((".", "!", "?")):
        return False
    return _announces_quote(f"{first} {second}")


def _looks_quoted(lines: list[str], index: int) -> bool:
    if index == 0:
        return False
    following = [line for line in lines[index + 1 : index + 6] if line.strip()]
    has_words = bool(re.search(r"[^\W\d_]", lines[index]))
    return has_words or any(_HEADER_LINE.match(line) for line in following[:2])


def _is_header_block(lines: list[str], index: int) -> bool:
    block = lines[index : index + 5]
    count = 0
    for line in block:
        if not _HEADER_LINE.match(line):
            break
        count += 1
    return count >= 3 and any(re.search(_MAIL_ADDRESS, line) or _DATE.search(line) for line in block[:count])


def _without_signature(text: str) -> str:
    lines = text.rstrip().split("\n")
    for index, line in enumerate(lines):
        if _SIGNATURE_MARK.match(line.strip()) and index > 0 and len(lines) - index <= 15:
            return "\n".join(lines[:index])
    while len(lines) > 1 and _SENT_FROM.match(lines[-1].strip()):
        lines.pop()
    return "\n".join(lines)


def _has_letters(lines: list[str]) -> bool:
    return any(character.isalpha() for line in lines for character in line)


def _tidy(text: str) -> str:
    lines = [re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
