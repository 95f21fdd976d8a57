"""What happens to stock as time passes?"""

from sqlalchemy import text

from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work

EXPIRE = "select doors.expire_reservations(:moment)"


def expire_reservations() -> int:
    """Free what was reserved for too long, some hundred at a time, so that no row is locked for long.

    For the schedule; returns how many reservations that were.
    """
    count = 0
    while freed := _expire_some():
        count += freed
    return count


def _expire_some() -> int:
    with unit_of_work(platform("expire reservations")):
        freed = session().scalar(text(EXPIRE), {"moment": clock.now()})
        return int(freed or 0)
