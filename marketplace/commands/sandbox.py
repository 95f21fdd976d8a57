"""Who plays Stripe where there is no key?"""

import json
from urllib.request import Request, urlopen

import click

from marketplace.billing.sandbox.server import SandboxNotStarted, serve_sandbox
from marketplace.billing.sandbox.webhook_endpoints import is_loopback
from marketplace.commands.preflight import prepared_folder
from marketplace.commands.programs import LOOPBACK, knockable
from marketplace.commands.surroundings import read_settings
from marketplace.foundation.processes import CannotStart
from marketplace.foundation.settings import current_settings

WEBHOOK_PATH = "/payments/stripe/webhook"
"""Where the portal hears of Stripe's events."""


@click.command()
def sandbox() -> None:
    """Play Stripe, on SANDBOX_PORT of this machine only; it remembers in DATA_DIR/sandbox."""
    settings = read_settings()
    folder = prepared_folder(settings.data_dir) / "sandbox"
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        serve_sandbox(folder / "stripe.sqlite3", LOOPBACK, settings.sandbox_port, announce=_tell_portal)
    except SandboxNotStarted as problem:
        raise CannotStart(str(problem)) from problem


def _tell_portal(url: str) -> None:
    """Has the sandbox send its events to the portal, signed with the secret that the portal expects."""
    settings = current_settings()
    host, secret = knockable(settings.host), settings.stripe_webhook_secret.get_secret_value()
    if not secret or not is_loopback(host):
        click.echo("No events are sent: STRIPE_WEBHOOK_SECRET is empty or HOST is not of this machine.")
        return
    endpoint = {"url": f"http://{host}:{settings.port}{WEBHOOK_PATH}", "secret": secret}
    headers = {
        "Authorization": f"Bearer {settings.stripe_api_key.get_secret_value()}",
        "Content-Type": "application/json",
    }
    request = Request(f"{url}/sandbox/webhook_endpoints", json.dumps(endpoint).encode(), headers)  # noqa: S310
    with urlopen(request, timeout=10) as answer:  # noqa: S310 - our own address
        click.echo(f"The sandbox answers at {url} and sends events to {endpoint['url']} ({answer.status}).")
