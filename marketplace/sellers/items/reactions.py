"""What do items do when they hear news?"""

from marketplace.events.sellers import ProductsChanged
from marketplace.foundation.outbox import reacts_to
from marketplace.sellers.items.linking import link_offers


@reacts_to(ProductsChanged, as_party=None)
def offers_are_linked(news: ProductsChanged) -> None:
    """Offers come under their items; as the platform, because those of all suppliers meet there."""
    link_offers(news.product_ids)
