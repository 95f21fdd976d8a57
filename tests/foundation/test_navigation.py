"""Does the menu show what one may open, and where one is?"""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.cast import Cast, Party


def marked(browser: FlaskClient, address: str) -> list[str]:
    """The addresses that the menu marks as the present one."""
    menu = browser.get(address).text.split('id="navigation"')[1].split("</nav>")[0]
    links = [part.split(">")[0] for part in menu.split("<a ")[1:]]
    return [link.split('href="')[1].split('"')[0] for link in links if "aria-current" in link]


def entrances(browser: FlaskClient) -> str:
    return browser.get("/profile").text.split('id="navigation"')[1].split("</nav>")[0]


@pytest.mark.parametrize(
    ("address", "entrance"),
    [
        ("/people", ["/people"]),
        ("/people/invite", ["/people"]),
        ("/organisation/sites/new", ["/organisation"]),
        ("/audit/check", ["/audit/"]),
        ("/profile", []),
        ("/security", []),
        ("/organisations", []),
    ],
)
def test_the_menu_marks_the_entrance_of_the_page(
    browser: FlaskClient, market: Cast, address: str, entrance: list[str]
) -> None:
    market.sign_in(browser, market.acme, "administrator")
    assert marked(browser, address) == entrance


def test_the_menu_of_the_operator_marks_one_of_two_entrances_of_a_room(
    browser: FlaskClient, market: Cast
) -> None:
    market.sign_in(browser, market.mira, "operator")
    assert marked(browser, "/market/members") == ["/market/members"]
    assert marked(browser, f"/market/members/{market.acme.id}") == ["/market/members"]
    assert marked(browser, "/market/letters") == ["/market/letters"]


@pytest.mark.parametrize(
    ("name", "role", "address"),
    [
        ("acme", "requester", "/shop/"),
        ("acme", "approver", "/approvals/"),
        ("acme", "receiver", "/receipts/"),
        ("acme", "buyer_finance", "/payments/"),
        ("acme", "administrator", "/organisation"),
        ("bolt", "sales_desk", "/catalogue/"),
        ("bolt", "warehouse", "/shipping/"),
        ("bolt", "supplier_finance", "/payments/incoming"),
        ("mira", "operator", "/market/members"),
        ("mira", "mediator", "/disputes/"),
    ],
)
def test_everybody_starts_where_their_work_is(
    browser: FlaskClient, market: Cast, name: str, role: str, address: str
) -> None:
    market.sign_in(browser, getattr(market, name), role)
    assert browser.get("/").location == address


def test_what_is_done_daily_stands_first(browser: FlaskClient, market: Cast) -> None:
    for party, role, first in (
        (market.acme, "procurement_lead", ["/shop/", "/requisitions/cart", "/requisitions/", "/approvals/"]),
        (market.bolt, "warehouse", ["/catalogue/", "/orders/received", "/shipping/", "/stock/"]),
    ):
        market.sign_in(browser, party, role)
        places = [entrances(browser).index(f'href="{address}"') for address in first]
        assert places == sorted(places)


def test_who_buys_and_sells_does_both_in_one_menu(browser: FlaskClient, market: Cast) -> None:
    with market.platform() as work:
        work.execute(
            text("UPDATE organisations SET is_supplier = true WHERE id = :id"), {"id": market.acme.id}
        )
        work.execute(
            text("UPDATE memberships SET roles = :roles WHERE person_id = :id"),
            {"roles": '["requester", "sales_desk"]', "id": market.acme.people["requester"]},
        )
    market.sign_in(browser, market.acme, "requester")
    menu = entrances(browser)
    assert 'href="/shop/"' in menu
    assert 'href="/catalogue/"' in menu
    assert 'href="/orders/received"' in menu
    assert 'href="/market/members"' not in menu


@pytest.mark.parametrize(
    ("name", "role", "shown", "hidden"),
    [
        ("acme", "administrator", "/people", "/market/members"),
        ("acme", "requester", "/orders", "/people"),
        ("mira", "operator", "/market/members", "/people"),
    ],
)
def test_the_menu_shows_what_the_role_opens(
    browser: FlaskClient, market: Cast, name: str, role: str, shown: str, hidden: str
) -> None:
    party: Party = getattr(market, name)
    market.sign_in(browser, party, role)
    menu = entrances(browser)
    assert f'href="{shown}' in menu
    assert f'href="{hidden}"' not in menu
