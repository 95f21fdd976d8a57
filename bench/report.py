"""What came out? One table: how often a second, how long it takes, in how many statements, and how that compares."""

from collections.abc import Sequence

from bench.clients import Runner
from bench.contests import Contest

HEAD = ("", "per second", "ms (p50)", "ms (p95)", "statements", ": Flask", ": SQL")
LEFT, RIGHT = 36, 12
WAITING = ("One buyer, ms (p95)", "the portal", "bare SQL", "ratio", "difference", "statements")
WANTED = "A search should take at most 60 ms more than its SQL, and as many statements whatever is asked for."
LEGEND = "The last two columns compare the times per second with those of bare Flask and of bare SQL."


def table(contests: Sequence[Contest]) -> str:
    """The results as they are printed."""
    lines = [_line(HEAD)]
    for contest in contests:
        lines += ["", contest.title, *(_line(_cells(runner, contest)) for runner in contest.runners)]
    return "\n".join([*lines, "", LEGEND])


def waiting(contests: Sequence[Contest]) -> str:
    """How long somebody who looks at pages waits, beside what their rows alone take."""
    return "\n".join([_line(WAITING), *(_line(_wait(contest)) for contest in contests), "", WANTED])


def _wait(contest: Contest) -> list[str]:
    portal, sql = contest.runners[0], contest.runners[2]
    page, rows = portal.percentile(95), sql.percentile(95)
    figures = (page, rows, page / rows, page - rows)
    return [contest.title, *(f"{figure:.2f}" for figure in figures), str(portal.statements)]


def _cells(runner: Runner, contest: Contest) -> list[str]:
    compared = [f"{runner.rate / other.rate:.3f}" for other in contest.runners[1:3]]
    times = [f"{runner.percentile(percent):.2f}" for percent in (50, 95)]
    return [f"  {runner.name}", f"{runner.rate:,.0f}", *times, str(runner.statements), *compared]


def _line(cells: Sequence[str]) -> str:
    return cells[0].ljust(LEFT) + "".join(cell.rjust(RIGHT) for cell in cells[1:])
