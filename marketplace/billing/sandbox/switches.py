"""Which knobs does a test or a demo have on the sandbox, and where do they stand?"""

from typing import Any

from marketplace.billing.sandbox.errors import bad_parameter
from marketplace.billing.sandbox.store import Transaction

DAY = 24 * 60 * 60

# Seconds are those of the test clock. A `..._next_...` switch counts down to 0 as it is used up.
DEFAULTS: dict[str, Any] = {
    "sepa_delay_seconds": 180,
    "funds_delay_seconds": 2 * DAY,
    "payout_delay_seconds": DAY,
    "refund_delay_seconds": 180,
    "fail_next_sepa_payments": 0,
    "fail_next_payouts": 0,
    "delivery_copies": 1,
    "delivery_order": "created",
    "delivery_delay_seconds": 0,
    "lose_next_deliveries": 0,
    "is_delivery_paused": False,
    "are_answers_held": False,
    "lose_next_answers": 0,
}
DELIVERY_ORDERS = ("created", "reversed", "shuffled")


def position(work: Transaction, name: str) -> Any:
    """Where the switch stands."""
    return work.fact(f"switch.{name}", DEFAULTS[name])


def positions(work: Transaction) -> dict[str, Any]:
    """Where every switch stands."""
    return {name: position(work, name) for name in DEFAULTS}


def take_one(work: Transaction, name: str) -> bool:
    """Use up one of a counting switch; False when none is left."""
    left = int(position(work, name))
    if left > 0:
        work.set_facts({f"switch.{name}": left - 1})
    return left > 0


def set_switches(work: Transaction, wanted: dict[str, Any]) -> None:
    """Move switches; raises Refusal for an unknown one or a value that does not fit."""
    facts = {f"switch.{name}": _fitting(name, value) for name, value in wanted.items()}
    work.set_facts(facts)


def _fitting(name: str, value: Any) -> Any:
    if name not in DEFAULTS:
        raise bad_parameter(f"No such switch: {name}", name, "parameter_unknown")
    if name == "delivery_order":
        if value not in DELIVERY_ORDERS:
            raise bad_parameter(f"{name} is one of {', '.join(DELIVERY_ORDERS)}", name, "parameter_invalid")
        return value
    if isinstance(DEFAULTS[name], bool):
        return str(value).lower() in ("true", "1")
    if not str(value).isdecimal():
        raise bad_parameter(f"{name} is a whole number, 0 or more", name, "parameter_invalid_integer")
    return int(value)
