"""The internal note: a briefing in a form each helpdesk takes, short enough to read at a glance."""

from collections.abc import Sequence
from gettext import NullTranslations

from markupsafe import Markup, escape

from knowledge.locales import language_name
from knowledge.model import Briefing, Phrase
from knowledge.translation import render, translations
from plugin.labels import label
from plugin.platforms.base import Note

# The sentences an agent needs first; the sidebar shows them all.
_NOTED_KEYS = ("apology.", "empathy.", "thanks.telling", "reassurance.care", "remedy_question.open", "closing.remains")


def mark_of(briefing_id: str) -> str:
    """What identifies our note of one briefing in the helpdesk."""
    return f"Amends {briefing_id[:12]}"


def write_note(briefing: Briefing) -> Note:
    """The note for a briefing, in its agent's language."""
    words = translations(briefing.agent_locale)
    sections = [_facts(briefing, words), _matches(briefing, words), _phrases(briefing, words)]
    mark = mark_of(briefing.id)
    return Note(
        mark=mark,
        title=words.gettext("Briefing by Amends"),
        markdown="\n\n".join([*(_markdown(title, lines) for title, lines in sections if lines), f"_{mark}_"]),
        html=str(Markup("").join([*(_html(title, lines) for title, lines in sections if lines), _small(mark)])),
        plain="\n\n".join([*(_plain(title, lines) for title, lines in sections if lines), mark]),
    )


def _facts(briefing: Briefing, words: NullTranslations) -> tuple[str, list[str]]:
    locale = briefing.agent_locale
    assessment = briefing.assessment
    lines = []
    if briefing.language.is_known:
        name = language_name(briefing.language.tag, locale)
        lines.append(
            words.gettext("Language: {name} ({percent} %)").format(
                name=name, percent=round(100 * briefing.language.probability)
            )
        )
    lines.append(words.gettext("Who answers: {reason}").format(reason=render(briefing.routing.reason, locale)))
    if assessment.is_complaint:
        lines.append(
            words.gettext("Feeling: {emotion}. Asks for: {remedy}. Urgency: {urgency}.").format(
                emotion=label(assessment.emotion, words),
                remedy=label(assessment.remedy, words),
                urgency=label(assessment.urgency.level, words),
            )
        )
    lines += [render(remark, locale) for remark in (*assessment.urgency.reasons, *briefing.remarks)]
    return words.gettext("Briefing by Amends"), lines


def _matches(briefing: Briefing, words: NullTranslations) -> tuple[str, list[str]]:
    lines = []
    for match in briefing.matches:
        solved = match.solved
        name = language_name(solved.language, briefing.agent_locale)
        why = " ".join(render(remark, briefing.agent_locale) for remark in match.why)
        lines.append(f"{name}: {solved.resolution_en or solved.resolution} ({why})")
    return words.gettext("What solved complaints like this"), lines


def _phrases(briefing: Briefing, words: NullTranslations) -> tuple[str, list[str]]:
    chosen: Sequence[Phrase] = [p for p in briefing.phrases if p.key.startswith(_NOTED_KEYS)]
    lines = [f"{phrase.text} — {phrase.gloss}" if phrase.gloss != phrase.text else phrase.text for phrase in chosen]
    return words.gettext("Ready sentences"), lines


def _markdown(title: str, lines: list[str]) -> str:
    return "\n".join([f"**{title}**", *(f"- {line}" for line in lines)])


def _plain(title: str, lines: list[str]) -> str:
    return "\n".join([title, *(f"- {line}" for line in lines)])


def _html(title: str, lines: list[str]) -> Markup:
    items = Markup("").join(Markup('<li dir="auto">{}</li>').format(line) for line in lines)
    return Markup("<p><b>{}</b></p><ul>{}</ul>").format(title, items)


def _small(mark: str) -> Markup:
    return Markup("<p><small>{}</small></p>").format(escape(mark))
