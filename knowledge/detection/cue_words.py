"""Languages of ours typed in Latin letters that the letters were not fitted to: told by their commonest words.

Without this a message in Tamil or Kannada looks Estonian or Finnish, and one in Punjabi or Nepali looks Hindi.
"""

from collections.abc import Mapping

from knowledge.model import LanguageGuess, Remark

_WORDS: Mapping[str, frozenset[str]] = {
    tag: frozenset(words.split())
    for tag, words in {
        "pa-Latn": "tuhade tuhada tuhadi tuhanu tusi tusin kolon vich vicho leya reha rehi dinda dindi dinde mainu "
        "kithe udeek chahida chahidi ditta ditti kitti haigi nahio sanu sannu ton vadh hunda hundi sakde "
        "kyun",
        "ne-Latn": "tapai tapaiko tapaile tapailai mero hamro malai chaina chhaina bhayo bhayena garnu garnus gareko "
        "garidinu kineko aaucha aayena huncha hunchha hijo kasaile firta kahile bhaisakyo pathaunu diyena "
        "lai bata pani",
        "ta-Latn": "unga enga naan enakku ungal illa thirumba varala aachu innum pannunga pannala panna venum eppo "
        "yaarum sollala kodunga panam romba seekiram vandhu irukku irundhu vaanginen oru nethu enna ille",
        "te-Latn": "nenu naaku naa mee meeru ledu kaadu dabbulu evaru enduku eppudu ayindi cheyandi kavali vachindi "
        "raaledu inka ivvandi undi tirigi ninna nunchi rojulu oka chala",
        "kn-Latn": "nanna nimma nanage neevu illa beku yaaru yaake yavaga aaytu maadi kodi bandilla innu hana "
        "dayavittu ondu dina thagonde tumba ninne inda",
        "ml-Latn": "ente enikku ningalude ningal njan illa aayi kittiyilla kitti venam enthu eppol vannilla thirichu "
        "cheythu aarum ithuvare oru ninnu innale vaangi muthal",
    }.items()
}
_ALL = frozenset[str]().union(*_WORDS.values())
# Different words of one language, and the probability that a guess by them is given.
_FEWEST, _SURELY = 2, 3
_PROBABLE, _SURE = 0.8, 0.9

CUED_LABELS = tuple(_WORDS)


def told_by_words(words: str) -> LanguageGuess | None:
    """A guess when two words and more of one such language stand in a text without letters beyond ASCII."""
    if not words.isascii():
        return None
    found = _ALL.intersection(words.lower().replace(",", " ").replace(".", " ").split())
    if len(found) < _FEWEST:
        return None
    counts = sorted(((len(found & cues), tag) for tag, cues in _WORDS.items()), reverse=True)
    (most, tag), (second, _) = counts[:2]
    if most < _FEWEST or most == second:
        return None
    probability = _SURE if most >= _SURELY else _PROBABLE
    reason = Remark("It is written in Latin letters, not in the language's own script.")
    return LanguageGuess(tag, probability, (), ((tag, probability),), (reason,))
