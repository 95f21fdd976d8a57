"""What does a person see: the page for a payment method, the bank's question, onboarding?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from flask import Flask, redirect, render_template, request
from werkzeug.wrappers import Response

from marketplace.billing.sandbox import accounts, charging, checkout, setup_intents
from marketplace.billing.sandbox.api import Sandbox
from marketplace.billing.sandbox.calls import Answer, Call
from marketplace.billing.sandbox.errors import Json, Refusal, no_such
from marketplace.billing.sandbox.specimens import ALL

# No script, no foreign origin, no frame; forms may lead on to the platform's own address.
POLICY = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'"


def front_page(_sandbox: Sandbox) -> str:
    """What this is, and what it is not."""
    return render_template("home.html", specimens=ALL)


def checkout_page(sandbox: Sandbox, identity: str) -> str:
    """The test cards and accounts to choose from."""
    with _visit(sandbox, identity, "checkout.session") as (_, session):
        return _checkout(session, "")


def choose_method(sandbox: Sandbox, identity: str) -> Any:
    """`payment_method` (a test token), `name` and `email`: saved, then off to the success address."""
    with _visit(sandbox, identity, "checkout.session") as (call, session):
        holder = {name: request.form.get(name, "").strip() for name in ("name", "email")}
        token = request.form.get("payment_method", "")
        return _after_choice(call, session, checkout.save_method(call, session, token, holder))


def authentication_page(sandbox: Sandbox, identity: str) -> str:
    """The bank's question."""
    with _visit(sandbox, identity, _intent_kind(identity)) as (_, intent):
        return render_template("authenticate.html", intent=intent)


def answer_bank(sandbox: Sandbox, identity: str) -> Response:
    """`answer` yes or no, then back to where the person came from."""
    with _visit(sandbox, identity, _intent_kind(identity)) as (call, intent):
        return redirect(_after_authentication(call, intent, request.form.get("answer") == "yes"), 303)


def onboarding_page(sandbox: Sandbox, identity: str) -> Any:
    """What the account's holder confirms; a link that has run out goes back for another."""
    with _visit(sandbox, identity, "account_link") as (call, link):
        if link["expires_at"] < call.now:
            return redirect(link["_refresh_url"], 303)
        return render_template("onboarding.html", account=accounts.account(call, link["_account"]))


def complete_onboarding(sandbox: Sandbox, identity: str) -> Response:
    """Everything that was due is given."""
    with _visit(sandbox, identity, "account_link") as (call, link):
        if link["expires_at"] < call.now:
            return redirect(link["_refresh_url"], 303)
        accounts.onboard(call, accounts.account(call, link["_account"]))
        return redirect(link["_return_url"], 303)


_PAGES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("GET", "/", front_page),
    ("GET", "/checkout/<identity>", checkout_page),
    ("POST", "/checkout/<identity>", choose_method),
    ("GET", "/authenticate/<identity>", authentication_page),
    ("POST", "/authenticate/<identity>", answer_bank),
    ("GET", "/onboarding/<identity>", onboarding_page),
    ("POST", "/onboarding/<identity>", complete_onboarding),
)


def add_pages(app: Flask, sandbox: Sandbox) -> None:
    """Give the application the pages that people are sent to; an address is known to whom it was given."""
    for method, url, page in _PAGES:
        app.add_url_rule(url, endpoint=f"{method} {url}", view_func=partial(page, sandbox), methods=[method])


@contextmanager
def _visit(sandbox: Sandbox, identity: str, kind: str) -> Iterator[tuple[Call, Json]]:
    """The visit of a page about one object, in a transaction of its own."""
    sandbox.courier.do_what_is_due()
    with sandbox.store.writing() as work:
        owner = work.rows("SELECT account FROM objects WHERE id = ? AND kind = ?", identity, kind)
        if not owner:
            raise no_such(kind, identity)
        call = Call(
            work=work, account=owner[0]["account"], now=work.now, params={}, base_url=request.host_url
        )
        yield call, call.found(kind, identity)
    sandbox.courier.wake()


def _checkout(session: Json, refusal: str) -> str:
    checkout.check_open(session)
    offered = [specimen for specimen in ALL if specimen.type in session["payment_method_types"]]
    return render_template("checkout.html", session=session, offered=offered, refusal=refusal)


def _after_choice(call: Call, session: Json, outcome: Json | Answer) -> Any:
    if isinstance(outcome, Answer):
        return _checkout(session, outcome.body["error"]["message"]), 422
    if outcome["status"] == "requires_action":
        return redirect(f"/authenticate/{outcome['id']}", 303)
    return redirect(checkout.success_address(session), 303)


def _intent_kind(identity: str) -> str:
    return "setup_intent" if identity.startswith("seti_") else "payment_intent"


def _after_authentication(call: Call, intent: Json, is_authenticated: bool) -> str:
    back = intent["_return_url"]
    if intent["object"] == "payment_intent":
        charging.finish_authentication(call, intent, is_authenticated=is_authenticated)
        return f"{back or '/'}?payment_intent={intent['id']}"
    setup_intents.finish_authentication(call, intent, is_authenticated=is_authenticated)
    if "_session" not in intent:
        return f"{back or '/'}?setup_intent={intent['id']}"
    checkout.finish_session(call, intent)
    session = call.found("checkout.session", intent["_session"])
    return checkout.success_address(session) if is_authenticated else f"/checkout/{session['id']}"


def page_error(refusal: Refusal) -> tuple[str, int]:
    """A page that says why there is nothing to do here."""
    return render_template("refused.html", message=refusal.message), refusal.status
