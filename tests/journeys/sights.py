"""Which pages are there to look at, and which of them show something that was not seen yet?"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from marketplace.foundation.db import Base
from marketplace.foundation.forms import ROW_ID
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from tests.cast import Party

TRAITS = re.compile(r'<[a-z]+|\b(?:class|name|role|type)="[^"]*"')
"""What can be wrong with a page lies in its elements and their kinds, not in the words and figures of one row."""
ID = re.compile(ROW_ID)
NO_KEYS = {"membership_id": "memberships", "notice_id": "notices", "visit_id": "stripe_visits"}
NO_KEYS |= {"photo_id": "receipt_photos", "evidence_id": "dispute_evidence", "holding_id": "stock_holdings"}
NO_KEYS |= {"promotion_id": "promotions", "arrival_id": "arrivals", "suggestion_id": "item_suggestions"}
NO_KEYS |= {"approvals.rule_id": "approval_rules", "question_id": "approval_questions"}
NO_KEYS |= {"schedules.line_id": "standing_requisition_lines"}
NO_KEYS |= {"price_lists.line_id": "price_list_lines", "price_lists.import_id": "price_imports"}
"""The tables of the ids that no foreign key names so, or of another room's ids of the same name."""
WORDS = {"number": ["1"], "purpose": ["held"], "deed": ["hold"], "kind": ["csv"], "side": ["new"]}
"""What stands in an address and is no id."""
NOT_OF_ALL = {
    "policies.rule_id": "SELECT DISTINCT rule_id FROM policy_rules",
    "seller_id": "SELECT DISTINCT seller_id FROM scorecards",
    "pictures.task_id": "SELECT id FROM tasks WHERE kind = 'product pictures'",
}
"""Ids of those alone that have something to show."""
OF_PLATFORM = {
    "moderation.product_id": "SELECT DISTINCT ON (status) id FROM products"
    " WHERE id IN (SELECT product_id FROM product_reviews)"
}
"""Ids that the operator sees through the platform, though tenants see some of their table too."""
QUESTIONS = {"disputes.cases.open": "?order_id={order_id}"}
"""What an address asks for besides."""


class Sights:
    """What there is to see in the portal, for one colleague after the other."""

    def __init__(self, portal: Flask) -> None:
        self._portal = portal
        self._seen: dict[str, set[str]] = defaultdict(set)
        self._rules = [rule for rule in portal.url_map.iter_rules() if _is_looked_at(rule)]
        self.unreached = {rule.endpoint for rule in self._rules}

    def new_to(self, party: Party, role: str, browser: FlaskClient) -> Iterator[str]:
        """The addresses that show this colleague something that their kind of page has shown nobody before."""
        return self._new(browser, {"", "signed in"} | party.actor(role).permissions, _ids(party, role))

    def new_to_strangers(self, browser: FlaskClient, tokens: Sequence[str]) -> Iterator[str]:
        """The same for whoever is not signed in, and holds these links of letters."""
        return self._new(browser, {""}, {"token": tokens})

    def _new(
        self, browser: FlaskClient, permissions: set[str], known: Mapping[str, Sequence[str]]
    ) -> Iterator[str]:
        for rule in self._rules:
            if getattr(self._portal.view_functions[rule.endpoint], "permission", None) in permissions:
                for address in _addresses(rule, known):
                    if self._shows_something_new(rule.endpoint, browser, address):
                        yield address

    def _shows_something_new(self, endpoint: str, browser: FlaskClient, address: str) -> bool:
        answer = browser.get(address)
        if answer.status_code < 400:
            self.unreached.discard(endpoint)
        if answer.status_code != 200 or answer.mimetype != "text/html" or "<main" not in answer.text:
            return False
        traits = set(TRAITS.findall(ID.sub("", answer.text)))
        is_new = not traits <= self._seen[endpoint]
        self._seen[endpoint] |= traits
        return is_new


def _is_looked_at(rule: Rule) -> bool:
    return "GET" in (rule.methods or ()) and rule.endpoint != "static" and not rule.rule.startswith("/api/")


def _addresses(rule: Rule, known: Mapping[str, Sequence[str]]) -> Iterator[str]:
    question = QUESTIONS.get(rule.endpoint, "")
    wanted = sorted(rule.arguments | set(re.findall(r"{(\w+)}", question)))
    room = rule.endpoint.split(".")[-2] if "." in rule.endpoint else ""
    for found in product(*(known.get(f"{room}.{name}", known.get(name, ())) for name in wanted)):
        values = dict(zip(wanted, found, strict=True))
        built = rule.build({name: values[name] for name in rule.arguments})
        if built:
            yield built[1] + question.format(**values)


def _ids(party: Party, role: str) -> dict[str, Sequence[str]]:
    """By the name that addresses give them: one id for each state of what this colleague may see.

    What is the platform's alone, the operator sees through it.
    """
    closed = {mapper.local_table.name for mapper in Base.registry.mappers if not mapper.class_.tenancy.grants}
    asked = {argument: _one_of_each_state(table) for argument, table in _tables().items()}
    of_platform = {argument: asked.pop(argument) for argument, table in _tables().items() if table in closed}
    with party.reading(role) as work:
        found = _found(work, asked | NOT_OF_ALL)
    with unit_of_work(platform("tests"), read_only=True) as work:
        return WORDS | found | _found(work, of_platform | OF_PLATFORM)


def _found(work: Session, asked: Mapping[str, str]) -> dict[str, Sequence[str]]:
    return {argument: list(map(str, work.scalars(text(sql)))) for argument, sql in asked.items()}


def _one_of_each_state(table: str) -> str:
    columns = Base.metadata.tables[table].columns
    kind = next((name for name in ("status", "stage", "purpose") if name in columns), "id IS NULL")
    return f"SELECT DISTINCT ON ({kind}) id FROM {table} ORDER BY {kind}, id DESC"


def _tables() -> dict[str, str]:
    keys = [key for table in Base.metadata.tables.values() for key in table.foreign_keys]
    return {key.parent.name: key.column.table.name for key in keys if key.column.name == "id"} | NO_KEYS
