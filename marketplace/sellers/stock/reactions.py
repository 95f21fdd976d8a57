"""What does stock do when it hears of the catalogue?"""

from marketplace.events.sellers import StockCounted
from marketplace.foundation.language import speaking, text as _
from marketplace.foundation.outbox import reacts_to
from marketplace.identity.organisations.queries import organisation
from marketplace.sellers.stock.actions import count_from_file


@reacts_to(StockCounted, as_party="organisation_id")
def take_counts_of_import(news: StockCounted) -> None:
    """Write what the supplier's file says lies in the warehouse."""
    with speaking(organisation(news.organisation_id).language):
        reason = _("Catalogue import")
    count_from_file(counts=dict(news.counts), reason=reason)
