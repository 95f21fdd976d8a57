"""Which rooms does the house have, in which order do they stand, and how do they come together?

`ROOMS` is the floor plan: a room may know those before it, never those after it.
"""

from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import NamedTuple

from flask import Blueprint, Flask, g, redirect, request, url_for
from flask_talisman import Talisman
from flask_wtf.csrf import generate_csrf
from jinja2 import StrictUndefined
from sqlalchemy.orm import configure_mappers
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from marketplace.foundation import assets, language, logs, navigation, presentation, web
from marketplace.foundation.places import STATIC, TEMPLATES
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.access import login
from marketplace.identity.access.queries import actor_of_request
from marketplace.permissions import Permission

ROOMS = (
    "identity.organisations",
    "identity.people",
    "identity.access",
    "identity.notices",
    "identity.audit",
    "sellers.customers",
    "sellers.attributes",
    "sellers.facts",
    "sellers.catalogue",
    "sellers.pictures",
    "sellers.specifications",
    "sellers.documents",
    "sellers.search",
    "sellers.items",
    "sellers.versions",
    "sellers.moderation",
    "sellers.price_lists",
    "sellers.promotions",
    "sellers.warehouses",
    "sellers.stock",
    "sellers.stocktaking",
    "sellers.replenishment",
    "sellers.exchange",
    "sellers.fulfilment",
    "sellers.scorecards",
    "contracts.agreements",
    "contracts.prices",
    "buyers.budgets",
    "buyers.approvals",
    "buyers.policies",
    "buyers.requisitions",
    "buyers.schedules",
    "buyers.shopping",
    "buyers.searches",
    "buyers.orders",
    "buyers.receiving",
    "buyers.history",
    "billing.ledger",
    "billing.payments",
    "disputes.cases",
    "disputes.mediation",
    "interop.api",
)
# In which order the entrances of a group stand in the menu: what is done every day first.
MENU = (
    "buyers.shopping.search",
    "buyers.shopping.quick",
    "buyers.requisitions.cart",
    "buyers.requisitions.index",
    "buyers.schedules.index",
    "buyers.approvals.index",
    "buyers.orders.index",
    "buyers.receiving.index",
    "sellers.catalogue.index",
    "sellers.versions.index",
    "buyers.orders.received",
    "sellers.fulfilment.index",
    "sellers.stock.index",
    "sellers.stocktaking.index",
    "sellers.replenishment.low",
    "sellers.replenishment.index",
    "sellers.warehouses.index",
    "buyers.receiving.counted",
    "sellers.price_lists.index",
    "sellers.promotions.index",
    "sellers.customers.index",
    "buyers.searches.index",
    "billing.payments.index",
    "billing.payments.methods",
    "billing.payments.incoming",
    "billing.payments.payouts",
    "billing.payments.market",
    "billing.payments.commission",
    "disputes.cases.index",
    "sellers.scorecards.suppliers",
    "sellers.scorecards.index",
    "identity.organisations.members",
    "sellers.moderation.index",
    "sellers.items.index",
    "disputes.mediation.index",
    "identity.organisations.show",
    "identity.people.index",
    "buyers.policies.index",
    "buyers.approvals.rules",
)
# Where somebody's work begins: at the first of these that is theirs.
STARTS = (
    (Permission.MARKET_ADMIT, "identity.organisations.members"),
    (Permission.APPROVAL_DECIDE, "buyers.approvals.index"),
    (Permission.REQUISITION_WRITE, "buyers.shopping.search"),
    (Permission.CATALOGUE_WRITE, "sellers.catalogue.index"),
    (Permission.GOODS_RECEIVE, "buyers.receiving.index"),
    (Permission.GOODS_SHIP, "sellers.fulfilment.index"),
    (Permission.PAYMENT_MAKE, "billing.payments.index"),
    (Permission.PAYOUT_MANAGE, "billing.payments.incoming"),
    (Permission.DISPUTE_MEDIATE, "disputes.cases.index"),
    (Permission.ORGANISATION_MANAGE, "identity.organisations.show"),
)
GROUND = ("files", "mail", "numbering", "outbox", "periodic", "tasks")
PARTS = ("models", "jobs", "reactions", "views")
POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}


class Room(NamedTuple):
    """One room, with those of its parts that the roof plugs in."""

    package: str
    parts: dict[str, ModuleType]


def rooms() -> list[Room]:
    """All rooms in floor order, imported: their tables, jobs and reactions are registered by that."""
    for name in GROUND:
        import_module(f"marketplace.foundation.{name}")
    return [Room(name.split(".")[0], _parts(name)) for name in ROOMS]


def create_app() -> Flask:
    """The portal, ready to serve."""
    logs.configure()
    app = Flask("marketplace", template_folder=str(TEMPLATES), static_folder=str(STATIC))
    settings = current_settings()
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        SESSION_COOKIE_NAME="marketplace",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_secure,
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
        MAX_CONTENT_LENGTH=64 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_STORAGE_URI=settings.rate_limit_storage,
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.is_secure:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    Talisman(
        app,
        force_https=settings.is_secure,
        session_cookie_secure=settings.is_secure,
        content_security_policy={**POLICY, "form-action": ["'self'", *settings.payment_pages]},
        referrer_policy="same-origin",
    )
    for install in (language.install, presentation.install):
        install(app)
    app.jinja_env.globals["icon"] = assets.icon
    web.install(app, load_actor=actor_of_request)
    login.install(app)
    _open_rooms(app)
    configure_mappers()  # once, and not again in each process that a worker forks for a job
    app.context_processor(_shown_everywhere)
    return app


def _open_rooms(app: Flask) -> None:
    floors: dict[str, Blueprint] = {}
    for room in rooms():
        views = room.parts.get("views")
        if views is not None:
            floor = floors.setdefault(room.package, Blueprint(room.package, "marketplace"))
            floor.register_blueprint(views.blueprint)
            navigation.add(*getattr(views, "NAVIGATION", ()))
    navigation.arrange(MENU)
    for floor in floors.values():
        app.register_blueprint(floor)
    app.add_url_rule("/", "home", web.for_signed_in(_home))
    app.add_url_rule("/health", "health", web.for_everybody(_health))


def _parts(room: str) -> dict[str, ModuleType]:
    names = {part: f"marketplace.{room}.{part}" for part in PARTS}
    return {part: import_module(name) for part, name in names.items() if find_spec(name)}


def _home() -> Response:
    return redirect(navigation.first_url(STARTS), 303)


def _health() -> str:
    return "ok"


def _shown_everywhere() -> dict[str, object]:
    actor = current_actor()
    return {
        "actor": actor if actor.person_id else None,
        "navigation": navigation.groups(actor) if actor.person_id else [],
        "memberships_url": url_for("identity.access.choose"),
        "theme": request.cookies.get("theme") or getattr(g, "theme", "auto"),
        "locale": language.language(),
        "csrf_token": generate_csrf,
        "is_demo": current_settings().is_demo,
    }
