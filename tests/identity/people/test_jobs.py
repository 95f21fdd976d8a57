"""Is an invitation forgotten when nobody can accept it any more, and not before?"""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.foundation import clock
from marketplace.foundation.clock import clock_at
from marketplace.identity.people.actions import INVITATION_LIFETIME
from marketplace.identity.people.jobs import forget_invitations
from marketplace.identity.people.models import Invitation
from tests.cast import Cast
from tests.factories.identity import an_invitation


@pytest.mark.parametrize(("days", "kept"), [(0, 1), (29, 1), (31, 0)])
def test_an_invitation_is_forgotten_a_month_after_its_end(market: Cast, days: int, kept: int) -> None:
    an_invitation(market.acme, "newcomer@acme.example", "approver")
    with clock_at(clock.now() + INVITATION_LIFETIME + timedelta(days=days)):
        forget_invitations()
    with market.platform() as work:
        assert work.scalar(select(func.count()).select_from(Invitation)) == kept
