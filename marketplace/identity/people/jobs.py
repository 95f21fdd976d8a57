"""What is forgotten of invitations, once nobody can accept them?"""

from sqlalchemy import delete

from marketplace.foundation import clock
from marketplace.foundation.personal import THIRTY_DAYS
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.people.models import Invitation


def forget_invitations() -> int:
    """Delete the invitations that expired more than thirty days ago, accepted or not; returns how many those were."""
    with unit_of_work(platform("forget old invitations")) as work:
        old = delete(Invitation).where(Invitation.expires_at < clock.now() - THIRTY_DAYS)
        return len(work.scalars(old.returning(Invitation.id)).all())
