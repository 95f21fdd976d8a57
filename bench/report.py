"""What came out? One table: how often a second, how long, in how many statements, and how that compares."""

from collections.abc import Sequence

from bench.clients import Runner
from bench.contests import Contest

HEAD = ("", "a second", "ms (p50)", "ms (p95)", "statements", "ratio")
NAMES = 38
WIDTH = 11


def table(contests: Sequence[Contest]) -> str:
    """The results; a ratio is that of the times a second, to the line that has none."""
    lines = [_line(HEAD)]
    for contest in contests:
        lines += ["", contest.title, *(_result(runner, contest.reference) for runner in contest.runners)]
    return "\n".join(lines)


def _result(runner: Runner, reference: Runner) -> str:
    ratio = "" if runner is reference else f"{runner.rate / reference.rate:.3f}"
    p50, p95 = (f"{runner.percentile(percent):.2f}" for percent in (50, 95))
    return _line((f"  {runner.name}", f"{runner.rate:,.0f}", p50, p95, str(runner.statements), ratio))


def _line(cells: Sequence[str]) -> str:
    return cells[0].ljust(NAMES) + "".join(cell.rjust(WIDTH) for cell in cells[1:])
