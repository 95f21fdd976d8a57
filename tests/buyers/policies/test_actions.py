"""Are buying rules written as versions, by procurement leads alone, and never as something that means nothing?"""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.buyers.policies.actions import switch_rule, write_rule
from marketplace.buyers.policies.evaluating import Effect, PolicyKind
from marketplace.buyers.policies.queries import newest_versions, rules_on, versions
from marketplace.foundation import clock
from marketplace.foundation.errors import Invalid, NotFound
from tests.cast import Cast
from tests.factories.identity import last_news
from tests.factories.policies import a_policy

K = PolicyKind


def test_write_rule_again_adds_a_version_and_keeps_those_before(market: Cast) -> None:
    first = a_policy(market.acme, minimum_amount=Decimal(100))
    second = a_policy(market.acme, K.CATEGORY_BAN, Effect.WARN, name="Other", rule_id=first.rule_id)
    with market.acme.reading("procurement_lead"):
        rows = versions(first.rule_id)
        assert [(row.version, row.name, row.minimum_amount) for row in rows] == [
            (2, "Other", None),
            (1, "Contract first", Decimal(100)),
        ]
        assert {row.kind for row in rows} == {K.CONTRACT_FIRST}
        assert [row.id for row in newest_versions()] == [second.id]
        news = last_news(first.rule_id)
        assert (news.subject, news.payload["version"]) == ("policy_rule", 2)


def test_switch_rule_off_and_on_makes_versions_and_twice_the_same_none(market: Cast) -> None:
    rule = a_policy(market.acme)
    with market.acme.at_work("procurement_lead"):
        assert switch_rule(rule_id=rule.rule_id, is_on=True).version == 1
        assert switch_rule(rule_id=rule.rule_id, is_on=False).version == 2
        assert rules_on(clock.today()) == []
        assert switch_rule(rule_id=rule.rule_id, is_on=True).version == 3
        assert [row.version for row in rules_on(clock.today())] == [3]


@pytest.mark.parametrize(
    ("kind", "said", "field"),
    [
        (K.CATEGORY_BAN, {"cpv_prefix": None}, "cpv_prefix"),
        (K.CATEGORY_BAN, {"cpv_prefix": "9"}, "cpv_prefix"),
        (K.CATEGORY_BAN, {"cpv_prefix": "٣٣"}, "cpv_prefix"),
        (K.CATEGORY_BAN, {"cpv_prefix": "02"}, "cpv_prefix"),
        (K.CATEGORY_BAN, {"cpv_prefix": "441234567"}, "cpv_prefix"),
        (K.PREFERRED_SUPPLIER, {}, "supplier_ids"),
        (K.PREFERRED_SUPPLIER, {"supplier_ids": [uuid4()]}, "supplier_ids"),
        (K.CONTRACT_FIRST, {"supplier_ids": [uuid4()]}, "supplier_ids"),
        (K.CONTRACT_FIRST, {"figure": Decimal(3)}, "figure"),
        (K.CONTRACT_FIRST, {"minimum_amount": Decimal(-1)}, "minimum_amount"),
        (K.CONTRACT_FIRST, {"ends_on": clock.today() - timedelta(days=1)}, "ends_on"),
        (K.QUOTES, {}, "figure"),
        (K.QUOTES, {"figure": Decimal(1)}, "figure"),
        (K.QUOTES, {"figure": Decimal("2.5")}, "figure"),
        (K.STANDING, {"figure": Decimal(101)}, "figure"),
        (K.PRICE_RISE, {"figure": Decimal("0.001")}, "figure"),
    ],
)
def test_write_rule_that_means_nothing_is_refused_at_its_field(
    market: Cast, kind: PolicyKind, said: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        a_policy(market.acme, kind, **said)
    assert refused.value.field == field


def test_write_rule_of_another_organisation_is_not_found(market: Cast) -> None:
    rule = a_policy(market.acme)
    with pytest.raises(NotFound):
        a_policy(market.nosy, rule_id=rule.rule_id)


def test_write_rule_about_another_organisations_site_is_not_found(market: Cast) -> None:
    with pytest.raises(NotFound):
        a_policy(market.acme, site_id=market.nosy.sites[0])


@pytest.mark.parametrize("role", ["requester", "approver", "administrator", "buyer_finance"])
def test_write_rule_by_anybody_but_a_lead_is_refused_by_the_database(market: Cast, role: str) -> None:
    with pytest.raises(IntegrityError, match="only procurement_lead"), market.acme.at_work(role):
        write_rule(kind=K.CONTRACT_FIRST, name="X", effect=Effect.WARN, starts_on=clock.today())


@pytest.mark.parametrize(
    "statement",
    [
        "update policy_rules set effect = 'warn'",
        "delete from policy_rules",
        "insert into policy_rules select (jsonb_populate_record(p, jsonb_build_object('id', uuidv7(), 'version', 7))).*"
        " from policy_rules p",
        "insert into policy_rules select (jsonb_populate_record(p, jsonb_build_object('id', uuidv7(), 'version', 2,"
        " 'kind', 'price_rise', 'figure', 5))).* from policy_rules p",
    ],
)
def test_write_versions_by_hand_is_refused(market: Cast, statement: str) -> None:
    a_policy(market.acme)
    with (
        pytest.raises(DBAPIError, match=r"permission denied|does not follow"),
        market.acme.at_work("procurement_lead") as work,
    ):
        work.execute(text(statement))
