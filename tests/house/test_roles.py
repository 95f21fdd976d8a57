"""Does the database know the same roles, and the same right to decide, as the code?"""

import pytest
from sqlalchemy import text

from marketplace.permissions import ROLES, Permission
from tests.cast import Cast

SIDES = ("buyer", "supplier", "operator")
GIVEN = ("memberships", "invitations", "api_keys")


@pytest.mark.parametrize("table", GIVEN)
def test_the_roles_that_each_side_gives_are_those_of_the_code(market: Cast, table: str) -> None:
    with market.platform() as work:
        written = work.scalar(
            text(
                "select tgargs from pg_trigger where tgname = 'roles_fit' and tgrelid = cast(:table as regclass)"
            ),
            {"table": table},
        )
    known = [set(part.split()) for part in bytes(written).decode().rstrip("\0").split("\0")]
    assert known == [{name for name, role in ROLES.items() if side in role.sides} for side in SIDES]


@pytest.mark.parametrize("role", ROLES)
def test_who_may_decide_is_who_the_code_permits(market: Cast, role: str) -> None:
    with market.platform() as work:
        may = work.scalar(text("select decides(jsonb_build_array(cast(:role as text)))"), {"role": role})
    assert may == (Permission.APPROVAL_DECIDE in ROLES[role].permissions)


def test_those_who_manage_people_are_the_administrators(market: Cast) -> None:
    with market.platform() as work:
        guarded = work.scalars(
            text(
                "select tgargs from pg_trigger where tgname = 'only_roles' and tgrelid = 'memberships'::regclass"
            )
        ).one()
    managers = {name for name, role in ROLES.items() if Permission.PEOPLE_MANAGE in role.permissions}
    assert set(bytes(guarded).decode().rstrip("\0").split("\0")) == managers
