"""How does a test come by a market in which everything has happened once, so that every table has rows?"""

from decimal import Decimal
from pathlib import Path

from marketplace.foundation.mail import write_mail
from marketplace.foundation.periodic import Periodic, run_due
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from tests.cast import Cast


def whole_trade(market: Cast, folder: Path) -> None:
    """Everyday life, a catalogue, an agreement, orders, receipts, payments, a dispute and a scorecard."""
