"""Is every kind of news told to somebody, or left out on purpose, and does each sentence hold together?"""

import re
from dataclasses import fields

import pytest
from flask import Flask

from marketplace.app import rooms
from marketplace.foundation.outbox import EVENTS
from marketplace.identity.notices.audience import (
    AUDIENCES,
    EVERYBODY,
    MEANT_BY_FIELD,
    OTHERS,
    Audience,
)
from marketplace.identity.notices.untold import TOLD_TO_NOBODY
from marketplace.permissions import ROLES, Permission

rooms()
OURS = {name: kind for name, kind in EVENTS.items() if kind.__module__.startswith("marketplace.events")}
ANNOUNCED = {name: kind for name, kind in OURS.items() if kind.headline}
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def named(audience: Audience) -> str:
    return f"{audience.kind.__name__} to {audience.party}"


@pytest.mark.parametrize("name", ANNOUNCED)
def test_every_kind_of_news_is_told_or_left_out_with_a_reason(name: str) -> None:
    is_told = any(audience.kind is OURS[name] for audience in AUDIENCES)
    assert is_told != (OURS[name] in TOLD_TO_NOBODY)


@pytest.mark.parametrize("audience", AUDIENCES, ids=named)
def test_a_sentence_names_only_what_the_news_carries(audience: Audience) -> None:
    known = {field.name for field in fields(audience.kind)} | {"buyer", "seller", "who"}
    assert set(PLACEHOLDER.findall(str(audience.sentence))) <= known


@pytest.mark.parametrize("audience", AUDIENCES, ids=named)
def test_an_audience_exists(audience: Audience) -> None:
    known = {field.name for field in fields(audience.kind)}
    assert audience.party in {EVERYBODY, OTHERS, *known}
    for meant in audience.people:
        if isinstance(meant, Permission):
            assert any(meant in role.permissions for role in ROLES.values())
        else:
            assert meant in known
            assert meant in MEANT_BY_FIELD or meant == "subject_id"


@pytest.mark.parametrize("audience", AUDIENCES, ids=named)
def test_a_link_leads_to_a_page_that_exists(portal: Flask, audience: Audience) -> None:
    link = audience.link
    rules = [rule for rule in portal.url_map.iter_rules() if rule.endpoint == link.endpoint]
    assert rules, link.endpoint
    assert any(rule.arguments == ({link.argument} if link.argument else set()) for rule in rules)
    assert link.field in {field.name for field in fields(audience.kind)}


def test_one_party_hears_one_sentence_of_one_kind_of_news() -> None:
    heard = [(audience.kind, audience.party) for audience in AUDIENCES]
    assert len(heard) == len(set(heard))
