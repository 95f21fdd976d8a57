"""As whom may a visitor of the demo market look around?"""

from typing import NamedTuple

from marketplace.demo import cast


class SignIn(NamedTuple):
    """Somebody with a role in an organisation; `side` is what that organisation is."""

    role: str
    organisation: str
    email: str
    side: str
    password: str = cast.PASSWORD


def _of_buyer(firm: cast.Buyer, place: int) -> SignIn:
    person = firm.people[place]
    return SignIn(person.roles[0], firm.name, person.email, "buyer")


def _of_supplier(firm: cast.Supplier, place: int) -> SignIn:
    person = cast.supplier_staff(firm)[place]
    return SignIn(person.roles[0], firm.name, person.email, "supplier")


REQUESTER, APPROVER, RECEIVER, FINANCE, LEAD = 0, 2, 4, 5, 6
SALES, WAREHOUSE, PAYOUTS = range(3)
SIGN_INS = (
    *(_of_buyer(cast.BUYERS[0], place) for place in (REQUESTER, APPROVER, RECEIVER, FINANCE, LEAD)),
    *(_of_supplier(cast.SUPPLIERS[0], place) for place in (SALES, WAREHOUSE, PAYOUTS)),
    _of_supplier(cast.SUPPLIERS[4], SALES),
    *(SignIn(one.roles[0], cast.OPERATOR, one.email, "operator") for one in cast.OPERATOR_STAFF),
)
COLUMNS = ("role", "organisation", "email", "password")


def table_of_sign_ins() -> str:
    """All of them, as a table for a terminal."""
    rows = [
        COLUMNS,
        *((each.role.replace("_", " "), each.organisation, each.email, each.password) for each in SIGN_INS),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(f"  {line.rstrip()}" for line in lines)
