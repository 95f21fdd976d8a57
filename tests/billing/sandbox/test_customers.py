"""Is a customer kept, changed, listed and deleted as Stripe does?"""

import pytest
import stripe


def test_create_customer_keeps_nested_metadata(client: stripe.StripeClient) -> None:
    made = client.v1.customers.create({"name": "Acme & Fils", "metadata": {"order": "7", "0": "numeric key"}})

    found = client.v1.customers.retrieve(made.id)

    assert found.id.startswith("cus_")
    assert (found.object, found.livemode, found.name) == ("customer", False, "Acme & Fils")
    assert found.metadata.to_dict() == {"order": "7", "0": "numeric key"}


def test_update_customer_unsets_an_empty_metadata_key(client: stripe.StripeClient) -> None:
    made = client.v1.customers.create({"name": "Acme", "metadata": {"kept": "1", "dropped": "2"}})

    changed = client.v1.customers.update(made.id, {"email": "a@acme.example", "metadata": {"dropped": ""}})

    assert changed.email == "a@acme.example"
    assert changed.name == "Acme"
    assert changed.metadata.to_dict() == {"kept": "1"}


def test_update_customer_with_empty_metadata_unsets_all(client: stripe.StripeClient) -> None:
    made = client.v1.customers.create({"metadata": {"kept": "1"}})

    assert client.v1.customers.update(made.id, {"metadata": ""}).metadata.to_dict() == {}


def test_delete_customer_leaves_a_stone(client: stripe.StripeClient, buyer: stripe.Customer) -> None:
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": buyer.id})
    assert client.v1.customers.delete(buyer.id).deleted is True
    assert client.v1.payment_methods.retrieve(method.id).customer is None

    assert client.v1.customers.retrieve(buyer.id).deleted is True
    assert client.v1.customers.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such customer") as refused:
        client.v1.payment_intents.create({"amount": 1000, "currency": "eur", "customer": buyer.id})
    assert (refused.value.http_status, refused.value.param) == (400, "customer")
    with pytest.raises(stripe.InvalidRequestError) as gone:
        client.v1.customers.update(buyer.id, {"name": "Again"})
    assert gone.value.http_status == 404


def test_retrieve_unknown_customer_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.retrieve("cus_nobody")

    assert refused.value.http_status == 404
    assert refused.value.code == "resource_missing"
    assert refused.value.param == "id"
    assert refused.value.user_message == "No such customer: 'cus_nobody'"


def test_list_customers_pages_newest_first(client: stripe.StripeClient) -> None:
    made = [client.v1.customers.create({"name": str(number)}).id for number in range(7)]
    newest = made[::-1]

    first = client.v1.customers.list({"limit": 3})
    second = client.v1.customers.list({"limit": 3, "starting_after": first.data[-1].id})
    back = client.v1.customers.list({"limit": 2, "ending_before": second.data[0].id})

    assert [customer.id for customer in first.data] == newest[:3]
    assert (first.has_more, first.url) == (True, "/v1/customers")
    assert [customer.id for customer in second.data] == newest[3:6]
    assert [customer.id for customer in back.data] == newest[1:3]
    assert [customer.id for customer in first.auto_paging_iter()] == newest


def test_list_customers_filters_by_mail_and_time(client: stripe.StripeClient, buyer: stripe.Customer) -> None:
    client.v1.customers.create({"email": "other@acme.example"})

    assert [c.id for c in client.v1.customers.list({"email": str(buyer.email)}).data] == [buyer.id]
    assert client.v1.customers.list({"created": {"gt": buyer.created + 100}}).data == []
    assert len(client.v1.customers.list({"created": {"gte": buyer.created}}).data) == 2


def test_list_customers_refuses_an_unknown_cursor(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.list({"starting_after": "cus_nobody"})

    assert refused.value.param == "starting_after"
