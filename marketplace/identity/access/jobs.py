"""What is forgotten of sign-ins and password resets, once security needs it no longer?"""

from sqlalchemy import delete, func

from marketplace.foundation import clock
from marketplace.foundation.personal import ONE_YEAR
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.access.models import PasswordReset, SignIn


def forget_sign_ins_and_resets() -> int:
    """Delete the sign-ins and links to new passwords that ended more than a year ago; returns how many those were.

    An address of a browser is kept for a year, as its column says.
    """
    before = clock.now() - ONE_YEAR
    with unit_of_work(platform("forget old sign-ins")) as work:
        sign_ins = delete(SignIn).where(func.coalesce(SignIn.ended_at, SignIn.expires_at) < before)
        resets = delete(PasswordReset).where(PasswordReset.expires_at < before)
        gone = [work.scalars(old.returning(old.table.c.id)).all() for old in (sign_ins, resets)]
    return sum(map(len, gone))
