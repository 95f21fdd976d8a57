"""Who plays in the demo market? Three groups that buy, two dozen suppliers, and the operator. All invented."""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

PASSWORD = "demo-market-2026"  # noqa: S105 the demo's sign-ins are printed at start
OPERATOR, OPERATOR_DOMAIN = "Place Commune", "place-commune.example"
COMMISSION = Decimal("0.04")


class Player(NamedTuple):
    """Somebody of an organisation, and what they do there."""

    name: str
    email: str
    roles: tuple[str, ...]


class Place(NamedTuple):
    """A site: its name and address."""

    name: str
    street: str
    postal_code: str
    city: str


class Buyer(NamedTuple):
    """A group that buys: its people, sites, cost centres with a year's budget, and what it needs (kinds of goods).

    Where it `orders_at_once`, what is approved is ordered without another click.
    """

    name: str
    domain: str
    siren: str
    people: tuple[Player, ...]
    places: tuple[Place, ...]
    cost_centres: tuple[tuple[str, str, int], ...]
    needs: tuple[str, ...]
    orders_at_once: bool = False


class Account(StrEnum):
    """How far a supplier is with its account for payouts."""

    READY = "ready"
    BEGUN = "begun"
    NONE = "none"


class Supplier(NamedTuple):
    """A supplier: what it sells, and its manner: share of late orders, of damaged ones, and hours to confirm."""

    name: str
    domain: str
    city: str
    kind: str
    late: float = 0.05
    damaged: float = 0.02
    hours_to_confirm: int = 5
    account: Account = Account.READY


def _staff(domain: str, *names: str) -> tuple[Player, ...]:
    """Requester, second requester, approver, second approver, receiver, finance, lead: in this order."""
    duties = (
        ("demandeur", ("requester",)),
        ("atelier", ("requester",)),
        ("approbation", ("approver",)),
        ("direction", ("approver",)),
        ("reception", ("receiver",)),
        ("finance", ("buyer_finance",)),
        ("achats", ("procurement_lead", "administrator")),
    )
    return tuple(
        Player(name, f"{box}@{domain}", roles) for name, (box, roles) in zip(names, duties, strict=True)
    )


BUYERS = (
    Buyer(
        "Ateliers du Rhône",
        "ateliers-rhone.example",
        "732829320",
        _staff(
            "ateliers-rhone.example",
            "Camille Roche", "Yanis Morel", "Hélène Garnier", "Bruno Vasseur", "Sofia Pinto", "Paul Lemaire",
            "Nadia Berger",
        ),
        (
            Place("Usine de Gerland", "12 rue des Forges", "69007", "Lyon"),
            Place("Dépôt de Vénissieux", "48 avenue du Parc", "69200", "Vénissieux"),
            Place("Atelier de Valence", "5 chemin des Îles", "26000", "Valence"),
        ),
        (("CC-PROD", "Production", 400_000), ("CC-MAINT", "Maintenance", 160_000), ("CC-ADM", "Siège", 60_000)),
        ("fixings", "tools", "protection", "office"),
    ),
    Buyer(
        "Cliniques Alizé",
        "cliniques-alize.example",
        "404833048",
        _staff(
            "cliniques-alize.example",
            "Inès Caron", "Hugo Blin", "Marc Delattre", "Claire Noël", "Awa Diop", "Julien Perrot", "Sarah Cohen",
        ),
        (
            Place("Clinique du Port", "3 quai des Docks", "76600", "Le Havre"),
            Place("Clinique des Tilleuls", "27 rue Verte", "76000", "Rouen"),
        ),
        (("CC-SOINS", "Soins", 300_000), ("CC-HYG", "Hygiène", 120_000), ("CC-SIEGE", "Siège", 50_000)),
        ("care", "hygiene", "office"),
    ),
    Buyer(
        "Hôtels du Littoral",
        "hotels-littoral.example",
        "552100554",
        _staff(
            "hotels-littoral.example",
            "Léa Fontaine", "Tom Guérin", "Anaïs Marchal", "Olivier Reynaud", "Karim Haddad", "Julie Besson",
            "Étienne Faure",
        ),
        (
            Place("Grand Hôtel de la Plage", "1 promenade des Bains", "64200", "Biarritz"),
            Place("Hôtel des Remparts", "9 place Vauban", "17000", "La Rochelle"),
        ),
        (("CC-HEB", "Hébergement", 180_000), ("CC-REST", "Restauration", 140_000), ("CC-TECH", "Technique", 70_000)),
        ("hygiene", "linen", "kitchen", "office"),
        orders_at_once=True,
    ),
)  # fmt: skip

SUPPLIERS = (
    Supplier("Boulonnerie Fargeot", "fargeot.example", "Saint-Étienne", "fixings", 0.03, 0.01, 3),
    Supplier("Visserie de l'Est", "visserie-est.example", "Mulhouse", "fixings", 0.18, 0.03, 9),
    Supplier("Acier & Fixe", "acier-fixe.example", "Lille", "fixings", 0.08),
    Supplier("Outillage Marchetti", "marchetti.example", "Grenoble", "tools", 0.05, 0.02, 4),
    Supplier("Outils Duvallon", "duvallon.example", "Nantes", "tools", 0.30, 0.05, 20),
    Supplier("Forges Réunies", "forges-reunies.example", "Thiers", "tools", account=Account.BEGUN),
    Supplier("Prévention Sud", "prevention-sud.example", "Marseille", "protection", 0.04, 0.01, 2),
    Supplier("Gants & Casques", "gants-casques.example", "Dijon", "protection", 0.12, 0.02, 8),
    Supplier("Sécurix", "securix.example", "Tours", "protection", 0.07),
    Supplier("Papeterie Lormont", "lormont.example", "Bordeaux", "office", 0.02, 0.01, 2),
    Supplier("Bureau Clair", "bureau-clair.example", "Paris", "office", 0.10),
    Supplier("Fournitures Jouvet", "jouvet.example", "Annecy", "office", 0.15, 0.04, 12),
    Supplier("Soins & Santé Ouest", "soins-ouest.example", "Rennes", "care", 0.04, 0.01, 3),
    Supplier("MédiStock", "medistock.example", "Strasbourg", "care", 0.09),
    Supplier("Laboratoires Vernet", "vernet.example", "Montpellier", "care", 0.22, 0.03, 15),
    Supplier("Hygiène Pro", "hygiene-pro.example", "Orléans", "hygiene", 0.03, 0.01, 4),
    Supplier("Net & Clair", "net-clair.example", "Angers", "hygiene", 0.11, 0.02, 7),
    Supplier("Savonnerie des Dunes", "dunes.example", "Dunkerque", "hygiene", 0.06),
    Supplier("Linge de France", "linge-france.example", "Roubaix", "linen", 0.05, 0.02, 5),
    Supplier("Textiles Aubrac", "aubrac.example", "Rodez", "linen", 0.14, 0.03, 10),
    Supplier("Cuisine Service", "cuisine-service.example", "Clermont-Ferrand", "kitchen", 0.06, 0.03, 6),
    Supplier("Inox Cuisson", "inox-cuisson.example", "Besançon", "kitchen", 0.13, 0.02, 11, Account.NONE),
)


def supplier_staff(supplier: Supplier) -> tuple[Player, ...]:
    """Sales, warehouse and finance of a supplier."""
    boxes = (
        ("Ventes", "ventes", ("sales_desk", "administrator")),
        ("Entrepôt", "entrepot", ("warehouse",)),
        ("Comptabilité", "compta", ("supplier_finance",)),
    )
    return tuple(
        Player(f"{title} {supplier.name}", f"{box}@{supplier.domain}", roles) for title, box, roles in boxes
    )


OPERATOR_PLACE = Place("Siège", "10 rue de la Bourse", "69002", "Lyon")
OPERATOR_STAFF = (
    Player("Mathilde Arnaud", f"operateur@{OPERATOR_DOMAIN}", ("operator", "administrator")),
    Player("Gilles Renaud", f"mediateur@{OPERATOR_DOMAIN}", ("mediator",)),
)
APPLICANTS = (
    ("Chimie du Forez", "contact@chimie-forez.example"),
    ("Emballages Kléber", "contact@emballages-kleber.example"),
    ("Import Express", "contact@import-express.example"),
    ("Peintures Sabatier", "contact@peintures-sabatier.example"),
)
