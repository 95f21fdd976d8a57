"""What can be done with scorecards? Draw them up, file them, reply to them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from marketplace.events.sellers import ScorecardPublished, ScorecardReplied
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, new_id, save, session
from marketplace.foundation.errors import Forbidden
from marketplace.foundation.files import store_file
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.scorecards.models import (
    ContestedLine,
    DeliveryFact,
    Scorecard,
    ScorecardLine,
    ScorecardReply,
)
from marketplace.sellers.scorecards.queries import facts_until
from marketplace.sellers.scorecards.scoring import CRITERIA, Score, decay, market_means, score, share_of


def record_facts(facts: Sequence[dict[str, Any]]) -> int:
    """Write completed lines, each once by its order line; returns how many were new."""
    if not facts:
        return 0
    rows = [{"id": new_id(), **fact} for fact in facts]
    written = session().scalars(
        upsert(DeliveryFact)
        .on_conflict_do_nothing(index_elements=["order_line_id"])
        .returning(DeliveryFact.id),
        rows,
    )
    return len(written.all())


def contest_lines(
    *, dispute_id: UUID, buyer_id: UUID, seller_id: UUID, order_line_ids: Sequence[UUID]
) -> None:
    """From now on these lines count for nothing, those as well that are complete only later."""
    of_dispute = {"dispute_id": dispute_id, "buyer_id": buyer_id, "seller_id": seller_id}
    session().add_all(ContestedLine(**of_dispute, order_line_id=line_id) for line_id in order_line_ids)
    session().flush()


def count_lines_again(*, dispute_id: UUID, was_founded: bool) -> None:
    """The dispute is over: its lines count, where no other one is about them, and it with them if it was founded."""
    concerned = update(ContestedLine).where(ContestedLine.dispute_id == dispute_id)
    session().execute(concerned.values(is_open=False, was_founded=was_founded))


def draw_up_scorecards(*, period: str) -> list[UUID]:
    """Draw up the month's scorecard ("2026-10") of each supplier of the actor's organisation that has none yet.

    The rows that it counted are kept with it; nothing of it changes afterwards. Returns the ids of the new ones.
    """
    on = last_day_of(period)
    buyer_id, by_supplier = current_actor().organisation, facts_until(on)
    drawn = select(Scorecard.seller_id).where(Scorecard.buyer_id == buyer_id, Scorecard.period == period)
    known = set(session().scalars(drawn))
    market = market_means((fact for facts in by_supplier.values() for fact in facts), on=on)
    return [
        _draw_up(buyer_id, seller_id, period, facts, market)
        for seller_id, facts in sorted(by_supplier.items())
        if seller_id not in known
    ]


def file_scorecard(*, scorecard_id: UUID, content: bytes) -> Scorecard:
    """File the PDF for both parties and tell them; once."""
    row = fetch(Scorecard, scorecard_id, lock=True)
    if row.file_id is None:
        row.file_id = store_file(
            content,
            name=f"scorecard-{row.period}.pdf",
            media_type="application/pdf",
            owner_id=row.buyer_id,
            counterparty_id=row.seller_id,
        ).id
        parties = {"buyer_id": row.buyer_id, "seller_id": row.seller_id}
        announce(ScorecardPublished(subject_id=row.id, **parties, period=row.period, score=row.points))
    return row


def reply_to_scorecard(*, scorecard_id: UUID, body: str) -> ScorecardReply:
    """The supplier's right of reply. Raises Forbidden for anybody else, NotFound."""
    row, actor = fetch(Scorecard, scorecard_id), current_actor()
    if row.seller_id != actor.organisation_id:
        raise Forbidden(_l("Only the supplier replies to its scorecard."))
    parties = {"buyer_id": row.buyer_id, "seller_id": row.seller_id}
    reply = save(
        ScorecardReply(
            scorecard_id=row.id, **parties, person_id=actor.person, person_name=actor.person_name, body=body
        )
    )
    announce(ScorecardReplied(subject_id=row.id, **parties, period=row.period))
    return reply


def last_day_of(period: str) -> date:
    """The last day of a month written "2026-10"."""
    first = date.fromisoformat(f"{period}-01")
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def last_complete_month() -> str:
    """The month before the present one, "2026-10"."""
    return f"{clock.today().replace(day=1) - timedelta(days=1):%Y-%m}"


def _draw_up(
    buyer_id: UUID, seller_id: UUID, period: str, facts: list[DeliveryFact], market: dict[str, float]
) -> UUID:
    on = last_day_of(period)
    result: Score = score(facts, on=on, market=market)
    row = save(
        Scorecard(
            buyer_id=buyer_id,
            seller_id=seller_id,
            period=period,
            drawn_on=on,
            points=result.points,
            lines=result.lines,
            measures=[asdict(measure) for measure in result.measures],
            market=market,
        )
    )
    session().execute(insert(ScorecardLine), [_counted(row, fact, on) for fact in facts])
    return row.id


def _counted(row: Scorecard, fact: DeliveryFact, on: date) -> dict[str, Any]:
    return {
        "id": new_id(),
        "scorecard_id": row.id,
        "fact_id": fact.id,
        "buyer_id": row.buyer_id,
        "seller_id": row.seller_id,
        "weight": Decimal(str(round(decay(fact, on), 6))),
        "shares": {str(key): share_of(key, fact) for key in CRITERIA},
    }
