"""Shapes of advice that goes out. A field that is not declared here does not leave the service.

Advice is stored as documents already; these schemas pass on what they name and drop the rest.
Money is a decimal string, weights and yearly rates are fractions, scores run from 0 to 100.
"""

from typing import Any

from marshmallow import Schema, fields


def text_field(**options: Any) -> fields.String:
    """Return a field of plain text."""
    return fields.String(**options)


def money_field() -> fields.String:
    """Return a field of yuan as a decimal string."""
    return fields.String(metadata={"format": "decimal", "examples": ["1234.50"]})


def weights_field() -> fields.Dict:
    """Return a field of fractions by product class."""
    return fields.Dict(keys=fields.String(), values=fields.Float())


def software_field() -> fields.Dict:
    """Return a field of software versions by name."""
    return fields.Dict(keys=fields.String(), values=fields.String())


class EvidenceSchema(Schema):
    """One typed piece of evidence."""

    kind = text_field()
    value = text_field()


class StatementSchema(Schema):
    """One thing said: code, evidence and the sentence in the language asked for."""

    code = text_field()
    severity = text_field()
    dimension = text_field(allow_none=True)
    evidence = fields.Dict(keys=fields.String(), values=fields.Nested(EvidenceSchema))
    text = text_field()


class VersionSchema(Schema):
    """Which text a figure rests on."""

    version = text_field()
    as_of = text_field()
    content_hash = text_field()


class ScoresSchema(Schema):
    """The four dimensions, 0 to 100."""

    liquidity = fields.Float()
    protection = fields.Float()
    safety = fields.Float()
    growth = fields.Float()


class ProfileSchema(Schema):
    """A risk profile and what it rests on."""

    id = text_field()
    client_id = text_field()
    level = text_field()
    score = fields.Float()
    risk_aversion = fields.Float()
    capacity = fields.Float()
    tolerance = fields.Float()
    knowledge = fields.Float()
    is_lowest_class = fields.Boolean()
    needs_review = fields.Boolean()
    longest_lock_up_days = fields.Integer()
    assessed_on = text_field()
    valid_until = text_field()
    is_expired = fields.Boolean()
    questionnaire_version = text_field()
    reasons = fields.List(fields.Nested(StatementSchema))


class NeedsSchema(Schema):
    """What the household must be able to pay."""

    emergency_months = fields.Float()
    emergency_fund = money_field()
    life_cover = money_field()
    critical_illness_cover = money_field()
    accident_cover = money_field()
    goals_reserve = money_field()


class LifeCycleSchema(Schema):
    """Where the client stands in life: numbers, and what income to come does to the allocation."""

    age = fields.Integer()
    retirement_age = fields.Integer()
    human_capital = money_field()
    human_capital_ratio = fields.Float()
    risky_share = fields.Float()
    reasons = fields.List(fields.Nested(StatementSchema))


class BalanceSchema(Schema):
    """Weights and what they mean."""

    weights = weights_field()
    scores = fields.Nested(ScoresSchema)
    index = fields.Float()
    expected_return = fields.Float()
    volatility = fields.Float()
    certainty_equivalent = fields.Float()


class ConflictSchema(Schema):
    """Limits that cannot be met together, and the least that the need that gives has to give.

    `by` is in the unit of that need; `amount` is the same in yuan where the need is said in money.
    """

    gives = text_field()
    by = fields.Float()
    amount = fields.String(allow_none=True, metadata={"format": "decimal"})
    limits = fields.List(text_field())
    statements = fields.List(fields.Nested(StatementSchema))


class PriceSchema(Schema):
    """What a limit costs per year: in total, and one more unit of it within a range.

    One need, "locks" with the class that is locked, or several needs that share a price. Without
    a unique marginal price, or where it is not told, it is null with its range.
    """

    needs = fields.List(text_field())
    product_class = text_field(allow_none=True)
    limit = fields.Float(allow_none=True)
    amount = fields.String(allow_none=True, metadata={"format": "decimal"})
    marginal = fields.Float(allow_none=True)
    total = fields.Float()
    valid_from = fields.Float(allow_none=True)
    valid_to = fields.Float(allow_none=True)
    marginal_least = fields.Float(allow_none=True)
    marginal_most = fields.Float(allow_none=True)
    statements = fields.List(fields.Nested(StatementSchema))


class DiagnosisSchema(BalanceSchema):
    """A diagnosis."""

    kind = text_field()
    id = text_field()
    client_id = text_field()
    as_of = text_field()
    created_at = text_field()
    hash = text_field()
    profile = fields.Nested(ProfileSchema)
    wealth = money_field()
    net_worth = money_field()
    needs = fields.Nested(NeedsSchema)
    life_cycle = fields.Nested(LifeCycleSchema)
    findings = fields.List(fields.Nested(StatementSchema))
    conflicts = fields.List(fields.Nested(ConflictSchema))
    model = fields.Nested(VersionSchema)
    shelf = fields.Nested(VersionSchema)
    questionnaire = fields.Nested(VersionSchema)
    software = software_field()


class PlannedOrderSchema(Schema):
    """One line of a proposal."""

    line = fields.Integer()
    side = text_field()
    product_id = text_field()
    name_zh = text_field()
    name_en = text_field()
    product_class = text_field()
    risk_level = text_field()
    holding_id = text_field(allow_none=True)
    amount = money_field()
    fee = money_field()
    settlement = text_field()
    lock_up_days = fields.Integer()


class OverrideSchema(Schema):
    """What the client insists on, and the written warning it was given."""

    product_id = text_field()
    warned_on = text_field()
    warning = text_field()


class ExactLotsSchema(Schema):
    """What exact lots add to the plan served unasked, and what nothing could add.

    `gain_bp` is the objective above that plan's, in basis points a year, adjusted for risk.
    `closer_bp` is by how much less limits are missed in all, in hundredths of a percentage point.
    `unproven_bp` is how much better any lots could be at most, limits and orders counted.
    """

    gain_bp = fields.Float()
    closer_bp = fields.Float()
    unproven_bp = fields.Float()


class ProposalSchema(Schema):
    """A proposal: before, target, after, and the orders between.

    One that the client began (initiated_by "client") is its own order: the target is still ours.
    """

    kind = text_field()
    initiated_by = text_field()
    id = text_field()
    client_id = text_field()
    as_of = text_field()
    created_at = text_field()
    expires_at = text_field()
    status = text_field()
    hash = text_field()
    profile = fields.Nested(ProfileSchema)
    before = fields.Nested(BalanceSchema)
    target = fields.Nested(BalanceSchema)
    after = fields.Nested(BalanceSchema)
    rounding_gap_bp = fields.Float()
    exact_lots = fields.Nested(ExactLotsSchema)
    orders = fields.List(fields.Nested(PlannedOrderSchema))
    cash_before = money_field()
    cash_after = money_field()
    total_sales = money_field()
    total_purchases = money_field()
    total_fees = money_field()
    override = fields.Nested(OverrideSchema, allow_none=True)
    warnings = fields.List(fields.Nested(StatementSchema))
    notices = fields.List(fields.Nested(StatementSchema))
    reasons = fields.List(fields.Nested(StatementSchema))
    prices = fields.List(fields.Nested(PriceSchema))
    findings = fields.List(fields.Nested(StatementSchema))
    conflicts = fields.List(fields.Nested(ConflictSchema))
    model = fields.Nested(VersionSchema)
    shelf = fields.Nested(VersionSchema)
    questionnaire = fields.Nested(VersionSchema)
    software = software_field()
