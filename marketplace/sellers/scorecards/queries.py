"""What can be asked about scorecards and the lines behind them?"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on

from marketplace.foundation.db import fetch, session
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.scorecards.models import DeliveryFact, Scorecard, ScorecardLine, ScorecardReply
from marketplace.sellers.scorecards.scoring import WINDOW_DAYS, Score, market_means, score


def scorecard(scorecard_id: UUID) -> Scorecard:
    """That scorecard. Raises NotFound."""
    return fetch(Scorecard, scorecard_id)


def scorecards_of(seller_id: UUID) -> Select[Scorecard]:
    """The scorecards of one supplier that this actor may see, to be paged."""
    return select(Scorecard).where(Scorecard.seller_id == seller_id)


def scorecards() -> Select[Scorecard]:
    """All scorecards of this actor, to be paged."""
    return select(Scorecard)


def newest_by_supplier() -> dict[UUID, Scorecard]:
    """The newest scorecard of each supplier of the actor's organisation, in one statement."""
    statement = (
        select(Scorecard)
        .ext(distinct_on(Scorecard.seller_id))
        .where(Scorecard.buyer_id == current_actor().organisation)
        .order_by(Scorecard.seller_id, Scorecard.period.desc())
    )
    return {row.seller_id: row for row in session().scalars(statement)}


def lines_of(scorecard_id: UUID) -> Sequence[tuple[ScorecardLine, DeliveryFact]]:
    """The lines that a scorecard counted, newest first, with what was known of each."""
    statement = (
        select(ScorecardLine, DeliveryFact)
        .join(DeliveryFact, DeliveryFact.id == ScorecardLine.fact_id)
        .where(ScorecardLine.scorecard_id == scorecard_id)
        .order_by(DeliveryFact.completed_on.desc(), DeliveryFact.id)
    )
    return [(row[0], row[1]) for row in session().execute(statement)]


def replies_to(scorecard_id: UUID) -> Sequence[ScorecardReply]:
    """The supplier's replies, in their order."""
    statement = select(ScorecardReply).where(ScorecardReply.scorecard_id == scorecard_id)
    return session().scalars(statement.order_by(ScorecardReply.replied_at)).all()


def facts_until(on: date) -> dict[UUID, list[DeliveryFact]]:
    """The lines of the actor's organisation completed in the year before `on`, by supplier, in one statement."""
    window = select(DeliveryFact).where(
        DeliveryFact.buyer_id == current_actor().organisation,
        DeliveryFact.completed_on <= on,
        DeliveryFact.completed_on >= on - timedelta(days=WINDOW_DAYS),
    )
    found: dict[UUID, list[DeliveryFact]] = defaultdict(list)
    for fact in session().scalars(window):
        found[fact.seller_id].append(fact)
    return found


def live_scores(on: date) -> dict[UUID, Score]:
    """What each supplier's score would be today, from the same lines and by the same rules as a scorecard."""
    by_supplier = facts_until(on)
    market = market_means((fact for facts in by_supplier.values() for fact in facts), on=on)
    return {seller_id: score(facts, on=on, market=market) for seller_id, facts in by_supplier.items()}


def buyers_with_lines(before: date) -> Sequence[UUID]:
    """The buyers that have completed lines up to that day; asked by the platform's clock."""
    statement = select(DeliveryFact.buyer_id).where(DeliveryFact.completed_on <= before)
    return session().scalars(statement.group_by(DeliveryFact.buyer_id)).all()
