"""What does the search do when it hears news?"""

from marketplace.events.sellers import ProductsChanged
from marketplace.foundation.outbox import reacts_to
from marketplace.sellers.search.indexing import index_products


@reacts_to(ProductsChanged, as_party=None)
def products_are_indexed(news: ProductsChanged) -> None:
    """The search index follows; as the platform, because the terms of all suppliers stand in one index."""
    index_products(news.product_ids)
