"""Is whatever somebody types answered in words, and never by a page that says something went wrong?

Every page that a permitted person can open is opened; each of its forms is sent with what no honest person types, and
each address is asked for with such questions.
"""

import json
import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import cycle, islice, product
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import FromClause, text
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.routing import Rule, UUIDConverter
from werkzeug.test import TestResponse as Response

from marketplace.app import create_app, rooms
from marketplace.foundation import background
from marketplace.foundation.db import Base
from marketplace.foundation.outbox import deliver_everything
from marketplace.permissions import permissions_of
from tests.cast import BUYER_ROLES, OPERATOR_ROLES, SUPPLIER_ROLES, Cast
from tests.databases import clone
from tests.factories.identity import everyday_life
from tests.factories.pages import PageForm, forms_of
from tests.factories.payments import running_stripe
from tests.factories.unfinished import unfinished_business

rooms()
APP = create_app()
RULES = [rule for rule in APP.url_map.iter_rules() if rule.endpoint != "static"]
OTHERS = {"number": [1, 99999999999999999999], "token": ["nonsense"], "kind": ["csv", "bmecat"]}
ID = re.compile("[0-9a-f-]{36}")
MOST = 8
HOSTILE = (
    "\x00", "a\x00b", "1" + "0" * 30, "-1", "0", "1e5", "NaN", "Infinity", "٣", "²", "0.00001", "99999999999",
    "0001-01-01", "9999-12-31", "2026-02-30", "9999-12-31T23:59", "not-a-uuid", str(UUID(int=0)),
    "x" * 10_000, "\U0001f4a5" * 50 + "\u202e\u05d0", "<script>alert(1)</script>", "' OR 1=1 --", "{{ 7 * 7 }}%s", "",
)  # fmt: skip
QUESTIONS = (
    "q", "page", "state", "status", "view", "category", "supplier", "price", "counterpart", "late", "measure",
    "wanted", "words", "document", "subject", "quantity", "for", "order_line_ids", "above", "cpv_code", "only", "all",
)  # fmt: skip
# They would end the visit, and with it the walk.
FINAL = ("/sign-out", "/security/sign-ins/end")
TRIES = 2
PLACES = ("after", "before", "page")
GIVE_ROLES = "UPDATE memberships SET roles = cast(:roles AS jsonb) WHERE person_id = :person"
PEOPLE = (
    ("acme", "procurement_lead", BUYER_ROLES),
    ("bolt", "sales_desk", SUPPLIER_ROLES),
    ("mira", "mediator", OPERATOR_ROLES),
)


class Page(NamedTuple):
    """What somebody was answered."""

    visitor: FlaskClient
    rule: Rule
    address: str
    status: int
    html: str


@pytest.fixture(scope="module")
def market(portal: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    """A market full of unfinished business, in which one person of each side has every role."""
    folder = tmp_path_factory.mktemp("unfinished")
    with running_stripe(folder) as stripe, clone(), background.in_this_process():
        cast = Cast.present()
        with portal.test_request_context(base_url="http://localhost"):
            everyday_life(cast)
            unfinished_business(cast, stripe)
            deliver_everything()
        with cast.platform() as work:
            for name, role, roles in PEOPLE:
                member = {"person": getattr(cast, name).people[role], "roles": json.dumps(roles)}
                work.execute(text(GIVE_ROLES), member)
        yield cast


@pytest.fixture(scope="module")
def visitors(portal: Flask, market: Cast) -> Iterator[list[FlaskClient]]:
    """Their browsers, and a stranger's. A mistake of ours becomes a page, as it would outside of tests."""
    portal.config["PROPAGATE_EXCEPTIONS"] = False
    known = [market.sign_in(portal.test_client(), getattr(market, name), role) for name, role, _ in PEOPLE]
    yield [*known, portal.test_client()]
    portal.config["PROPAGATE_EXCEPTIONS"] = None


@pytest.fixture(scope="module")
def pages(market: Cast, visitors: list[FlaskClient]) -> list[Page]:
    """Every page that one of them can open, of a thing in each of its states."""
    with market.platform() as work:
        places = [(rule, list(addresses(rule, work))) for rule in RULES if "GET" in (rule.methods or ())]
    opened = []
    for number, (rule, found) in product(range(len(visitors)), places):
        visitor = visitors[number]
        for address in found if is_for(number, rule) else ():
            answer = visitor.get(address)
            opened.append(
                Page(visitor, rule, address, answer.status_code, answer.get_data().decode(errors="replace"))
            )
    return opened


def is_for(number: int, rule: Rule) -> bool:
    """Whether a page is for that visitor; what is for everybody signed in, the first looks at for all."""
    permission = APP.view_functions[rule.endpoint].permission  # type: ignore[attr-defined]
    if permission in ("", "signed in"):
        return number == (0 if permission else len(PEOPLE))
    return number < len(PEOPLE) and permission in permissions_of(list(PEOPLE[number][2]))


def addresses(rule: Rule, work: Session) -> Iterator[str]:
    """Where that rule leads to, for things that there are."""
    choices = [
        things(work, name) if isinstance(rule._converters[name], UUIDConverter) else OTHERS.get(name, ["x"])
        for name in sorted(rule.arguments)
    ]
    for values in islice(product(*choices), MOST):
        built = rule.build(dict(zip(sorted(rule.arguments), values, strict=True)))
        assert built is not None
        yield built[1]


def things(work: Session, argument: str) -> list[UUID]:
    """Ids of what an argument such as `order_id` names: one in each state that there is, or two."""
    found: list[UUID] = []
    for table in named(argument):
        few = "DISTINCT ON (status) id FROM {}" if "status" in table.c else "id FROM {} LIMIT 2"
        found += work.scalars(text(f"SELECT {few.format(table.name)}"))
    return found or [UUID(int=0)]


def named(argument: str) -> set[FromClause]:
    """The tables that columns of that name refer to, else those that are called like it."""
    tables, noun = Base.metadata.sorted_tables, argument.removesuffix("_id")
    keys = [key for table in tables if argument in table.c for key in table.c[argument].foreign_keys]
    nouns = (noun, f"{noun}s", f"{noun.removesuffix('y')}ies")
    of_rows = {key.column.table for key in keys if key.column.name == "id"}
    return of_rows or {t for t in tables if t.name.endswith(nouns)}


def broken(answers: Iterable[tuple[str, Response]]) -> list[str]:
    """What was asked where the answer is that something went wrong on our side."""
    return sorted({asked for asked, answer in answers if answer.status_code >= 500})


def sent(form: PageForm, hostile: dict[str, str]) -> MultiDict[str, Any]:
    """What a browser would send of the form, with other values in these fields; files are of the same stuff."""
    data: MultiDict[str, Any] = MultiDict()
    for name, value, kind in form.fields:
        typed = hostile.get(name, value)
        is_file = kind == "file"
        data.add(name, FileStorage(BytesIO(typed.encode()), typed[:99] or "a.csv") if is_file else typed)
    return data


def test_most_pages_are_reached(pages: list[Page]) -> None:
    reached = {page.rule.endpoint for page in pages if page.status == 200}
    assert len(reached) > 0.75 * len({page.rule.endpoint for page in pages})


def test_no_page_breaks(pages: list[Page]) -> None:
    assert [page.address for page in pages if page.status >= 500] == []


def test_no_question_in_an_address_breaks_a_page(pages: list[Page]) -> None:
    typed, opened = cycle(HOSTILE), [page for page in pages if page.status == 200]
    first = {(page.visitor, page.rule.endpoint): page for page in opened}
    answers = []
    for page, asked in zip(first.values(), cycle((QUESTIONS, QUESTIONS, PLACES)), strict=False):
        value = next(typed)
        answer = page.visitor.get(page.address, query_string=dict.fromkeys(asked, value))
        answers.append((f"{page.rule.rule}?{asked[0]}={value[:40]!r}", answer))
    assert broken(answers) == []


def test_nothing_typed_into_a_form_breaks_its_page(pages: list[Page]) -> None:
    forms = {}
    for page in pages:
        for form in forms_of(page.html) if page.status == 200 else ():
            address = urlsplit(form.action).path or page.address
            forms[page.visitor, ID.sub("…", address), *form.names] = (page.visitor, address, form)
    assert len(forms) > 100
    typed, answers = cycle(HOSTILE), []
    for visitor, address, form in forms.values():
        if form.method == "post" and address not in FINAL:
            for names in (form.names, *([name] for name in islice(cycle(form.names), TRIES))):
                value = next(typed)
                answer = visitor.post(address, data=sent(form, dict.fromkeys(names, value)))
                answers.append((f"{ID.sub('…', address)} {names} {value[:40]!r}", answer))
    assert broken(answers) == []


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/orders/not-a-uuid", 404),
        ("/orders/%00", 404),
        ("/orders/%ff%fe", 404),
        ("/shop/?q=%ff%fe%00", 200),
        ("/shop/?after=%00", 200),
        ("/orders/?after=..%2F..%2Fetc%2Fpasswd", 422),
        ("/..%2f..%2fetc/passwd", 404),
    ],
)
def test_an_address_that_is_none_is_answered_in_words(
    visitors: list[FlaskClient], address: str, status: int
) -> None:
    assert visitors[0].get(address).status_code == status


HEADERS = (
    {"Accept-Language": "x" * 5000},
    {"Accept": "\xff;q=NaN, */*;q=1e999"},
    {"User-Agent": "\xff" * 5000},
    {"X-Forwarded-For": "'; DROP TABLE people"},
    {"If-None-Match": '"', "Range": "bytes=9999999999-1"},
    {"HX-Request": "\x01", "HX-Target": "#" * 5000},
    {"Authorization": "Bearer " + "\xff" * 5000},
    {"Cookie": "marketplace=..; language=../..; theme=<script>"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "application/json; charset=nonsense"},
)


@pytest.mark.parametrize("headers", HEADERS, ids=[", ".join(headers) for headers in HEADERS])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_header_breaks_a_page(visitors: list[FlaskClient], headers: dict[str, str], method: str) -> None:
    for address in ("/orders/", "/sign-in", "/api/me", "/profile"):
        assert visitors[0].open(address, method=method, headers=headers, data=b"\xff\x00").status_code < 500


def test_the_wrong_kind_of_request_is_refused_in_words(visitors: list[FlaskClient]) -> None:
    for rule in RULES:
        built = rule.build(dict.fromkeys(rule.arguments, UUID(int=1)))
        if built and not {"PUT", "DELETE"} & set(rule.methods or ()):
            assert visitors[0].put(built[1]).status_code in (404, 405), rule.rule


def test_without_its_token_no_form_is_taken(portal: Flask, visitors: list[FlaskClient]) -> None:
    portal.config["WTF_CSRF_ENABLED"] = True
    answers = [
        (
            rule.endpoint,
            visitors[0].post(str((rule.build(dict.fromkeys(rule.arguments, UUID(int=1))) or "")[1])),
        )
        for rule in RULES
        if "POST" in (rule.methods or ())
    ]
    portal.config["WTF_CSRF_ENABLED"] = False
    taken = [endpoint for endpoint, answer in answers if answer.status_code != 400]
    assert taken == ["billing.payments.webhook"]
