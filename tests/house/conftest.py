"""What does the law look at?

`trade` is a database in which a whole trade between Acme and Bolt has happened, so that every table has rows.
"""

from collections.abc import Iterator

import pytest
from tests.factories.trade import whole_trade

from marketplace.foundation import background
from tests.cast import Cast
from tests.conftest import clone


@pytest.fixture(scope="module")
def trade() -> Iterator[Cast]:
    """The cast, after a whole trade; tests only look, or roll back."""
    with clone(), background.in_this_process():
        cast = Cast.present()
        whole_trade(cast)
        yield cast
