"""What happens to scorecards later? Each month they are drawn up; a worker renders each one's PDF."""

from uuid import UUID

from sqlalchemy import select

from marketplace.foundation.background import enqueue, job
from marketplace.foundation.documents import render_pdf
from marketplace.foundation.periodic import one_by_one
from marketplace.foundation.tenancy import automatic, platform
from marketplace.foundation.unit_of_work import after_commit, unit_of_work
from marketplace.identity.organisations.queries import organisation
from marketplace.sellers.scorecards.actions import (
    draw_up_scorecards,
    file_scorecard,
    last_complete_month,
    last_day_of,
)
from marketplace.sellers.scorecards.models import Scorecard
from marketplace.sellers.scorecards.presenting import presented
from marketplace.sellers.scorecards.queries import buyers_with_lines, lines_of, replies_to, scorecard


def draw_up_last_month() -> int:
    """Draw up what is missing of the last complete month, one buyer after the other; returns how many that was."""
    period = last_complete_month()
    with unit_of_work(platform("draw up scorecards"), read_only=True):
        buyers = buyers_with_lines(last_day_of(period))
    return one_by_one("draw up scorecards", buyers, lambda buyer_id: draw_up_for(buyer_id, period))


def draw_up_for(buyer_id: UUID, period: str) -> int:
    """Draw up one buyer's scorecards of a month and have their PDFs rendered; returns how many are new."""
    with unit_of_work(automatic(buyer_id)):
        drawn = draw_up_scorecards(period=period)
        for scorecard_id in drawn:
            _have_rendered(scorecard_id, buyer_id)
    return len(drawn)


def render_what_is_missing() -> int:
    """Enqueue the scorecards without a PDF: after a crash, or a time without workers; returns how many."""
    with unit_of_work(platform("render scorecards"), read_only=True) as work:
        missing = select(Scorecard.id, Scorecard.buyer_id).where(Scorecard.file_id.is_(None)).limit(500)
        rows = work.execute(missing).all()
    return sum(enqueue(render_scorecard, scorecard_id=row.id, organisation_id=row.buyer_id) for row in rows)


@job(queue="documents")
def render_scorecard(*, scorecard_id: UUID, organisation_id: UUID) -> None:
    """Render and file the PDF of one scorecard; a second call finds it filed and does nothing."""
    with unit_of_work(automatic(organisation_id), read_only=True):
        row = scorecard(scorecard_id)
        if row.file_id is not None:
            return
        buyer, seller = organisation(row.buyer_id), organisation(row.seller_id)
        content = render_pdf(
            "documents/scorecard.html",
            language=buyer.language,
            card=row,
            measures=presented(row),
            buyer=buyer,
            seller=seller,
            lines=lines_of(row.id),
            replies=replies_to(row.id),
        )
    with unit_of_work(automatic(organisation_id)):
        file_scorecard(scorecard_id=scorecard_id, content=content)


def _have_rendered(scorecard_id: UUID, buyer_id: UUID) -> None:
    arguments = {"scorecard_id": scorecard_id, "organisation_id": buyer_id}
    after_commit(f"scorecard {scorecard_id}", lambda: enqueue(render_scorecard, **arguments))
