"""Native writing into Latin letters the way people type it: rules with the usual variants, drawn at random.

Only for fitting. The tables are ordinary chat spelling: Hinglish, Greeklish, Arabizi, translit, shlyokavitsa.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random

Variants = Mapping[str, tuple[str, ...]]


def _table(text: str) -> dict[str, tuple[str, ...]]:
    """``x:a/b y:c`` as a table; ``0`` is nothing."""
    rows = (row.split(":", 1) for row in text.split())
    return {key: tuple("" if option == "0" else option for option in options.split("/")) for key, options in rows}


_GREEK_PAIRS = _table(
    "ου:ou/u/ou αι:ai/e/ai ει:ei/i/ei οι:oi/i/oi αυ:au/av ευ:eu/ev/ey μπ:mp/b ντ:nt/d γγ:gg/ng γκ:gk/g τσ:ts τζ:tz/j"
)
_GREEK = _table(
    "α:a β:b/v/v γ:g δ:d/d/dh ε:e ζ:z η:i/h/h θ:th/th/8 ι:i κ:k λ:l μ:m ν:n ξ:x/ks/3 ο:o π:p ρ:r σ:s ς:s τ:t υ:u/y/i "
    "φ:f/f/ph χ:x/h/ch ψ:ps ω:o/w/w"
)
_RUSSIAN = _table(
    "а:a б:b в:v г:g д:d е:e/e/e/ye ё:e/yo/jo ж:zh/zh/j з:z и:i й:y/j/i к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f "
    "х:h/kh ц:ts/c ч:ch ш:sh/sh/w щ:sch/shch/sh ъ:0 ы:y/i ь:0/0/' э:e ю:yu/u/ju я:ya/ja/ia"
)
_SERBIAN = _table(
    "а:a б:b в:v г:g д:d ђ:đ/đ/dj е:e ж:ž/ž/z з:z и:i ј:j к:k л:l љ:lj м:m н:n њ:nj о:o п:p р:r с:s т:t ћ:ć/ć/c у:u "
    "ф:f х:h ц:c ч:č/č/c џ:dž/dž/dz ш:š/š/s"
)
_UKRAINIAN = _table(
    "а:a б:b в:v г:h/h/g ґ:g д:d е:e є:ye/ie/je ж:zh/zh/j з:z и:y/y/i і:i ї:yi/i/ji й:y/i/j к:k л:l м:m н:n о:o п:p "
    "р:r с:s т:t у:u ф:f х:kh/h/x ц:ts/c ч:ch ш:sh щ:shch/sch/sh ь:0/0/' ю:yu/iu/ju я:ya/ia/ja ':0"
)
_BULGARIAN = _table(
    "а:a б:b в:v/v/w г:g д:d е:e ж:j/zh/v з:z/z/3 и:i й:i/y/j к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:h ц:c/ts "
    "ч:ch/4 ш:sh/6 щ:sht/6t ъ:a/y/u ь:y/i ю:yu/iu/u я:ya/q/ia"
)
_MACEDONIAN = _table(
    "а:a б:b в:v г:g д:d ѓ:gj/g е:e ж:z/z/zh з:z ѕ:dz/z и:i ј:j к:k л:l љ:lj м:m н:n њ:nj о:o п:p р:r с:s т:t ќ:kj/k "
    "у:u ф:f х:h ц:c ч:c/c/ch џ:dz/dzh ш:s/s/sh"
)
_ARABIC = _table(
    "ا:a/a/e أ:a/2a إ:i/e آ:aa/a ء:2/0 ؤ:2/o ئ:2/e ب:b ت:t ث:th/s ج:j/g ح:7/7/h خ:5/kh/7' د:d ذ:th/z/d ر:r "
    "ز:z س:s ش:sh/sh/ch ص:s/9 ض:d "
    "ط:t/6 ظ:z/th ع:3/3/a غ:gh/3' ف:f ق:q/2/g/k ك:k ل:l م:m ن:n ه:h/h/0 ة:a/eh/e و:w/ou/o ي:y/i/ee/i ى:a گ:g "
    "پ:p چ:ch ژ:zh"
)
_PERSIAN = {**_ARABIC, **_table(
    "ا:a/a/aa ح:h خ:kh/kh/x ع:0/a/e غ:gh ق:gh/q ط:t ص:s ض:z ظ:z ذ:z ث:s ج:j ک:k ی:i/i/y و:o/v/oo/u ه:h/e ء:0 "
    "ئ:0 أ:a ؤ:o"
)}  # fmt: skip
_INDIC_VOWELS = _table("0:a 1:aa/a/a 2:i 3:i/ee/i 4:u 5:oo/u 6:ri 7:e 8:ai/ai/e 9:o A:au/o")
_DEVANAGARI_LETTERS = dict(zip("अआइईउऊऋएऐओऔऑ", "0123456789A9", strict=True))
_DEVANAGARI_SIGNS = dict(zip("ािीुूृेैोौॉ", "123456789A9", strict=True))
_BENGALI_LETTERS = dict(zip("অআইঈউঊঋএঐওঔ", "0123456789A", strict=True))
_BENGALI_SIGNS = dict(zip("ািীুূৃেৈোৌ", "123456789A", strict=True))
_DEVANAGARI = _table(
    "क:k ख:kh ग:g घ:gh ङ:n च:ch छ:chh/ch ज:j झ:jh ञ:n ट:t ठ:th ड:d ढ:dh ण:n त:t थ:th द:d ध:dh न:n प:p "
    "फ:ph/f/f ब:b भ:bh म:m "
    "य:y र:r ल:l व:v/w/v श:sh/sh/s ष:sh स:s ह:h ळ:l क़:q/k ख़:kh ग़:g/gh ज़:z/z/j ड़:d/r ढ़:dh/rh फ़:f"
)
_BENGALI = _table(
    "ক:k খ:kh গ:g ঘ:gh ঙ:ng চ:ch ছ:ch/s জ:j ঝ:jh ঞ:n ট:t ঠ:th ড:d ঢ:dh ণ:n ত:t থ:th দ:d ধ:dh ন:n প:p ফ:ph/f "
    "ব:b ভ:bh/v ম:m য:j র:r "
    "ল:l শ:sh/s ষ:sh/s স:s/sh হ:h ড়:r ঢ়:r য়:y ৎ:t"
)
_HINDI_WORDS = _table(
    "है:hai/hai/h हैं:hain/hai नहीं:nahi/nahin/nhi में:mein/me/mai मैं:main/mai और:aur/or यह:ye/yeh/yah "
    "वह:vo/woh/wo मुझे:mujhe/muje "
    "क्या:kya क्यों:kyun/kyu/kyon मेरा:mera मेरे:mere मेरी:meri हूँ:hoon/hu/hun हूं:hoon/hu को:ko का:ka की:ki "
    "के:ke पर:par/pe से:se "
    "ने:ne तो:to/toh भी:bhi आप:aap/ap बहुत:bahut/bohot/bhot अभी:abhi तक:tak कर:kar/kr करो:karo/kro "
    "रहा:raha/rha रही:rahi/rhi"
)
_BENGALI_WORDS = _table(
    "না:na আমি:ami আমার:amar আপনি:apni এই:ei এবং:ebong কি:ki করে:kore করা:kora নেই:nei জন্য:jonno কোন:kono"
)
_VIRAMA = "्্"
_NASAL = "ंঁঁं"
_SHORT_VOWELS = ("a", "a", "i", "e", "o", "u", "")
_ENGLISH = (
    "order refund delivery product service customer care phone app account payment money back please parcel "
    "tracking cancel "
    "return online website bill manager complaint response email call quality size box number problem "
    "internet item card bank "
    "booking ticket flight update status bro sir madam waiting support team address damaged wrong late "
    "replace exchange"
).split()


def romanise(text: str, tag: str, draw: Random) -> str:
    """The text in Latin letters, with spelling variants drawn once per text and word."""
    words = re.sub(r"[^\w\s\u0900-\u0dff'\u200c]|[\d_]", " ", text.lower()).replace("\u200c", "").split()
    maker = _MAKERS[tag]
    # A person keeps to one spelling of a letter.
    person = Random(draw.random())  # noqa: S311
    habits = {key: person.choice(options) for key, options in _TABLES[tag].items()}
    made = [maker(word, habits, draw) for word in words if not word.isascii()]
    if tag in _MIXES_ENGLISH and draw.random() < 0.5:
        for _ in range(max(1, len(made) // 5)):
            made.insert(draw.randrange(len(made) + 1), draw.choice(_ENGLISH))
    return " ".join(word for word in made if word)


def _letters(word: str, habits: Mapping[str, str], _: Random) -> str:
    return "".join(habits.get(letter, "") for letter in word)


def _greek(word: str, habits: Mapping[str, str], _: Random) -> str:
    plain = word.translate(str.maketrans("άέήίόύώϊϋΐΰ", "αεηιουωιυιυ"))
    for pair in _GREEK_PAIRS:
        plain = plain.replace(pair, habits[pair])
    return "".join(letter if letter.isascii() else habits.get(letter, "") for letter in plain)


def _gujarati(word: str, habits: Mapping[str, str], draw: Random) -> str:
    """Gujarati's letters stand in the same order as those of Hindi, 384 places on."""
    return _indic("".join(chr(ord(c) - 0x180) if 0x0A80 <= ord(c) <= 0x0AFF else c for c in word), habits, draw)


def _abjad(word: str, habits: Mapping[str, str], draw: Random) -> str:
    """Short vowels are not written: any may stand between two consonants."""
    parts: list[str] = []
    if word.startswith("ال") and len(word) > 4:
        parts.append(draw.choice(("el ", "al ", "l", "il ")))
        word = word[2:]
    for letter in word:
        latin = habits.get(letter, "")
        if parts and latin and parts[-1][-1:] not in ("a", "e", "i", "o", "u", " ", "") and latin[0] not in "aeiou":
            parts.append(draw.choice(_SHORT_VOWELS))
        parts.append(latin)
    return "".join(parts)


def _indic(word: str, habits: Mapping[str, str], draw: Random) -> str:
    known = _HINDI_WORDS.get(word) or _BENGALI_WORDS.get(word)
    if known:
        return draw.choice(known)
    is_bengali = "\u0980" <= word[0] <= "\u09ff"
    consonants, letters, signs = (
        (_BENGALI, _BENGALI_LETTERS, _BENGALI_SIGNS)
        if is_bengali
        else (_DEVANAGARI, _DEVANAGARI_LETTERS, _DEVANAGARI_SIGNS)
    )
    inherent = "o" if is_bengali else "a"
    parts: list[str] = []
    place = 0
    while place < len(word):
        pair, letter = word[place : place + 2], word[place]
        taken = pair if pair in consonants else letter
        place += len(taken)
        if taken in consonants:
            following = word[place] if place < len(word) else ""
            is_last = not following
            after = word[place + 1] if place + 1 < len(word) else ""
            mute = following in signs or following in _VIRAMA or is_last or following == "़"
            # Between two syllables with vowels Hindi drops the short one: samajhna, not samajhana.
            mute = mute or (len(parts) > 1 and after in signs and not is_bengali)
            parts += [habits[taken], "" if mute else inherent]
        elif letter in signs:
            parts.append(habits[signs[letter]])
        elif letter in letters:
            parts.append(habits[letters[letter]])
        elif letter in _NASAL:
            parts.append("n")
    made = "".join(parts)
    return re.sub("aa$", "a", made)


_MAKERS: dict[str, Callable[[str, Mapping[str, str], Random], str]] = {
    "el-Latn": _greek, "ru-Latn": _letters, "sr-Latn": _letters, "ar-Latn": _abjad, "fa-Latn": _abjad,
    "hi-Latn": _indic, "bn-Latn": _indic, "mr-Latn": _indic, "gu-Latn": _gujarati, "uk-Latn": _letters,
    "bg-Latn": _letters, "mk-Latn": _letters,
}  # fmt: skip
_TABLES: dict[str, Variants] = {
    "el-Latn": {**_GREEK, **_GREEK_PAIRS}, "ru-Latn": _RUSSIAN, "sr-Latn": _SERBIAN, "ar-Latn": _ARABIC,
    "fa-Latn": _PERSIAN, "hi-Latn": {**_DEVANAGARI, **_INDIC_VOWELS}, "bn-Latn": {**_BENGALI, **_INDIC_VOWELS},
    "mr-Latn": {**_DEVANAGARI, **_INDIC_VOWELS}, "gu-Latn": {**_DEVANAGARI, **_INDIC_VOWELS}, "uk-Latn": _UKRAINIAN,
    "bg-Latn": _BULGARIAN, "mk-Latn": _MACEDONIAN,
}  # fmt: skip
_MIXES_ENGLISH = frozenset({"hi-Latn", "bn-Latn", "ar-Latn", "mr-Latn", "gu-Latn"})

# The native column each is made from; Urdu in Latin letters is spelt like Hindi and told apart by words.
SOURCES: Mapping[str, str] = {
    "hi-Latn": "hi", "el-Latn": "el", "ar-Latn": "ar", "ru-Latn": "ru", "sr-Latn": "sr", "bn-Latn": "bn",
    "fa-Latn": "fa", "mr-Latn": "mr", "gu-Latn": "gu", "uk-Latn": "uk", "bg-Latn": "bg", "mk-Latn": "mk",
}  # fmt: skip
