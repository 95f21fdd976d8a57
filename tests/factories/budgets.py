"""Who makes cost centres and budgets for a test?"""

from datetime import date
from decimal import Decimal

from marketplace.buyers.budgets.actions import add_cost_centre, set_budget
from marketplace.buyers.budgets.models import Budget, CostCentre
from marketplace.foundation import clock
from tests.cast import Party


def a_cost_centre(party: Party, *, code: str = "CC-100", name: str = "Production") -> CostCentre:
    """A cost centre that the party's approver owns, written by its procurement lead."""
    with party.at_work("procurement_lead"):
        return add_cost_centre(code=code, name=name, owner_id=party.people["approver"])


def a_budget(
    party: Party,
    *,
    amount: str | int = 10_000,
    code: str = "CC-100",
    centre: CostCentre | None = None,
    year: int | None = None,
) -> Budget:
    """A budget of this (or that) year; of a new cost centre where none is given."""
    of_centre = centre or a_cost_centre(party, code=code)
    of_year = year or clock.today().year
    with party.at_work("buyer_finance"):
        return set_budget(
            cost_centre_id=of_centre.id,
            starts_on=date(of_year, 1, 1),
            ends_on=date(of_year, 12, 31),
            amount=Decimal(amount),
        )
