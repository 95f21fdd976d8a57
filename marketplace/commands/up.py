"""How does the whole marketplace run on one machine?

PostgreSQL and Redis (unless others are given), Stripe's sandbox (unless there is a key), the portal, the
workers and the schedule run as children of this process, which starts again what ends, and stops everything
in the opposite order. The launcher itself enters no room: it stays small, and nothing that happens in a room
can end it.
"""

import json
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import click

from marketplace.commands.filling import fill, is_empty
from marketplace.commands.preflight import locked_folder, prepared_folder, require_free_port, require_room
from marketplace.commands.programs import end_leftovers, own_program, start_portal, stop_together
from marketplace.commands.progress import step
from marketplace.commands.supervisor import Supervisor
from marketplace.commands.surroundings import read_settings, settle, surroundings
from marketplace.demo.sign_ins import SIGN_INS, table_of_sign_ins
from marketplace.foundation.processes import RunningProgram
from marketplace.foundation.settings import current_settings


@click.command()
@click.option("--demo", is_flag=True, help="Fill a new embedded database with the demo market.")
def up(demo: bool) -> None:
    """Start everything: database, queue, portal, workers, schedule.

    Ctrl-C stops everything and keeps the data.
    """
    try:
        with ExitStack() as stack:
            _run_until_stopped(demo, stack)
    except KeyboardInterrupt:
        click.echo("Everything is stopped; the data is kept.")


def _run_until_stopped(demo: bool, stack: ExitStack) -> None:
    try:
        _run(demo, stack)
    except KeyboardInterrupt:
        click.echo("Stopping …")
        raise


def _run(demo: bool, stack: ExitStack) -> None:
    started_at = monotonic()
    folder = _entered_folder(stack)
    with step("Starting the database and the queue"):
        here = stack.enter_context(surroundings(may_join=False, needs_stripe=True))
    is_demo = current_settings().is_demo or (demo and here.is_embedded)
    settle(IS_DEMO=str(is_demo), DEMO_SIGN_INS=json.dumps(_offered_sign_ins() if is_demo else []))
    fill(here, wants_demo=is_demo)
    with step("Starting the portal"):
        portal = start_portal(folder, stack)
    workers = _start_workers(folder, stack)
    _greet(folder, is_demo, monotonic() - started_at)
    supervisor = Supervisor(lambda line: click.echo(line, err=True))
    for running in (*(server.running for server in here.servers), portal, *workers):
        supervisor.look_after(running)
    supervisor.watch()


def _entered_folder(stack: ExitStack) -> Path:
    """DATA_DIR, ours alone and free of what an earlier start may have left; and the port is free too."""
    settings = read_settings()
    folder = prepared_folder(settings.data_dir)
    stack.callback(locked_folder(folder).release)
    require_room(folder)
    for name in end_leftovers(folder):
        click.echo(f"Ended the {name} that an earlier start left behind.")
    require_free_port(settings.host, settings.port)
    return folder


def _start_workers(folder: Path, stack: ExitStack) -> list[RunningProgram]:
    names = [f"worker-{number + 1}" for number in range(current_settings().workers)]
    programs = [
        *(own_program(name, "worker", folder) for name in names),
        own_program("schedule", "schedule", folder),
    ]
    started = [RunningProgram(program) for program in programs]
    stack.callback(stop_together, started)
    return started


def _offered_sign_ins() -> list[tuple[str, str, str, str]]:
    return [(each.role, each.organisation, each.email, each.password) for each in SIGN_INS]


def _greet(folder: Path, is_demo: bool, seconds: float) -> None:
    click.echo(f"\nThe marketplace answers at {current_settings().address} (ready in {seconds:.1f} s).\n")
    if is_demo:
        click.echo(table_of_sign_ins())
    elif is_empty():
        click.echo("Nobody can sign in yet: `marketplace operator` makes the first account.")
    if (folder / "postgres").is_symlink():
        place = (folder / "postgres").resolve()
        click.echo(f"The database is in {place}: its account may not enter {folder}.")
    click.echo(f"Data and logs are in {folder}. Ctrl-C stops everything and keeps the data.")
