"""How are figures, dates and states written for the person who reads them?"""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent
from flask import Flask

from marketplace.foundation import clock
from marketplace.foundation.language import locale
from marketplace.foundation.money import Money, exponent
from marketplace.foundation.quantity import UNITS
from marketplace.foundation.settings import current_settings

# Prices are said with at most so many decimals.
FINEST_PRICE = 4


def write_money(money: Money | None) -> str:
    """1 234,50 € or €1,234.50; a unit price keeps up to four decimals; a dash for none."""
    return "—" if money is None else _written_money(money.amount.normalize(), money.currency, locale())


def write_worth(value: Decimal, currency: str) -> str:
    """What goods are worth, as money is written; it may be more than any money that is paid."""
    return _written_money(round(value, exponent(currency)), currency, locale())


def write_number(value: Decimal | int | float | None) -> str:
    """1 234,5 or 1,234.5, with as many decimals as it has; a dash for none."""
    if value is None:
        return "—"
    return _written_number(value.normalize() if isinstance(value, Decimal) else value, locale())


def write_quantity(value: Decimal | None, unit: str = "C62") -> str:
    """12 kg; the unit's short name is left out for plain pieces."""
    label = UNITS[unit].label if unit in UNITS and unit not in ("C62", "EA") else ""
    return f"{write_number(value)} {label}".rstrip()


def write_percent(share: Decimal | float | None) -> str:
    """96,5 %, of a share between 0 and 1; a dash for none."""
    if share is None:
        return "—"
    return format_percent(
        share, "#,##0.#\u00a0%" if locale().language == "fr" else "#,##0.#%", locale=locale()
    )


def write_date(day: date | None) -> str:
    """3 mars 2026; a dash for none."""
    return format_date(day, "d MMM yyyy", locale=locale()) if day else "—"


def write_instant(instant: datetime | None) -> str:
    """3 mars 2026 14:05, in the installation's time zone; a dash for none."""
    if instant is None:
        return "—"
    zone = ZoneInfo(current_settings().timezone)
    return format_datetime(instant, "d MMM yyyy HH:mm", tzinfo=zone, locale=locale())


def write_ago(instant: datetime | None) -> str:
    """2 hours ago, in 3 days; a dash for none."""
    if instant is None:
        return "—"
    return format_timedelta(instant - clock.now().astimezone(UTC), add_direction=True, locale=locale())


# A page of a catalogue shows the same figures again and again, and the patterns of a locale are slow to apply.
@lru_cache(maxsize=8192)
def _written_money(amount: Decimal, currency: str, locale: Locale) -> str:
    decimals = max(exponent(currency), min(-int(amount.as_tuple().exponent), FINEST_PRICE))
    pattern = locale.currency_formats["standard"].pattern
    digits = f"0.{'0' * decimals}" if decimals else "0"
    return format_currency(
        amount, currency, pattern.replace("0.00", digits), locale=locale, currency_digits=False
    )


@lru_cache(maxsize=8192, typed=True)
def _written_number(value: Decimal | int | float, locale: Locale) -> str:
    return format_decimal(value, locale=locale, decimal_quantization=False)


FILTERS: dict[str, Any] = {
    "money": write_money,
    "worth": write_worth,
    "number": write_number,
    "quantity": write_quantity,
    "percent": write_percent,
    "date": write_date,
    "datetime": write_instant,
    "ago": write_ago,
}


def install(app: Flask) -> None:
    """Let the templates of `app` write figures."""
    app.jinja_env.filters.update(FILTERS)
