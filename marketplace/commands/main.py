"""What can the operator tell the marketplace to do?

One table, from the word to the module that answers it. A module is loaded only when its word is used, so that
`marketplace --help` answers at once and `up` does not wait for rooms that it does not enter.
"""

import errno
from importlib import import_module
from typing import NamedTuple

import click

from marketplace.commands.stopping import stopped_by_signals
from marketplace.foundation.processes import CannotStart


class Entry(NamedTuple):
    """Where a command lives, as `module:name`, and the line that lists it."""

    place: str
    summary: str


COMMANDS = {
    "up": Entry("up:up", "Start everything: database, queue, portal, workers, schedule."),
    "migrate": Entry("migrate:migrate", "Bring the database to this version."),
    "operator": Entry("operator:operator", "Make the first account of a marketplace of your own."),
    "demo": Entry("demo:demo", "Fill the database with the demo market, or with real data."),
    "import": Entry(
        "imports:imports", "Bring in a catalogue, categories, or the history from an old system."
    ),
    "doctor": Entry("doctor:doctor", "Check every invariant of the live database."),
    "web": Entry("web:web", "Serve the portal only."),
    "worker": Entry("worker:worker", "Do the jobs of the queue only."),
    "schedule": Entry("schedule:schedule", "Start the periodic jobs only."),
    "sandbox": Entry("sandbox:sandbox", "Play Stripe, on this machine only."),
    "export": Entry("archive:export", "Save the database and the files in one archive."),
    "restore": Entry("archive:restore", "Bring such an archive back into an empty database."),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The words, in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command behind a word, loaded now."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, name = entry.place.split(":")
        command = getattr(import_module(f"marketplace.commands.{module}"), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of words, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(word, entry.summary) for word, entry in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command; what cannot start is said in one sentence, with exit code 1. A full disk can
        happen anywhere, so it is caught here.
        """
        try:
            with stopped_by_signals():
                return super().invoke(ctx)
        except CannotStart as problem:
            raise click.ClickException(str(problem)) from problem
        except OSError as problem:
            if problem.errno != errno.ENOSPC:
                raise
            raise click.ClickException(
                f"The disk is full: {problem}. Nothing was lost; free some room."
            ) from problem


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="marketplace")
def cli() -> None:
    """The operator's command line of the marketplace.

    Settings are environment variables: DATA_DIR, DATABASE_URL, REDIS_URL, HOST, PORT, … (README,
    "Configure").
    """
