"""Which columns hold a person's data, why, and for how long?

A column says so itself, `mapped_column(info=personal("contract", "5 years"))`; the register of processing, access and
erasure (GDPR articles 15, 17 and 30) are read from the columns.
"""

from datetime import timedelta
from typing import Any

ONE_YEAR, THIRTY_DAYS = timedelta(days=365), timedelta(days=30)


def personal(purpose: str, retention: str) -> dict[str, Any]:
    """The note on a column that holds personal data: processed for `purpose`, kept for `retention`."""
    return {"personal": {"purpose": purpose, "retention": retention}}
