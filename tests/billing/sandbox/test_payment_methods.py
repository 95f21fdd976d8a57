"""Do test cards and accounts become payment methods of one customer, and only of that one?"""

import pytest
import stripe

from marketplace.billing.sandbox.specimens import ALL


def test_attach_method_makes_one_of_every_token(client: stripe.StripeClient, buyer: stripe.Customer) -> None:
    for specimen in (specimen for specimen in ALL if specimen.is_attachable):
        method = client.v1.payment_methods.attach(specimen.token, {"customer": buyer.id})

        assert method.id.startswith("pm_")
        assert method.id != specimen.token
        assert (method.customer, method.type) == (buyer.id, specimen.type)
        assert getattr(method, specimen.type).last4 == specimen.number[-4:]


def test_attach_method_of_a_declining_card_is_a_card_error(
    client: stripe.StripeClient, buyer: stripe.Customer
) -> None:
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": buyer.id})

    assert (declined.value.code, declined.value.error.decline_code) == ("card_declined", "generic_decline")
    assert client.v1.customers.payment_methods.list(buyer.id).data == []


def test_attach_method_of_another_customer_is_refused(
    client: stripe.StripeClient, buyer: stripe.Customer
) -> None:
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": buyer.id})
    other = client.v1.customers.create()

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_methods.attach(method.id, {"customer": other.id})

    assert refused.value.code == "payment_method_unexpected_state"
    assert client.v1.payment_methods.attach(method.id, {"customer": buyer.id}).customer == buyer.id


def test_detach_method_ends_its_use(client: stripe.StripeClient, buyer: stripe.Customer) -> None:
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": buyer.id})

    assert client.v1.payment_methods.detach(method.id).customer is None

    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        client.v1.payment_methods.attach(method.id, {"customer": buyer.id})
    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        client.v1.payment_methods.detach(method.id)


def test_create_method_from_card_token_and_iban(client: stripe.StripeClient) -> None:
    card = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    account = client.v1.payment_methods.create(
        {
            "type": "sepa_debit",
            "sepa_debit": {"iban": "FR14 2004 1010 0505 0001 3M02 606"},
            "billing_details": {"name": "Acme", "email": "finance@acme.example"},
        }
    )

    assert card.card.last4 == "4242"
    assert (account.sepa_debit.country, account.sepa_debit.last4) == ("FR", "2606")
    assert account.billing_details.name == "Acme"


@pytest.mark.parametrize(
    ("sent", "param"),
    [
        (
            {"type": "sepa_debit", "sepa_debit": {"iban": "FR1420041010050500013M02606"}},
            "billing_details[name]",
        ),
        (
            {
                "type": "sepa_debit",
                "sepa_debit": {"iban": "FR7630006000011234567890189"},
                "billing_details": {"name": "A", "email": "a@b.example"},
            },
            "sepa_debit[iban]",
        ),
        ({"type": "card", "card": {"token": "tok_nothing"}}, "card[token]"),
        ({"type": "paypal"}, "type"),
    ],
)
def test_create_method_refuses_what_is_no_test_method(
    client: stripe.StripeClient, sent: dict, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_methods.create(sent)

    assert refused.value.param == param


def test_create_method_refuses_a_raw_card_number(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError, match="unsafe"):
        client.v1.payment_methods.create({"type": "card", "card": {"number": "4242424242424242"}})


def test_list_methods_is_by_customer_and_type(client: stripe.StripeClient, buyer: stripe.Customer) -> None:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": buyer.id})
    account = client.v1.payment_methods.attach("pm_success_de", {"customer": buyer.id})

    listed = client.v1.customers.payment_methods.list(buyer.id)
    accounts = client.v1.payment_methods.list({"customer": buyer.id, "type": "sepa_debit"})

    assert [method.id for method in listed.data] == [account.id, card.id]
    assert [method.id for method in accounts.data] == [account.id]
    assert client.v1.customers.payment_methods.retrieve(buyer.id, card.id).id == card.id


def test_update_customer_takes_a_default_method(client: stripe.StripeClient, buyer: stripe.Customer) -> None:
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": buyer.id})

    client.v1.customers.update(buyer.id, {"invoice_settings": {"default_payment_method": method.id}})

    found = client.v1.customers.retrieve(buyer.id, {"expand": ["invoice_settings.default_payment_method"]})
    assert found.invoice_settings.default_payment_method.card.last4 == "4242"
