"""When may money go to a connected account?"""

from typing import Any

import pytest
import requests
import stripe


def create(client: stripe.StripeClient, **sent: Any) -> stripe.Account:
    return client.v1.accounts.create(
        {"type": "express", "capabilities": {"transfers": {"requested": True}}, **sent}
    )


def test_create_account_waits_for_what_is_due(client: stripe.StripeClient) -> None:
    account = create(client, country="FR", email="desk@bolt.example", metadata={"organisation": "4"})

    found = client.v1.accounts.retrieve(account.id)

    assert (found.payouts_enabled, found.charges_enabled, found.details_submitted) == (False, False, False)
    assert (found.country, found.email, found.metadata["organisation"]) == ("FR", "desk@bolt.example", "4")
    assert found.requirements.currently_due == ["external_account", "tos_acceptance.date"]
    assert found.requirements.disabled_reason == "requirements.past_due"
    assert found.capabilities.transfers == "inactive"


def test_update_account_with_all_that_is_due_enables_it(client: stripe.StripeClient, controls: Any) -> None:
    account = create(client)
    bank = {
        "object": "bank_account",
        "country": "FR",
        "currency": "eur",
        "account_number": "FR1420041010050500013M02606",
    }

    client.v1.accounts.update(account.id, {"external_account": bank})
    enabled = client.v1.accounts.update(
        account.id, {"tos_acceptance": {"date": 1_700_000_000, "ip": "127.0.0.1"}}
    )

    assert enabled.payouts_enabled is True
    assert enabled.external_accounts.data[0].last4 == "2606"
    assert enabled.capabilities.transfers == "active"
    event = controls.objects("event")[-1]
    assert (event["type"], event["account"]) == ("account.updated", account.id)


def test_onboard_account_on_the_hosted_page(client: stripe.StripeClient) -> None:
    account = create(client)
    link = client.v1.account_links.create(
        {
            "account": account.id,
            "type": "account_onboarding",
            "refresh_url": "http://127.0.0.1:1/again",
            "return_url": "http://127.0.0.1:1/done",
        }
    )
    assert "Stripe sandbox - no real money" in requests.get(link.url, timeout=5).text

    gone = requests.post(link.url, allow_redirects=False, timeout=5)

    assert gone.headers["Location"] == "http://127.0.0.1:1/done"
    assert client.v1.accounts.retrieve(account.id).payouts_enabled is True


def test_onboard_account_by_an_old_link_leads_to_another(client: stripe.StripeClient, controls: Any) -> None:
    account = create(client)
    link = client.v1.account_links.create(
        {
            "account": account.id,
            "type": "account_onboarding",
            "refresh_url": "http://127.0.0.1:1/again",
            "return_url": "http://127.0.0.1:1/done",
        }
    )
    controls.advance(301)

    for visit in (requests.get, requests.post):
        gone = visit(link.url, allow_redirects=False, timeout=5)
        assert gone.headers["Location"] == "http://127.0.0.1:1/again"
    assert client.v1.accounts.retrieve(account.id).payouts_enabled is False


def test_restrict_account_stops_it_until_lifted(
    client: stripe.StripeClient, controls: Any, seller: str
) -> None:
    controls.post(f"/sandbox/accounts/{seller}/restrict")
    stopped = client.v1.accounts.retrieve(seller)
    controls.post(f"/sandbox/accounts/{seller}/restrict", lift=True)

    assert (stopped.payouts_enabled, stopped.capabilities.transfers) == (False, "inactive")
    assert stopped.requirements.disabled_reason == "rejected.other"
    assert client.v1.accounts.retrieve(seller).payouts_enabled is True


def test_call_as_account_sees_only_its_own(client: stripe.StripeClient, seller: str) -> None:
    mine = client.v1.customers.create({"name": "Platform"})
    as_seller: Any = {"stripe_account": seller}

    theirs = client.v1.customers.create({"name": "Seller"}, as_seller)

    assert [c.id for c in client.v1.customers.list({}, as_seller).data] == [theirs.id]
    assert [c.id for c in client.v1.customers.list().data] == [mine.id]
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.retrieve(mine.id, {}, as_seller)
    assert client.v1.accounts.retrieve_current({}, as_seller).id == seller


def test_call_as_unknown_account_is_forbidden(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.PermissionError) as refused:
        client.v1.customers.list({}, {"stripe_account": "acct_nobody"})

    assert refused.value.http_status == 403
    assert refused.value.json_body["error"]["code"] == "account_invalid"


def test_list_accounts_is_newest_first(client: stripe.StripeClient) -> None:
    made = [create(client).id for _ in range(3)]

    assert [account.id for account in client.v1.accounts.list().data] == made[::-1]
