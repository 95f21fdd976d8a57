"""How does a test let products say what they are?"""

from decimal import Decimal
from uuid import UUID

from marketplace.sellers.specifications.actions import specify_product
from tests.cast import Party

PAINT = {
    "origin_country": "FR",
    "unspsc_code": "31211500",
    "shelf_life_days": "720",
    "remaining_days": "360",
    "un_number": "UN1263",
    "signal_word": "danger",
    "pictograms": "GHS02 GHS07",
    "hazard_statements": "H225 H319 EUH066",
    "precautionary_statements": "P210 P305+P351+P338",
    "certificates": "EU Ecolabel; ISO 9001 (2031-12-31)",
}


def specified(party: Party, product_id: UUID, **said: Decimal | str | None) -> None:
    """Let the product of `party` say this, by the names of facts and attributes."""
    with party.at_work("sales_desk"):
        specify_product(product_id=product_id, said=said)
