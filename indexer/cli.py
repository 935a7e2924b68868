"""The ``amends`` command.

Exit status: 0 done · 1 done, but something was wrong with the input or was found wrong · 2 wrong usage ·
3 misconfigured (the message names the setting and what mends it).
"""

import sys

import click

from indexer.commands.ask import brief, check_draft, detect, embed, phrases, search
from indexer.commands.curate import import_file, reindex, samples
from indexer.commands.evaluate import evaluate
from indexer.commands.operate import deliveries, doctor, status
from indexer.commands.run import demo, serve, worker
from indexer.commands.train import train
from knowledge.errors import AmendsError

EXIT_MISCONFIGURED = 3


class Amends(click.Group):
    """Turns our own errors into one clear line and an exit status; anything else is a defect."""

    def invoke(self, context: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(context)
        except AmendsError as error:
            click.echo(f"amends: {error}", err=True)
            sys.exit(EXIT_MISCONFIGURED)
        except BrokenPipeError:
            sys.exit(0)


@click.group(
    cls=Amends,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Exit status: 0 done; 1 something was wrong with the input, or was found wrong; 2 wrong usage; 3 misconfigured.
Settings come from amends.toml (or the file AMENDS_CONFIG names) and the environment; see the README.""",
)
@click.version_option(package_name="amends")
def main() -> None:
    """Answer a complaint in the customer's own language.

    \b
    To look around:        amends demo
    To ask one thing:      amends brief "Paket še vedno ni prišel, čakam tri tedne!"
    To ask a thousand:     amends brief --jsonl < messages.jsonl > briefings.jsonl
    When something is off: amends doctor
    """


for command in (
    serve, worker, demo, import_file, reindex, samples, status, doctor, deliveries, detect, embed, search, brief,
    check_draft, phrases, evaluate, train,
):  # fmt: skip
    main.add_command(command)


if __name__ == "__main__":
    main()
