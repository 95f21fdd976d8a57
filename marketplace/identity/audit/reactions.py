"""What do we do when we hear any news: write it into the audit trail of everybody whom it belongs to."""

from marketplace.foundation.outbox import News, reacts_to_everything
from marketplace.identity.audit.actions import record


@reacts_to_everything()
def keep(news: News) -> None:
    """Write the entries, once."""
    record(news)
