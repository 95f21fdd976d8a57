"""Is what we know of browsers forgotten when its year is over, and not before?"""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.foundation import clock
from marketplace.foundation.clock import clock_at
from marketplace.identity.access.actions import LIFETIME, RESET_LIFETIME, ask_for_reset, begin_sign_in
from marketplace.identity.access.jobs import forget_sign_ins_and_resets
from marketplace.identity.access.models import PasswordReset, SignIn
from tests.cast import Cast

A_YEAR, AN_HOUR = timedelta(days=365), timedelta(hours=1)


@pytest.mark.parametrize(("model", "over_after"), [(SignIn, LIFETIME), (PasswordReset, RESET_LIFETIME)])
def test_what_ended_a_year_ago_is_forgotten(market: Cast, model: type[SignIn], over_after: timedelta) -> None:
    began = clock.now()
    with market.platform():
        begin_sign_in(person_id=market.acme.people["requester"], browser="test", address="127.0.0.1")
        ask_for_reset(email="requester@acme.example", address="127.0.0.1")
    over = over_after + A_YEAR
    for later, kept in ((A_YEAR, 1), (over - AN_HOUR, 1), (over + AN_HOUR, 0)):
        with clock_at(began + later):
            forget_sign_ins_and_resets()
        with market.platform() as work:
            assert work.scalar(select(func.count()).select_from(model)) == kept
