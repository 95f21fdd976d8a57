"""What can be asked about a company's past?"""

from sqlalchemy import Select, select

from marketplace.buyers.history.models import PastDelivery


def past_deliveries() -> Select[PastDelivery]:
    """The deliveries that were brought in, to be paged."""
    return select(PastDelivery)
