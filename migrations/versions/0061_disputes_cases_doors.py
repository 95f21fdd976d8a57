"""What the database itself keeps of a dispute: whose step it is, what may be offered, both signatures, the mediator.

Revision ID: 0061
Revises: 0060
"""

from alembic import op

from migrations.statements import DOORS, HERE, ME, TENANT, door

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

BY_TENANT = "current_setting('role') = 'marketplace_tenant'"
UNSETTLED = (
    "'opened', 'escalated', 'claim', 'answer', 'negotiation', 'deadlock', 'mediation_called', 'mediator_named',"
    " 'mediation', 'mediator_proposed', 'referred'"
)

IS_OPENED = f"""
CREATE FUNCTION dispute_is_opened() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    o purchase_orders;
BEGIN
    IF NOT {BY_TENANT} THEN
        RETURN NEW;
    END IF;
    SELECT * INTO o FROM purchase_orders
    WHERE id = NEW.order_id AND buyer_id = NEW.buyer_id AND seller_id = NEW.seller_id FOR NO KEY UPDATE;
    IF o.id IS NULL OR o.status NOT IN ('confirmed', 'shipped', 'received')
       OR NEW.opener_id IS DISTINCT FROM {HERE} OR NEW.opener_id <> NEW.buyer_id
       OR o.number <> NEW.order_number OR o.total_currency <> NEW.contested_currency
       OR num_nonnulls(NEW.called_by_id, NEW.mediator_id, NEW.mediator_person_id, NEW.mediation_ends_at,
                       NEW.settled_proposal_id) > 0
       OR EXISTS (SELECT FROM jsonb_each(NEW.days) day WHERE (day.value)::int NOT BETWEEN 1 AND 250)
       OR NEW.due_at < NEW.moved_at + ((NEW.days ->> 'opened')::int - 0.1) * interval '1 day'
       OR NEW.contested_amount + (
           SELECT coalesce(sum(coalesce(d.returned_amount, d.contested_amount)), 0)
           FROM disputes d WHERE d.order_id = NEW.order_id
       ) > o.total_amount
       OR (NEW.receipt_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM receipts r WHERE r.id = NEW.receipt_id AND r.order_id = NEW.order_id))
    THEN
        RAISE EXCEPTION 'order % cannot be disputed like this', NEW.order_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dispute_is_unfit';
    END IF;
    RETURN NEW;
END $$
"""

# Lines come with the dispute and before its opening statement, which closes them.
LINE_IS_FIT = f"""
CREATE FUNCTION dispute_line_is_fit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT {BY_TENANT} THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM disputes d JOIN purchase_order_lines l ON l.order_id = d.order_id
        WHERE d.id = NEW.dispute_id AND d.status = 'opened' AND d.opener_id = {HERE} AND l.id = NEW.order_line_id
          AND (l.position, l.sku, l.name, l.unit_code, l.quantity, l.unit_price_amount, l.unit_price_currency)
              = (NEW.position, NEW.sku, NEW.name, NEW.unit_code, NEW.ordered, NEW.unit_price_amount,
                 NEW.unit_price_currency)
          AND coalesce(NEW.quantity, 0) <= l.quantity
    ) OR EXISTS (SELECT FROM dispute_contributions c WHERE c.dispute_id = NEW.dispute_id) THEN
        RAISE EXCEPTION 'line % cannot be disputed like this', NEW.order_line_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dispute_is_unfit';
    END IF;
    IF EXISTS (
        SELECT FROM dispute_lines x JOIN disputes d ON d.id = x.dispute_id
        WHERE x.order_line_id = NEW.order_line_id AND d.id <> NEW.dispute_id AND d.due_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'line % is disputed already', NEW.order_line_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dispute_contests_twice';
    END IF;
    RETURN NEW;
END $$
"""

IS_WHOLE = """
CREATE FUNCTION dispute_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.contested_amount > coalesce((
        SELECT sum(l.line_total_amount) FROM dispute_lines x JOIN purchase_order_lines l ON l.id = x.order_line_id
        WHERE x.dispute_id = NEW.id), 0)
       OR NOT EXISTS (
        SELECT FROM dispute_contributions c
        WHERE c.dispute_id = NEW.id AND c.kind = 'opening' AND c.author_id = NEW.opener_id)
    THEN
        RAISE EXCEPTION 'dispute % contests more than its lines, or says nothing', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dispute_is_unfit';
    END IF;
    RETURN NULL;
END $$
"""

# Who may take which step, and which columns may change with it.
IS_MOVED = f"""
CREATE FUNCTION dispute_is_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    move text := OLD.status || '>' || NEW.status;
    opener uuid := NEW.opener_id;
    respondent uuid := CASE WHEN NEW.opener_id = NEW.buyer_id THEN NEW.seller_id ELSE NEW.buyer_id END;
    is_side boolean := {HERE} IN (NEW.buyer_id, NEW.seller_id);
    is_mediator boolean := {HERE} = OLD.mediator_id AND {ME} = OLD.mediator_person_id;
    newest settlement_proposals;
    loose text[];
    is_fit boolean;
BEGIN
    SELECT * INTO newest FROM settlement_proposals WHERE dispute_id = NEW.id ORDER BY number DESC LIMIT 1;
    IF NEW.settled_proposal_id IS DISTINCT FROM OLD.settled_proposal_id OR (NEW.status = 'settled' AND OLD.status <> 'settled') THEN
        IF OLD.settled_proposal_id IS NOT NULL OR NEW.status <> 'settled' OR newest.id IS NULL
           OR NEW.settled_proposal_id IS DISTINCT FROM newest.id
           OR NEW.returned_amount IS DISTINCT FROM newest.refund_amount + newest.credit_amount
           OR 2 <> (SELECT count(DISTINCT a.organisation_id) FROM settlement_answers a
                    WHERE a.proposal_id = newest.id AND a.is_signature AND a.sha256 = newest.sha256)
        THEN
            RAISE EXCEPTION 'dispute % is not settled by both', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_needs_both_signatures';
        END IF;
    END IF;
    IF OLD.settled_proposal_id IS NOT NULL AND NEW.returned_amount IS DISTINCT FROM OLD.returned_amount THEN
        RAISE EXCEPTION 'the settlement of % is signed', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_needs_both_signatures';
    END IF;
    IF NEW.mediator_person_id IS DISTINCT FROM OLD.mediator_person_id AND (
        NOT EXISTS (SELECT FROM memberships m WHERE m.person_id = NEW.mediator_person_id
                    AND m.organisation_id = NEW.mediator_id AND m.is_active AND m.roles @> '["mediator"]')
        OR EXISTS (SELECT FROM memberships m WHERE m.person_id = NEW.mediator_person_id
                   AND m.organisation_id IN (NEW.buyer_id, NEW.seller_id)))
    THEN
        RAISE EXCEPTION 'person % may not mediate dispute %', NEW.mediator_person_id, NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'mediator_has_a_conflict';
    END IF;
    IF NOT {BY_TENANT} THEN
        RETURN NEW;
    END IF;
    loose := '{{status,moved_at,due_at}}'::text[] || CASE
        WHEN NEW.status = OLD.status THEN NULL
        WHEN NEW.status = 'mediation_called' THEN '{{called_by_id,mediator_id}}'::text[]
        WHEN NEW.status = 'mediator_named' THEN '{{mediator_person_id,mediator_name}}'::text[]
        WHEN move = 'mediator_named>mediation' THEN '{{mediation_ends_at}}'::text[]
        WHEN NEW.status = 'settled' THEN '{{settled_proposal_id,returned_amount}}'::text[]
        WHEN NEW.status = 'withdrawn' THEN '{{outcome,is_founded,returned_amount,closed_at}}'::text[]
    END;
    is_fit := CASE
        WHEN NEW.status = OLD.status THEN
            is_side AND OLD.status IN ('escalated', 'deadlock', 'referred') AND NEW.due_at >= OLD.due_at
            AND NEW.moved_at = OLD.moved_at
        WHEN NEW.status = 'claim' THEN respondent = {HERE} AND (
            EXISTS (SELECT FROM dispute_contributions c WHERE c.dispute_id = NEW.id AND c.kind = 'reply')
            OR newest.proposer_id = respondent)
        WHEN NEW.status = 'answer' THEN opener = {HERE}
            AND EXISTS (SELECT FROM dispute_contributions c WHERE c.dispute_id = NEW.id AND c.kind = 'claim')
        WHEN NEW.status = 'negotiation' THEN respondent = {HERE}
            AND EXISTS (SELECT FROM dispute_contributions c WHERE c.dispute_id = NEW.id AND c.kind = 'answer')
        WHEN NEW.status = 'mediation_called' THEN
            {HERE} = CASE OLD.status WHEN 'escalated' THEN opener ELSE NEW.called_by_id END
            AND is_side AND NEW.called_by_id = {HERE}
            AND EXISTS (SELECT FROM organisations x WHERE x.id = NEW.mediator_id AND x.is_operator)
        WHEN NEW.status = 'mediator_named' THEN {HERE} = OLD.mediator_id AND NEW.mediator_person_id IS NOT NULL
        WHEN move = 'mediator_named>mediation' THEN is_side AND NEW.mediation_ends_at = NEW.due_at AND 2 = (
            SELECT count(DISTINCT a.organisation_id) FROM mediation_answers a
            WHERE a.dispute_id = NEW.id AND a.is_accepted AND a.mediator_person_id = NEW.mediator_person_id)
        WHEN move = 'mediator_proposed>mediation' THEN is_side AND NEW.due_at = NEW.mediation_ends_at AND (
            newest.proposer_id = {HERE} OR EXISTS (
                SELECT FROM settlement_answers a
                WHERE a.proposal_id = newest.id AND a.organisation_id = {HERE} AND NOT a.is_signature))
        WHEN NEW.status = 'mediator_proposed' THEN is_mediator AND newest.proposer_id = OLD.mediator_id
        WHEN move = 'mediator_named>referred' THEN is_side AND EXISTS (
            SELECT FROM mediation_answers a
            WHERE a.dispute_id = NEW.id AND a.organisation_id = {HERE} AND NOT a.is_accepted)
        WHEN move = 'mediation>referred' THEN is_mediator
        WHEN NEW.status = 'settled' THEN is_side
        WHEN NEW.status = 'withdrawn' THEN opener = {HERE} AND NEW.outcome = 'withdrawn'
            AND NOT NEW.is_founded AND NEW.returned_amount = 0
        ELSE false
    END;
    -- Nobody shortens a clock: working days are never fewer than days, and with all holidays not twice as many.
    IF is_fit AND NEW.status <> OLD.status AND NEW.due_at IS NOT NULL AND move <> 'mediator_proposed>mediation' THEN
        is_fit := NEW.moved_at >= OLD.moved_at - interval '5 minutes' AND NEW.due_at BETWEEN
            NEW.moved_at + ((NEW.days ->> NEW.status)::int - 0.1) * interval '1 day'
            AND NEW.moved_at + ((NEW.days ->> NEW.status)::int * 2 + 30) * interval '1 day';
    END IF;
    IF is_fit IS NOT TRUE OR to_jsonb(NEW) - loose <> to_jsonb(OLD) - loose THEN
        RAISE EXCEPTION '% is not for this actor', move
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dispute_is_the_other_sides_move';
    END IF;
    RETURN NEW;
END $$
"""

CONTRIBUTION_IS_FIT = f"""
CREATE FUNCTION dispute_contribution_is_fit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    d disputes;
    is_opener boolean;
    is_respondent boolean;
BEGIN
    IF NOT {BY_TENANT} THEN
        RETURN NEW;
    END IF;
    SELECT * INTO d FROM disputes WHERE id = NEW.dispute_id FOR NO KEY UPDATE;
    is_opener := NEW.author_id = d.opener_id;
    is_respondent := NOT is_opener AND NEW.author_id IN (d.buyer_id, d.seller_id);
    IF (CASE NEW.kind
        WHEN 'opening' THEN is_opener AND d.status = 'opened'
        WHEN 'reply' THEN is_respondent AND d.status IN ('opened', 'escalated')
        WHEN 'claim' THEN is_opener AND d.status = 'claim'
        WHEN 'answer' THEN is_respondent AND d.status = 'answer'
        WHEN 'withdrawal' THEN is_opener AND d.status IN ({UNSETTLED})
        ELSE d.status IN ({UNSETTLED}) AND NOT (is_respondent AND d.status IN ('opened', 'escalated'))
            AND (is_opener OR is_respondent OR d.status IN ('mediation', 'mediator_proposed'))
    END) IS NOT TRUE THEN
        RAISE EXCEPTION 'no % in a dispute that is %', NEW.kind, d.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dispute_step_is_past';
    END IF;
    RETURN NEW;
END $$
"""

EVIDENCE_IS_FIT = f"""
CREATE FUNCTION dispute_evidence_is_fit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {BY_TENANT} AND NOT EXISTS (
        SELECT FROM disputes d JOIN stored_files f ON f.id = NEW.file_id
        WHERE d.id = NEW.dispute_id AND d.status IN ({UNSETTLED}) AND NEW.author_id IN (d.buyer_id, d.seller_id)
          AND f.owner_id = NEW.author_id AND (f.sha256, f.size, f.name, f.media_type)
              = (NEW.sha256, NEW.size, NEW.name, NEW.media_type)
    ) THEN
        RAISE EXCEPTION 'file % is no evidence here', NEW.file_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dispute_has_ended';
    END IF;
    RETURN NEW;
END $$
"""

PROPOSAL_IS_FIT = f"""
CREATE FUNCTION settlement_proposal_is_fit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    d disputes;
    last int;
BEGIN
    SELECT * INTO d FROM disputes WHERE id = NEW.dispute_id FOR NO KEY UPDATE;
    SELECT max(number) INTO last FROM settlement_proposals WHERE dispute_id = NEW.dispute_id;
    IF d.status NOT IN ({UNSETTLED})
       OR NOT (NEW.proposer_id IN (d.buyer_id, d.seller_id)
               OR (NEW.proposer_id = d.mediator_id AND d.status = 'mediation')) THEN
        RAISE EXCEPTION 'no proposal by % in a dispute that is %', NEW.proposer_id, d.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dispute_has_ended';
    END IF;
    IF NEW.number <> coalesce(last, 0) + 1 OR NEW.refund_currency <> d.contested_currency
       OR NEW.refund_amount + NEW.credit_amount > d.contested_amount
       OR EXISTS (
           SELECT FROM jsonb_array_elements(NEW.replacements) r
           LEFT JOIN dispute_lines l
               ON l.dispute_id = NEW.dispute_id AND l.order_line_id = (r ->> 'order_line_id')::uuid
           WHERE l.id IS NULL OR (r ->> 'quantity')::numeric <= 0
              OR (r ->> 'quantity')::numeric > coalesce(l.quantity, l.ordered))
       OR (SELECT count(*) <> count(DISTINCT r ->> 'order_line_id') FROM jsonb_array_elements(NEW.replacements) r)
    THEN
        RAISE EXCEPTION 'proposal % goes beyond dispute %', NEW.number, NEW.dispute_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'proposal_is_unfit';
    END IF;
    RETURN NEW;
END $$
"""

ANSWER_IS_FIT = f"""
CREATE FUNCTION settlement_answer_is_fit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    d disputes;
    newest settlement_proposals;
BEGIN
    SELECT * INTO d FROM disputes WHERE id = NEW.dispute_id FOR NO KEY UPDATE;
    SELECT * INTO newest FROM settlement_proposals WHERE dispute_id = NEW.dispute_id ORDER BY number DESC LIMIT 1;
    IF d.status NOT IN ({UNSETTLED}) THEN
        RAISE EXCEPTION 'dispute % is %', d.id, d.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dispute_has_ended';
    END IF;
    IF newest.id <> NEW.proposal_id OR newest.sha256 <> NEW.sha256 OR EXISTS (
        SELECT FROM settlement_answers a WHERE a.proposal_id = NEW.proposal_id AND NOT a.is_signature) THEN
        RAISE EXCEPTION 'proposal % is no longer open', NEW.proposal_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'proposal_is_superseded';
    END IF;
    RETURN NEW;
END $$
"""

MEDIATION_ANSWER_IS_FIT = """
CREATE FUNCTION mediation_answer_is_fit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM disputes d
        WHERE d.id = NEW.dispute_id AND d.status = 'mediator_named'
          AND (d.mediator_id, d.mediator_person_id) = (NEW.mediator_id, NEW.mediator_person_id)
    ) THEN
        RAISE EXCEPTION 'there is no mediator to accept in dispute %', NEW.dispute_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'mediation_is_not_open';
    END IF;
    RETURN NEW;
END $$
"""

CAUCUS_IS_FIT = """
CREATE FUNCTION caucus_message_is_fit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM disputes d
        WHERE d.id = NEW.dispute_id AND d.status IN ('mediation', 'mediator_proposed')
          AND NEW.organisation_id IN (d.buyer_id, d.seller_id)
          AND NEW.author_id IN (NEW.organisation_id, NEW.mediator_id)
          AND (d.mediator_id, d.mediator_person_id) = (NEW.mediator_id, NEW.mediator_person_id)
    ) THEN
        RAISE EXCEPTION 'there is no caucus in dispute %', NEW.dispute_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'mediation_is_not_open';
    END IF;
    RETURN NEW;
END $$
"""

# Whoever mediates between two sides joins neither of them meanwhile.
STAYS_NEUTRAL = """
CREATE FUNCTION mediator_stays_neutral() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.is_active AND EXISTS (
        SELECT FROM disputes d
        WHERE d.mediator_person_id = NEW.person_id AND d.due_at IS NOT NULL
          AND NEW.organisation_id IN (d.buyer_id, d.seller_id)
    ) THEN
        RAISE EXCEPTION 'person % mediates a dispute of organisation %', NEW.person_id, NEW.organisation_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'mediator_stays_neutral';
    END IF;
    RETURN NEW;
END $$
"""
FUNCTIONS = {
    "dispute_is_opened": IS_OPENED,
    "dispute_line_is_fit": LINE_IS_FIT,
    "dispute_is_whole": IS_WHOLE,
    "dispute_is_moved": IS_MOVED,
    "dispute_contribution_is_fit": CONTRIBUTION_IS_FIT,
    "dispute_evidence_is_fit": EVIDENCE_IS_FIT,
    "settlement_proposal_is_fit": PROPOSAL_IS_FIT,
    "settlement_answer_is_fit": ANSWER_IS_FIT,
    "mediation_answer_is_fit": MEDIATION_ANSWER_IS_FIT,
    "caucus_message_is_fit": CAUCUS_IS_FIT,
    "mediator_stays_neutral": STAYS_NEUTRAL,
}
TRIGGERS = (
    ("is_opened", "BEFORE INSERT", "disputes", "dispute_is_opened"),
    ("is_moved", "BEFORE UPDATE", "disputes", "dispute_is_moved"),
    ("is_fit", "BEFORE INSERT", "dispute_lines", "dispute_line_is_fit"),
    ("is_fit", "BEFORE INSERT", "dispute_contributions", "dispute_contribution_is_fit"),
    ("is_fit", "BEFORE INSERT", "dispute_evidence", "dispute_evidence_is_fit"),
    ("is_fit", "BEFORE INSERT", "settlement_proposals", "settlement_proposal_is_fit"),
    ("is_fit", "BEFORE INSERT", "settlement_answers", "settlement_answer_is_fit"),
    ("is_fit", "BEFORE INSERT", "mediation_answers", "mediation_answer_is_fit"),
    ("is_fit", "BEFORE INSERT", "caucus_messages", "caucus_message_is_fit"),
    ("stays_neutral", "BEFORE INSERT OR UPDATE", "memberships", "mediator_stays_neutral"),
)


def upgrade() -> None:
    """Functions that see all rows, the triggers that call them, and the operator's look at conflicts of interest."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name, function in FUNCTIONS.items():
        op.execute(function)
        op.execute(f"ALTER FUNCTION {name}() SECURITY DEFINER SET search_path = public, pg_temp")
        op.execute(f"ALTER FUNCTION {name}() OWNER TO {DOORS}")
    for name, moment, table, function in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()")
    op.execute(
        "CREATE CONSTRAINT TRIGGER is_whole AFTER INSERT ON disputes DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION dispute_is_whole()"
    )
    door(
        "conflicted_mediators(uuid)",
        f"""conflicted_mediators(the_dispute uuid) RETURNS TABLE (person_id uuid) LANGUAGE sql STABLE AS $$
        SELECT DISTINCT ours.person_id
        FROM disputes d
        JOIN memberships ours ON ours.organisation_id = d.mediator_id
        JOIN memberships theirs
            ON theirs.person_id = ours.person_id AND theirs.organisation_id IN (d.buyer_id, d.seller_id)
        WHERE d.id = the_dispute AND d.mediator_id = {HERE} $$""",
        to=TENANT,
    )
