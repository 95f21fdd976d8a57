"""What came out? One table: how often a second, how long it takes, in how many statements, and how that compares."""

from collections.abc import Sequence

from bench.clients import Runner
from bench.contests import Contest

HEAD = ("", "per second", "ms (p50)", "ms (p95)", "statements", ": Flask", ": SQL")
LEFT, RIGHT = 36, 12
ALONE = "One buyer, one page after the other, by the portal and by the bare SQL that fetches the same rows:"
BAR = 60
"""Within so many milliseconds above the p95 of its SQL the p95 of a search page is wanted."""
LEGEND = "The last two columns compare the times per second with those of bare Flask and of bare SQL."


def table(contests: Sequence[Contest]) -> str:
    """The results as they are printed."""
    lines = [_line(HEAD)]
    for contest in contests:
        lines += ["", contest.title, *(_line(_cells(runner, contest)) for runner in contest.runners)]
    return "\n".join([*lines, "", LEGEND])


def waiting(contests: Sequence[Contest]) -> str:
    """How long whoever looks at pages waits, in words."""
    return "\n".join([ALONE, *map(_wait, contests)])


def _wait(contest: Contest) -> str:
    portal, sql = contest.runners[0], contest.runners[2]
    page, rows = portal.percentile(95), sql.percentile(95)
    return (
        f"  {contest.title}: p95 {page:.1f} ms, {rows:.1f} ms; ratio {page / rows:.2f}, difference {page - rows:.1f} ms"
        f" (bar for search: {BAR} ms); always {portal.statements} statements"
    )


def _cells(runner: Runner, contest: Contest) -> list[str]:
    compared = [f"{runner.rate / other.rate:.3f}" for other in contest.runners[1:3]]
    times = [f"{runner.percentile(percent):.2f}" for percent in (50, 95)]
    return [f"  {runner.name}", f"{runner.rate:,.0f}", *times, str(runner.statements), *compared]


def _line(cells: Sequence[str]) -> str:
    return cells[0].ljust(LEFT) + "".join(cell.rjust(RIGHT) for cell in cells[1:])
