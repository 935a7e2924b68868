"""Asking: one text on the command line, or many as JSON Lines on standard input."""

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click
import msgspec

from indexer.commands.session import opened
from knowledge.errors import InvalidInput
from knowledge.queries import (
    ANSWERS,
    BriefQuery,
    DetectQuery,
    DraftQuery,
    EmbedQuery,
    FilterQuery,
    PhrasesQuery,
    RequesterQuery,
    SearchQuery,
)  # fmt: skip

if TYPE_CHECKING:
    from knowledge.assembly import Knowledge

_LINE_LIMIT_BYTES = 8_000_000

JSONL_HELP = "Read one JSON object a line from standard input and write one a line, in order."
JSON_HELP = "Print JSON."


def asking(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options all asking commands share."""
    command = click.option("--json", "as_json", is_flag=True, help=JSON_HELP)(command)
    return click.option("--jsonl", "as_lines", is_flag=True, help=JSONL_HELP)(command)


@click.command()
@click.argument("text", required=False)
@click.option("--locale", help="What the helpdesk says the requester's language is; it tips close calls.")
@asking
def detect(text: str | None, locale: str | None, as_lines: bool, as_json: bool) -> None:
    """Tell which language TEXT is in.

    \b
    JSON Lines: {"text", "locale"?} -> {"language", "probability", "group"?}; "und" is undetermined.
    """
    _run("detect", as_lines, as_json, text, lambda given: DetectQuery(given, locale), _show_language)


@click.command()
@click.argument("text", required=False)
@asking
def embed(text: str | None, as_lines: bool, as_json: bool) -> None:
    """Print the embedding of TEXT (L2-normalised).

    \b
    JSON Lines: {"text"} -> {"embedding": [...]}
    """
    _run("embed", as_lines, as_json, text, EmbedQuery, _show_embedding)


@click.command()
@click.argument("text", required=False)
@click.option("--language", help="Only complaints in this language.")
@click.option("--outcome", type=click.Choice(["held", "reopened", "unknown"]), help="Only with this outcome.")
@click.option("--limit", default=5, show_default=True, help="How many matches at most.")
@asking
def search(
    text: str | None, language: str | None, outcome: str | None, limit: int, as_lines: bool, as_json: bool
) -> None:
    """Find past complaints like TEXT and what settled them.

    \b
    JSON Lines: {"text", "filters"?: {"language", "outcome", "issue"}, "limit"?} -> {"matches": [...]}
    """
    filters = FilterQuery(language, outcome)
    _run("search", as_lines, as_json, text, lambda given: SearchQuery(given, filters, limit), _show_matches)


@click.command()
@click.argument("text", required=False)
@click.option("--subject", help="The message's subject.")
@click.option("--name", help="The requester's name: it is masked in what is searched for.")
@click.option("--locale", help="The requester's language, as the helpdesk has it.")
@click.option("--agent-locale", help="The language you read.")
@asking
def brief(
    text: str | None,
    subject: str | None,
    name: str | None,
    locale: str | None,
    agent_locale: str | None,
    as_lines: bool,
    as_json: bool,
) -> None:
    """Brief the agent about a customer's message TEXT.

    \b
    JSON Lines: {"id"?, "subject"?, "text", "requester"?: {"name","email","locale"}, "agent_locale"?}
    -> {"language", "complaint", "emotion", "mindset", "remedy", "urgency", "routing", "matches", "phrases", ...}
    """
    asked = RequesterQuery(name, None, locale)
    _run(
        "brief",
        as_lines,
        as_json,
        text,
        lambda given: BriefQuery(given, None, subject, asked, agent_locale),
        _show_briefing,
    )


@click.command("check-draft")
@click.argument("text", required=False)
@click.option("--language", help="The draft's language; told from the text otherwise.")
@click.option("--agent-locale", default="en", show_default=True, help="The language you read.")
@asking
def check_draft(text: str | None, language: str | None, agent_locale: str, as_lines: bool, as_json: bool) -> None:
    """Check an answer TEXT for what one must never say to a customer.

    \b
    JSON Lines: {"text", "language"?} -> {"findings": [{"kind","start","end","better"}]}
    """
    _run(
        "check-draft", as_lines, as_json, text, lambda given: DraftQuery(given, language, agent_locale), _show_findings
    )


@click.command()
@click.argument("locale", required=False)
@click.option("--purpose", help="Only for this purpose, for example apology.")
@click.option("--register", type=click.Choice(["formal", "informal", "neutral"]), help="Only in this register.")
@click.option("--agent-locale", default="en", show_default=True, help="The language of the meanings.")
@asking
def phrases(
    locale: str | None, purpose: str | None, register: str | None, agent_locale: str, as_lines: bool, as_json: bool
) -> None:
    """List the ready sentences in LOCALE with their meanings.

    \b
    JSON Lines: {"locale", "purpose"?, "register"?, "agent_locale"?} -> {"phrases": [...]}
    """
    _run(
        "phrases",
        as_lines,
        as_json,
        locale,
        lambda given: PhrasesQuery(given, purpose, register, agent_locale),
        _show_phrases,
    )


def _run(
    name: str,
    as_lines: bool,
    as_json: bool,
    given: str | None,
    query: Callable[[str], Any],
    show: Callable[[dict[str, Any], str], None],
) -> None:
    with opened() as knowledge:
        if as_lines:
            sys.exit(_answer_lines(name, knowledge))
        text = given if given is not None else _standard_input()
        answer = ANSWERS[name][1](knowledge, query(text))
        if as_json:
            click.echo(msgspec.json.encode(answer).decode())
        else:
            show(answer, text)


def _answer_lines(name: str, knowledge: "Knowledge") -> int:
    """Answer every line, wrong ones with an error object in their place; 1 if any was wrong."""
    kind, answer = ANSWERS[name]
    decoder, encoder = msgspec.json.Decoder(kind), msgspec.json.Encoder()
    failed = False
    output = sys.stdout.buffer
    for number, line in enumerate(_lines(), 1):
        try:
            result = answer(knowledge, decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            failed = True
            result = _wrong(number, "invalid_input", str(error))
        except InvalidInput as error:
            failed = True
            result = _wrong(number, error.code, str(error), error.place)
        output.write(encoder.encode(result) + b"\n")
        output.flush()
    return 1 if failed else 0


def _lines() -> Iterator[bytes]:
    for line in sys.stdin.buffer:
        if line.strip():
            yield line if len(line) <= _LINE_LIMIT_BYTES else b'"line too long"'


def _wrong(number: int, code: str, problem: str, place: str | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"line": number, "code": code, "problem": problem}
    return {"error": error | ({"place": place} if place else {})}


def _standard_input() -> str:
    if sys.stdin.isatty():
        raise click.UsageError("Give a TEXT, or pipe one in, or use --jsonl.")
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _show_language(answer: dict[str, Any], _: str) -> None:
    click.echo(f"{answer['language']}  {answer['probability']:.0%}")
    if group := answer.get("group"):
        click.echo(f"readers of any of these can help: {', '.join(group)}")


def _show_embedding(answer: dict[str, Any], _: str) -> None:
    click.echo(" ".join(f"{value:.6f}" for value in answer["embedding"]))


def _show_matches(answer: dict[str, Any], _: str) -> None:
    if not answer["matches"]:
        click.echo("No past complaint is similar enough.")
    for match in answer["matches"]:
        click.secho(f"{match['score']:.2f}  {match['language']}  {match['id']}", bold=True)
        click.echo(f"  {match['resolution_en'] or match['resolution']}")
        click.echo(f"  {match['why']}")


def _show_briefing(answer: dict[str, Any], _: str) -> None:
    language, complaint = answer["language"], answer["complaint"]
    click.secho(f"{language['tag']} ({language['probability']:.0%})", bold=True)
    if complaint["is_complaint"]:
        click.echo(f"{answer['emotion']}, wants {answer['remedy']}, urgency {answer['urgency']['level']}")
    for line in (*answer["urgency"]["reasons"], answer["routing"]["reason"], *answer["remarks"]):
        click.echo(f"- {line}")
    if answer["matches"]:
        click.secho("\nWhat solved complaints like this", bold=True)
        _show_matches(answer, "")
    click.secho(f"\nReady sentences in {answer['reply_locale']}", bold=True)
    _show_phrases(answer, "")


def _show_findings(answer: dict[str, Any], text: str) -> None:
    if not answer["findings"]:
        click.echo(answer.get("detail", "Nothing to mend."))
    for finding in answer["findings"]:
        click.secho(f"{finding['kind']}: {text[finding['start'] : finding['end']]}", bold=True)
        click.echo(f"  better: {finding['better']}")


def _show_phrases(answer: dict[str, Any], _: str) -> None:
    for phrase in answer["phrases"]:
        click.echo(f"{phrase['purpose']:16} {phrase['text']}")
        if phrase["gloss"] != phrase["text"]:
            click.secho(f"{'':16} {phrase['gloss']}", dim=True)
