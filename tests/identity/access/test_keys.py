"""Does a key open what its maker may open, and nothing after it was revoked?"""

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.foundation.errors import NotFound
from marketplace.foundation.tenancy import Actor
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.access.keys import api_keys, create_api_key, revoke_api_key
from marketplace.identity.access.models import ApiKey
from marketplace.identity.access.queries import actor_of_request
from marketplace.identity.organisations.actions import suspend_organisation
from marketplace.identity.people.actions import WrongRole, change_roles
from marketplace.permissions import Permission
from tests.cast import Cast
from tests.factories.identity import a_key, a_membership


def actor_with(portal: Flask, key: str, path: str = "/api/me") -> Actor | None:
    headers = {"Authorization": f"Bearer {key}"}
    with portal.test_request_context(path, headers=headers), unit_of_work(None):
        return actor_of_request()


def test_create_api_key_keeps_only_its_hash_and_beginning(market: Cast) -> None:
    key = a_key(market.acme)
    with market.acme.reading("administrator") as work:
        kept = work.scalars(select(ApiKey)).one()
    assert key.startswith(kept.prefix)
    assert key not in (kept.prefix, kept.key_sha256)


@pytest.mark.parametrize("roles", [[], ["approver"], ["administrator", "approver"]])
def test_create_api_key_with_roles_of_others_is_refused(market: Cast, roles: list[str]) -> None:
    with market.acme.at_work("administrator"), pytest.raises(WrongRole):
        create_api_key(label="ERP", roles=roles)


def test_a_key_acts_for_its_organisation_in_its_roles(market: Cast, portal: Flask) -> None:
    actor = actor_with(portal, a_key(market.acme))
    assert actor is not None
    assert (actor.organisation_id, actor.person_name) == (market.acme.id, "ERP")
    assert actor.permits(Permission.KEY_MANAGE)
    assert not actor.permits(Permission.ORDER_PLACE)


def test_a_key_opens_nothing_but_the_addresses_for_programs(market: Cast, portal: Flask) -> None:
    key = a_key(market.acme)
    assert actor_with(portal, key, "/people") is None
    assert actor_with(portal, key, "/apiary") is None


@pytest.mark.parametrize("key", ["", "mkp_wrong"])
def test_a_wrong_key_is_nobody(market: Cast, portal: Flask, key: str) -> None:
    assert actor_with(portal, key) is None


def test_a_revoked_key_is_nobody_for_good(market: Cast, portal: Flask) -> None:
    key = a_key(market.acme)
    with market.acme.at_work("administrator"):
        revoke_api_key(key_id=api_keys()[0].id)
    assert actor_with(portal, key) is None
    with pytest.raises(IntegrityError, match="written once"), market.acme.at_work("administrator") as work:
        work.execute(text("UPDATE api_keys SET revoked_at = NULL"))


def test_a_key_loses_the_roles_that_its_maker_loses(market: Cast, portal: Flask) -> None:
    membership_id = a_membership(market.acme, "receiver")
    with market.acme.at_work("administrator"):
        change_roles(membership_id=membership_id, roles=["receiver", "approver"], is_active=True)
    key = a_key(market.acme, "receiver")
    assert actor_with(portal, key).permits(Permission.GOODS_RECEIVE)  # type: ignore[union-attr]
    with market.acme.at_work("administrator"):
        change_roles(membership_id=membership_id, roles=["approver"], is_active=True)
    assert not actor_with(portal, key).permits(Permission.GOODS_RECEIVE)  # type: ignore[union-attr]
    with market.acme.at_work("administrator"):
        change_roles(membership_id=membership_id, roles=["approver"], is_active=False)
    assert actor_with(portal, key) is None


def test_a_key_of_a_suspended_organisation_is_nobody(market: Cast, portal: Flask) -> None:
    key = a_key(market.acme)
    with market.platform():
        suspend_organisation(organisation_id=market.acme.id, reason="Fraud.")
    assert actor_with(portal, key) is None


def test_a_key_cannot_be_given_more_roles_by_hand(market: Cast) -> None:
    a_key(market.acme)
    with pytest.raises(DBAPIError, match="permission denied"), market.acme.at_work("administrator") as work:
        work.execute(text('UPDATE api_keys SET roles = \'["administrator", "requester"]\''))


def test_a_key_of_somebody_else_is_not_found(market: Cast) -> None:
    a_key(market.acme)
    with market.acme.reading("administrator"):
        key_id = api_keys()[0].id
    with market.nosy.at_work("administrator"):
        assert api_keys() == []
        with pytest.raises(NotFound):
            revoke_api_key(key_id=key_id)
