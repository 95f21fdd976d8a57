"""Does signing in and out do what it says?"""

import pytest
from sqlalchemy import text

from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.access.actions import WrongPassword, sign_in
from tests.cast import PASSWORD, Cast


def test_sign_in_with_the_right_password_returns_a_token(market: Cast) -> None:
    with unit_of_work(platform("sign in")):
        assert sign_in(email="requester@acme.example", password=PASSWORD, browser="", address="")


@pytest.mark.parametrize("email", ["requester@acme.example", "nobody@acme.example"])
def test_sign_in_with_a_wrong_password_is_refused_in_the_same_words(market: Cast, email: str) -> None:
    with pytest.raises(WrongPassword, match="do not belong together"), unit_of_work(platform("sign in")):
        sign_in(email=email, password="wrong", browser="", address="")


def test_nobody_without_an_actor_reads_a_table(market: Cast) -> None:
    with unit_of_work(None) as work, pytest.raises(Exception, match="permission denied"):
        work.execute(text("select * from organisations"))
