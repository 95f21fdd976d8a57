"""Is every route guarded, and blind to other tenants?"""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.routing import Rule, UUIDConverter

from marketplace.app import create_app, rooms
from marketplace.foundation.db import Base, new_id
from marketplace.permissions import Permission
from tests.cast import Cast
from tests.house.test_tenancy import OPEN_TO_MEMBERS

rooms()
APP = create_app()
RULES = [rule for rule in APP.url_map.iter_rules() if rule.endpoint != "static"]
WITH_ID = [
    rule
    for rule in RULES
    if rule.arguments and all(isinstance(c, UUIDConverter) for c in rule._converters.values())
]
KNOWN = {*map(str, Permission), "", "signed in"}
# What an outsider may be told of an id: that there is nothing, that their role does not allow it, that a program needs
# a key, or that the form behind it (which shows nothing of the thing) was not filled in.
BLIND = (401, 403, 404, 422)


def named(rule: Rule) -> str:
    return f"{rule.endpoint} {rule.rule}"


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_every_endpoint_names_its_permission(rule: Rule) -> None:
    assert getattr(APP.view_functions[rule.endpoint], "permission", None) in KNOWN


@pytest.mark.parametrize("rule", [r for r in RULES if not r.arguments], ids=named)
def test_a_stranger_sees_only_what_is_for_everybody(trade: Cast, portal: Flask, rule: Rule) -> None:
    if APP.view_functions[rule.endpoint].permission == "" or "GET" not in (rule.methods or ()):  # type: ignore[attr-defined]
        return
    assert portal.test_client().get(rule.rule).status_code in (303, 401)


@pytest.fixture(scope="module")
def foreign(trade: Cast) -> list[UUID]:
    """Ids of rows of Acme and Bolt that are not for every member, of every table that has any."""
    found = []
    with trade.platform() as work:
        for table in Base.metadata.tables.values():
            parties = [c.name for c in table.columns if c.name in ("organisation_id", "buyer_id", "owner_id")]
            if parties and "id" in table.columns:
                is_open = OPEN_TO_MEMBERS.get(table.name, "false")
                question = text(
                    f"SELECT t.id FROM {table.name} t WHERE t.{parties[0]} IN (:a, :b)"
                    f" AND NOT coalesce({is_open}, false) LIMIT 1"
                )
                found += list(work.scalars(question, {"a": trade.acme.id, "b": trade.bolt.id}))
    return found


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_tenants_id_opens_nothing(
    trade: Cast, portal: Flask, foreign: list[UUID], method: str
) -> None:
    """Every route that takes ids, with every foreign id in turn, as everybody of the outsiders together."""
    leaks = []
    for party in (trade.nosy, trade.pry):
        for role in party.people:
            browser = trade.sign_in(portal.test_client(), party, role)
            for rule in WITH_ID:
                if method in (rule.methods or ()):
                    for identity in sampled(foreign, rule):
                        path = rule.build(dict.fromkeys(rule.arguments, identity))
                        answer = browser.open(path[1] if path else "", method=method)  # type: ignore[index]
                        if answer.status_code not in BLIND:
                            leaks.append((rule.rule, answer.status_code))
    assert sorted(set(leaks)) == []


def sampled(foreign: list[UUID], rule: Rule) -> list[UUID]:
    """Some of the foreign ids, others for each rule, and one that nobody has."""
    start = sum(map(ord, rule.rule)) % len(foreign)
    return [*(foreign + foreign)[start : start + 3], new_id()]
