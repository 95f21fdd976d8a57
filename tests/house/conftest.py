"""What does the law look at?

`trade` is a database in which a whole trade between Acme and Bolt has happened, so that the tables have rows.
"""

from collections.abc import Iterator

import pytest
from flask import Flask

from marketplace.foundation import background
from tests.cast import Cast
from tests.databases import clone
from tests.factories.payments import running_stripe
from tests.factories.trade import whole_trade


@pytest.fixture(scope="module")
def trade(portal: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    """The cast, after a whole trade; tests only look, or roll back."""
    folder = tmp_path_factory.mktemp("trade")
    context = portal.test_request_context(base_url="http://localhost")
    with context, running_stripe(folder) as stripe, clone(), background.in_this_process():
        cast = Cast.present()
        whole_trade(cast, stripe, folder)
        yield cast
