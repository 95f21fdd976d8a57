"""What the database itself keeps of an agreement: its ceilings, its term, its fixed text and both signatures.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.statements import DOORS

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# Each call-off is counted in the transaction that makes it; the ceilings are checks on the counted columns, so that
# parallel call-offs queue on the row and the one that goes beyond is refused.
COUNT_CALL_OFF = """
CREATE FUNCTION count_call_off() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    factor integer := CASE WHEN TG_OP = 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.released_at IS NOT NULL OR NEW.released_at IS NULL) THEN
        RAISE EXCEPTION 'a call-off is released once' USING ERRCODE = 'check_violation', CONSTRAINT = 'call_off_is_final';
    END IF;
    IF TG_OP = 'INSERT' AND NEW.released_at IS NOT NULL THEN
        RAISE EXCEPTION 'a call-off starts unreleased' USING ERRCODE = 'check_violation', CONSTRAINT = 'call_off_is_final';
    END IF;
    PERFORM 1 FROM agreements a JOIN agreement_lines l ON l.agreement_id = a.id
        WHERE a.id = NEW.agreement_id AND l.id = NEW.agreement_line_id
          AND (a.buyer_id, a.seller_id) = (NEW.buyer_id, NEW.seller_id)
          AND (TG_OP = 'UPDATE' OR a.status = 'concluded' AND NEW.called_off_on BETWEEN a.starts_on AND a.ends_on);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'agreement not in force' USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_in_force';
    END IF;
    UPDATE agreement_lines SET called_off_quantity = called_off_quantity + factor * NEW.quantity
        WHERE id = NEW.agreement_line_id;
    UPDATE agreements SET called_off_amount = called_off_amount + factor * NEW.amount WHERE id = NEW.agreement_id;
    RETURN NULL;
END $$
"""

FIXED_TEXT = """
CREATE FUNCTION agreement_text_is_fixed() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM agreements WHERE id = coalesce(NEW.agreement_id, OLD.agreement_id) AND status = 'draft';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'agreement is fixed' USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_is_fixed';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$
"""

FIXED_TERMS = """
CREATE FUNCTION agreement_terms_are_fixed() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.status <> 'draft' AND (NEW.title, NEW.starts_on, NEW.ends_on, NEW.currency, NEW.language)
            IS DISTINCT FROM (OLD.title, OLD.starts_on, OLD.ends_on, OLD.currency, OLD.language)
        OR OLD.status <> 'draft' AND NEW.ceiling_amount IS DISTINCT FROM OLD.ceiling_amount
        OR OLD.contract_sha256 IS NOT NULL AND (NEW.contract_sha256, NEW.contract_file_id)
            IS DISTINCT FROM (OLD.contract_sha256, OLD.contract_file_id) THEN
        RAISE EXCEPTION 'agreement is fixed' USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_is_fixed';
    END IF;
    IF NEW.status = 'concluded' AND OLD.status <> 'concluded' AND 2 <> (
        SELECT count(DISTINCT s.organisation_id) FROM agreement_signatures s
        WHERE s.agreement_id = NEW.id AND s.sha256 = NEW.contract_sha256
          AND s.organisation_id IN (NEW.buyer_id, NEW.seller_id)) THEN
        RAISE EXCEPTION 'agreement needs both signatures'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_needs_both_signatures';
    END IF;
    RETURN NEW;
END $$
"""

# code, kind, title and body in English, title and body in French, defaults of the blanks
CLAUSES = [
    (
        "payment-term", "payment", {"days": 30},
        "Payment term", "Invoices are paid within {days} days of the date of the invoice.",
        "Délai de paiement", "Les factures sont payées dans les {days} jours suivant leur date d’émission.",
    ),
    (
        "late-payment", "payment", {"indemnity": "40 €"},
        "Late payment",
        "After the payment term, interest runs at the ECB refinancing rate plus ten points, with a fixed recovery"
        " indemnity of {indemnity} (articles L441-10 and D441-5 of the French Commercial Code).",
        "Retard de paiement",
        "Passé le délai de paiement, des intérêts courent au taux de refinancement de la BCE majoré de dix points, avec"
        " une indemnité forfaitaire de recouvrement de {indemnity} (articles L441-10 et D441-5 du Code de commerce).",
    ),
    (
        "delivery", "delivery", {"days": 5},
        "Delivery", "Orders are delivered within {days} working days of their confirmation, carriage paid.",
        "Livraison", "Les commandes sont livrées franco de port sous {days} jours ouvrés après leur confirmation.",
    ),
    (
        "on-time", "quality", {"percent": "95 %"},
        "On time and in full",
        "The supplier delivers at least {percent} of the order lines on time and in full, measured per calendar month.",
        "Ponctualité et complétude",
        "Le fournisseur livre au moins {percent} des lignes de commande à temps et complètes, par mois civil.",
    ),
    (
        "warranty", "quality", {"months": 24},
        "Warranty", "The supplier replaces or credits defective goods for {months} months after receipt.",
        "Garantie",
        "Le fournisseur remplace ou crédite les marchandises défectueuses pendant {months} mois après réception.",
    ),
    (
        "mediation", "dispute", {"days": 10},
        "Negotiation and mediation",
        "The parties first negotiate for {days} working days; then either may call the mediator of this marketplace."
        " What is said to the mediator in private stays private.",
        "Négociation et médiation",
        "Les parties négocient d’abord pendant {days} jours ouvrés ; chacune peut ensuite saisir le médiateur de la"
        " place de marché. Ce qui est confié au médiateur en privé reste confidentiel.",
    ),
    (
        "arbitration", "dispute", {"seat": "Paris"},
        "Arbitration",
        "A dispute that mediation has not settled is finally decided by arbitration seated in {seat}.",
        "Arbitrage",
        "Tout litige que la médiation n’a pas réglé est tranché définitivement par arbitrage, siège à {seat}.",
    ),
    (
        "courts", "dispute", {"court": "Paris"},
        "Courts", "A dispute that mediation has not settled belongs to the commercial court of {court}.",
        "Tribunal compétent",
        "Tout litige que la médiation n’a pas réglé relève du tribunal de commerce de {court}.",
    ),
]  # fmt: skip


def seed_clauses() -> None:
    """Write the first version of each clause of the library."""
    columns = ("code", "version", "position", "kind", "title_en", "title_fr", "body_en", "body_fr")
    table = sa.table(
        "clauses",
        sa.column("id", sa.Uuid()),
        *map(sa.column, columns),
        sa.column("defaults", postgresql.JSONB()),
    )
    rows = [
        {
            "id": sa.func.uuidv7(), "code": code, "version": 1, "position": position, "kind": kind, "defaults": defaults,
            "title_en": title_en, "body_en": body_en, "title_fr": title_fr, "body_fr": body_fr,
        }
        for position, (code, kind, defaults, title_en, body_en, title_fr, body_fr) in enumerate(CLAUSES, start=1)
    ]  # fmt: skip
    for row in rows:
        op.execute(table.insert().values(row))


def upgrade() -> None:
    """Three trigger functions with rights of their own and where they stand; the first clauses."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function in (COUNT_CALL_OFF, FIXED_TEXT, FIXED_TERMS):
        op.execute(function)
    for name in ("count_call_off", "agreement_text_is_fixed", "agreement_terms_are_fixed"):
        op.execute(f"ALTER FUNCTION {name}() OWNER TO {DOORS}")
    op.execute(
        "CREATE TRIGGER count_call_off AFTER INSERT OR UPDATE ON call_offs"
        " FOR EACH ROW EXECUTE FUNCTION count_call_off()"
    )
    # The counted columns of a line move with call-offs; everything else of it is text of the contract.
    op.execute(
        "CREATE TRIGGER agreement_text_is_fixed BEFORE INSERT OR DELETE OR UPDATE OF unit_price_amount,"
        " unit_price_currency, ceiling_quantity, product_id, agreement_id ON agreement_lines"
        " FOR EACH ROW EXECUTE FUNCTION agreement_text_is_fixed()"
    )
    op.execute(
        "CREATE TRIGGER agreement_text_is_fixed BEFORE INSERT OR UPDATE OR DELETE ON agreement_clauses"
        " FOR EACH ROW EXECUTE FUNCTION agreement_text_is_fixed()"
    )
    op.execute(
        "CREATE TRIGGER agreement_terms_are_fixed BEFORE UPDATE ON agreements"
        " FOR EACH ROW EXECUTE FUNCTION agreement_terms_are_fixed()"
    )
    seed_clauses()
