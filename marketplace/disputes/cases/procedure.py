"""How does the whole procedure read on one page?

`python -m marketplace.disputes.cases.procedure` prints docs/dispute-procedure.md from the tables; a test holds the file
against them.
"""

from collections.abc import Iterator

from marketplace.disputes.cases.clocks import CLOCKS
from marketplace.disputes.cases.lifecycle import DISPUTE, UNSETTLED, DisputeState
from marketplace.foundation.lifecycle import Move
from marketplace.permissions import Permission

S = DisputeState
HEAD = """# The dispute procedure

Printed from the tables in `marketplace/disputes/cases/lifecycle.py` and `clocks.py` by
`python -m marketplace.disputes.cases.procedure`. Solid arrows are steps that somebody takes, dotted arrows what happens
when the time runs out. Until it is settled, both sides can sign the newest proposal at any time, and whoever opened the
dispute can take it back.

Time is counted in working days. The days in force are copied into each dispute when it is opened; a contract may set
its own. An idle clock starts anew whenever a side contributes. One that has run out takes nothing more: the schedule
moves the dispute within a minute.
"""
SIDES = {"opener_id": "opener", "respondent_id": "other side", "mediator_id": "operator"}
COLUMNS = "| state | what it means | working days | whose move | what happens then |\n|---|---|---|---|---|"


def page() -> str:
    """The procedure in Markdown: a picture, and each state with its clock."""
    return "\n".join([HEAD, "```mermaid", *_picture(), "```", "", COLUMNS, *map(_row, DISPUTE.states), ""])


def _picture() -> Iterator[str]:
    yield "flowchart TD"
    yield '    subgraph unsettled["Not settled yet"]'
    yield from (f"    {_box(state)}" for state in UNSETTLED)
    yield "    end"
    yield from (_box(state) for state in DISPUTE.states if state not in UNSETTLED)
    yield from (
        f"    {move.source} {_arrow(move)} {move.target}"
        for move in DISPUTE.moves
        if not _is_everywhere(move)
    )
    yield f'    unsettled -->|"both sides sign"| {S.SETTLED}'
    yield f'    unsettled -->|"opener"| {S.WITHDRAWN}'


def _box(state: DisputeState) -> str:
    label = DISPUTE.states[state].label
    return f'    {state}(["{label}"])' if DISPUTE.is_final(state) else f'    {state}["{label}"]'


def _is_everywhere(move: Move) -> bool:
    return move.source in UNSETTLED and move.target in (S.SETTLED, S.WITHDRAWN)


def _arrow(move: Move) -> str:
    clock = CLOCKS[DisputeState(move.source)]
    days = f"{clock.days} days" if clock.outcome == move.target else ""
    if move.by is None:
        return f'-.->|"{days}"|' if days else '-->|"the money is confirmed"|'
    return f'-->|"{_who(move)}, or after {days}"|' if days else f'-->|"{_who(move)}"|'


def _who(move: Move) -> str:
    if move.by == Permission.DISPUTE_MEDIATE:
        return "mediator"
    return SIDES.get(move.side or "", "a side")


def _row(state: DisputeState) -> str:
    shown, clock = DISPUTE.states[state], CLOCKS.get(state)
    if clock is None:
        return f"| **{shown.label}** | {shown.meaning} | – | – | it has ended |"
    days = f"{clock.days}, idle" if clock.is_idle else str(clock.days)
    target = DISPUTE.states[clock.outcome].label
    return f"| **{shown.label}** | {shown.meaning} | {days} | {clock.turn} | *{target}*. {clock.then} |"


if __name__ == "__main__":
    print(page(), end="")
