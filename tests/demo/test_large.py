"""Does a market grow to its size, and go on from where it was?"""

import pytest
from click import BadParameter
from sqlalchemy import func, select

from marketplace.commands.demo import Scale
from marketplace.demo import large
from marketplace.demo.large import SIZES, Size, grow
from marketplace.identity.organisations.models import Organisation
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.search.queries import index_findings
from tests.cast import Cast

SIZE = Size(organisations=10, offers=60)


def counted(market: Cast) -> tuple[int, int]:
    """Grown organisations, and products."""
    with market.platform() as work:
        names = select(func.count()).where(
            Organisation.name.regexp_match("^(Acheteur|Fournisseur) [0-9]{4}$")
        )
        assert index_findings() == []
        return work.scalar(names) or 0, work.scalar(select(func.count(Product.id))) or 0


def test_grow_brings_the_market_to_its_size_once(market: Cast) -> None:
    grow(SIZE, lambda *_: None)
    assert counted(market) == (10, 60)
    grow(SIZE, lambda *_: None)
    assert counted(market) == (10, 60)


def test_grow_after_a_crash_goes_on(market: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_label: str, done: int, _total: int) -> None:
        if done == 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grow(SIZE, crash)
    assert counted(market) == (10, 40)
    brought: list[object] = []
    monkeypatch.setattr(large, "bring_in", lambda content, supplier_id: brought.append(supplier_id))
    grow(SIZE, lambda *_: None)
    assert len(brought) == 1


@pytest.mark.parametrize("value", ["nan", "inf", "0", "-1", "21", "2m", ""])
def test_scale_of_nothing_known_is_refused(value: str) -> None:
    with pytest.raises(BadParameter):
        Scale().convert(value, None, None)


@pytest.mark.parametrize(("value", "scale"), [("0.5", 0.5), ("1m", SIZES["1m"])])
def test_scale_is_a_factor_or_a_size(value: str, scale: float | Size) -> None:
    assert Scale().convert(value, None, None) == scale
