"""Can a colleague give themselves, or a friend, more than they have, by the pages or by hand?"""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.identity.people.actions import OwnRoles, change_roles
from marketplace.identity.people.models import Membership
from tests.cast import Cast
from tests.factories.identity import a_key, a_membership, an_invitation

INVITE = (
    "insert into invitations (id, organisation_id, email, roles, token_sha256, invited_by_id, invited_by, invited_at,"
    " expires_at) values (uuidv7(), '{here}', 'friend@acme.example', '{roles}', 'x', '{by}', '', now(), 'infinity')"
)
KEY = (
    "insert into api_keys (id, organisation_id, person_id, label, prefix, key_sha256, roles, made_at)"
    " values (uuidv7(), '{here}', '{by}', '', '', 'x', '{roles}', now())"
)
NEWS = (
    "insert into news (id, name, subject, subject_id, payload, owner_id, organisation_id, person_id, person_name,"
    " reason, happened_at)"
    " values (uuidv7(), 'SiteChanged', 'site', uuidv7(), '{{}}', '{here}', '{acting}', '{by}', '', '', now())"
)
OTHERS = "update memberships set {change} where person_id = '{person}'"
ALL_ROLES = '["administrator", "requester", "approver", "procurement_lead"]'

ATTACKS: dict[str, tuple[str, str, str]] = {
    "raise oneself": ("requester", "to themselves", OTHERS.format(change="roles = '{roles}'", person="{me}")),
    "raise oneself as the administrator": (
        "administrator",
        "to themselves",
        OTHERS.format(change="roles = '{roles}'", person="{me}"),
    ),
    "raise a friend": ("approver", "only administrator", OTHERS.format(change="roles = '{roles}'", person="{lead}")),
    "end a colleague": (
        "requester",
        "only administrator",
        OTHERS.format(change="is_active = false", person="{lead}"),
    ),
    "give the operator's role": (
        "administrator",
        "are no roles of",
        OTHERS.format(change="roles = '[\"operator\"]'", person="{lead}"),
    ),
    "give a role that nobody knows": (
        "administrator",
        "are no roles of",
        OTHERS.format(change="roles = '[\"emperor\"]'", person="{lead}"),
    ),
    "give no role": ("administrator", "are no roles of", OTHERS.format(change="roles = '[]'", person="{lead}")),
    "move a membership": (
        "administrator",
        "permission denied",
        OTHERS.format(change="person_id = '{lead}'", person="{me}"),
    ),
    "invite a friend": ("requester", "only administrator", INVITE.replace("{by}", "{me}")),
    "invite a friend in a colleague's name": ("administrator", "one who invites", INVITE.replace("{by}", "{lead}")),
    "invite an operator": (
        "administrator",
        "are no roles of",
        INVITE.replace("{by}", "{me}").replace("{roles}", '["operator"]'),
    ),
    "make a key in a colleague's name": ("requester", "its maker has", KEY.replace("{by}", "{lead}")),
    "make a key for more": ("requester", "its maker has", KEY.replace("{by}", "{me}")),
    "tell news in a colleague's name": (
        "requester",
        "is not so",
        NEWS.replace("{by}", "{lead}").replace("{acting}", "{here}"),
    ),
    "tell news in another organisation's name": (
        "requester",
        "is not so",
        NEWS.replace("{by}", "{me}").replace("{acting}", "{bolt}"),
    ),
    "rename the organisation": (
        "requester",
        "only administrator",
        "update organisations set name = 'x' where id = '{here}'",
    ),
    "move a site": ("requester", "only administrator", "update sites set street = '1 my home'"),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_write_by_hand_gives_nobody_more(market: Cast, attack: str) -> None:
    role, reason, statement = ATTACKS[attack]
    people = market.acme.people
    values = {"here": market.acme.id, "bolt": market.bolt.id, "roles": ALL_ROLES}
    with pytest.raises(DBAPIError, match=reason), market.acme.at_work(role) as work:
        work.execute(text(statement.format(me=people[role], lead=people["procurement_lead"], **values)))


def test_write_as_nobody_gives_nobody_more(market: Cast) -> None:
    raised = text('update memberships set roles = \'["administrator", "procurement_lead"]\'')
    with pytest.raises(DBAPIError, match="only administrator"), market.acme.automatically() as work:
        work.execute(raised)


def test_change_roles_of_oneself_to_more_is_refused_beside_the_field(
    browser: FlaskClient, market: Cast
) -> None:
    membership_id = a_membership(market.acme, "administrator")
    with pytest.raises(OwnRoles), market.acme.at_work("administrator"):
        change_roles(membership_id=membership_id, roles=["administrator", "procurement_lead"], is_active=True)
    market.sign_in(browser, market.acme, "administrator")
    typed = {"roles": ["administrator", "procurement_lead"], "is_active": "y"}
    answer = browser.post(f"/people/{membership_id}", data=typed)
    assert answer.status_code == 403
    assert "Nobody gives roles to themselves" in answer.get_data(as_text=True)


def test_change_roles_of_oneself_to_less_and_of_each_other_is_possible(market: Cast) -> None:
    own, other = a_membership(market.acme, "administrator"), a_membership(market.acme, "approver")
    with market.acme.at_work("administrator"):
        change_roles(membership_id=other, roles=["administrator", "approver"], is_active=True)
    with market.acme.at_work("approver"):
        change_roles(membership_id=own, roles=["administrator", "requester"], is_active=True)
    with market.acme.at_work("administrator") as work:
        change_roles(membership_id=own, roles=["requester"], is_active=True)
        assert work.get_one(Membership, own).roles == ["requester"]


def test_keys_and_invitations_of_ones_own_are_accepted(market: Cast) -> None:
    a_key(market.acme, "receiver")
    an_invitation(market.acme, "new@acme.example", "approver")
