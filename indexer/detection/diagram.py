"""A reliability diagram as a PNG, drawn with the standard library alone."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

_SIZE, _MARGIN = 520, 60
_WHITE, _INK, _GREY, _BAR = (255, 255, 255), (40, 40, 40), (170, 170, 170), (46, 110, 160)
# Three by five pixels a sign, rows as bits.
_FONT = {
    "0": "75557", "1": "26227", "2": "71747", "3": "71717", "4": "55711", "5": "74717", "6": "74757", "7": "71111",
    "8": "75757", "9": "75717", ".": "00002", "%": "51245", " ": "00000", "a": "03557", "c": "03443", "d": "11757",
    "e": "07647", "f": "32722", "g": "07571", "h": "44755", "i": "20222", "n": "06555", "o": "07557", "r": "06444",
    "s": "03636", "t": "27223", "u": "05557", "x": "05225", "y": "05571", "l": "22223", "b": "44757", "p": "07574",
    "E": "74647", "C": "74447", "v": "05552", "m": "05755",
}  # fmt: skip

Colour = tuple[int, int, int]


class _Canvas:
    def __init__(self, size: int) -> None:
        self.size = size
        self.rows = [bytearray(bytes(_WHITE) * size) for _ in range(size)]

    def box(self, left: int, top: int, right: int, bottom: int, colour: Colour) -> None:
        for y in range(max(0, top), min(self.size, bottom)):
            self.rows[y][3 * left : 3 * right] = bytes(colour) * (right - left)

    def write(self, text: str, left: int, top: int, scale: int = 2) -> None:
        for place, sign in enumerate(text):
            for y, bits in enumerate(_FONT.get(sign, "00000")):
                for x in range(3):
                    if int(bits) >> (2 - x) & 1:
                        at = left + (place * 4 + x) * scale
                        self.box(at, top + y * scale, at + scale, top + (y + 1) * scale, _INK)

    def png(self) -> bytes:
        raw = b"".join(b"\0" + bytes(row) for row in self.rows)
        header = struct.pack(">IIBBBBB", self.size, self.size, 8, 2, 0, 0, 0)
        parts = ((b"IHDR", header), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def draw_reliability(bins: Sequence[tuple[float, float, int]], error: float, path: Path) -> None:
    """Bars of how often answers were right, by the confidence they came with; the diagonal is honesty."""
    canvas = _Canvas(_SIZE)
    inner = _SIZE - 2 * _MARGIN
    width = max(4, inner // 18)
    for confidence, right, _ in bins:
        left = _MARGIN + round(confidence * inner) - width // 2
        canvas.box(max(_MARGIN, left), _SIZE - _MARGIN - round(right * inner), left + width, _SIZE - _MARGIN, _BAR)
    for step in range(inner):
        canvas.box(_MARGIN + step, _SIZE - _MARGIN - step - 1, _MARGIN + step + 2, _SIZE - _MARGIN - step + 1, _GREY)
    canvas.box(_MARGIN, _MARGIN, _MARGIN + 2, _SIZE - _MARGIN, _INK)
    canvas.box(_MARGIN, _SIZE - _MARGIN, _SIZE - _MARGIN, _SIZE - _MARGIN + 2, _INK)
    for tenth in range(0, 11, 2):
        at = round(tenth / 10 * inner)
        canvas.write(f"{tenth / 10:.1f}", _MARGIN + at - 10, _SIZE - _MARGIN + 10)
        canvas.write(f"{tenth / 10:.1f}", _MARGIN - 36, _SIZE - _MARGIN - at - 5)
    canvas.write("confidence", _SIZE // 2 - 40, _SIZE - 24)
    canvas.write("right", 8, _MARGIN - 24)
    canvas.write(f"E C E {100 * error:.2f} %", _MARGIN + 20, _MARGIN, 3)
    path.write_bytes(canvas.png())


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
