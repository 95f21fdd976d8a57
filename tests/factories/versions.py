"""How does a test get a version of a catalogue?"""

from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.foundation.money import Money
from marketplace.sellers.versions.actions import check_version, open_version, publish_version, put_product
from tests.cast import Cast, Party


def a_version(party: Party, *, title: str = "Tarif de printemps") -> UUID:
    """A draft of `party` with nothing in it."""
    with party.at_work("sales_desk"):
        return open_version(title=title).id


def put(party: Party, version_id: UUID, sku: str, *, price: str = "10", **others: Any) -> UUID:
    """An article as it shall become; the id of its line."""
    values = {"name": f"Article {sku}", "cpv_code": "31000000", "unit_code": "C62", **others}
    with party.at_work("sales_desk"):
        return put_product(version_id=version_id, sku=sku, price=Money(Decimal(price), "EUR"), **values).id


def published(market: Cast, party: Party, version_id: UUID) -> UUID:
    """The version, checked and published."""
    with party.at_work("sales_desk"):
        check_version(version_id=version_id)
        publish_version(version_id=version_id)
    market.run_jobs()
    return version_id
