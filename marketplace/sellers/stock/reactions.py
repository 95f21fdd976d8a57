"""What does stock do when it hears of the catalogue?"""

from marketplace.events.sellers import CountsLeftOpen, StockCounted
from marketplace.foundation.language import speaking, text as _
from marketplace.foundation.outbox import announce, reacts_to
from marketplace.identity.organisations.queries import organisation
from marketplace.sellers.stock.actions import count_from_file
from marketplace.sellers.stock.queries import counts_left_open


@reacts_to(StockCounted, as_party="organisation_id")
def take_counts_of_import(news: StockCounted) -> None:
    """Write what the supplier's file says lies in the warehouse."""
    with speaking(organisation(news.organisation_id).language):
        reason = _("Catalogue import")
    counts = dict(news.counts)
    count_from_file(counts=counts, reason=reason)
    left_open = counts_left_open(counts)
    if left_open:
        organisation_id = news.organisation_id
        announce(CountsLeftOpen(subject_id=organisation_id, organisation_id=organisation_id, skus=left_open))
