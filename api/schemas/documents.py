"""Shapes that go out. A field that is not declared here does not leave the service.

Advice is stored as documents already; these schemas pass on what they name and drop the rest.
Money is a decimal string, weights and yearly rates are fractions, scores run from 0 to 100.
"""

from typing import Any

from marshmallow import Schema, fields


def _text(**options: Any) -> fields.String:
    return fields.String(**options)


def _money() -> fields.String:
    return fields.String(metadata={"format": "decimal", "examples": ["1234.50"]})


def _weights() -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.Float())


class EvidenceSchema(Schema):
    """One typed piece of evidence."""

    kind = _text()
    value = _text()


class StatementSchema(Schema):
    """One thing said: code, evidence and the sentence in the language asked for."""

    code = _text()
    severity = _text()
    dimension = _text(allow_none=True)
    evidence = fields.Dict(keys=fields.String(), values=fields.Nested(EvidenceSchema))
    text = _text()


class VersionSchema(Schema):
    """Which text a figure rests on."""

    version = _text()
    as_of = _text()
    content_hash = _text()


class ScoresSchema(Schema):
    """The four dimensions, 0 to 100."""

    liquidity = fields.Float()
    protection = fields.Float()
    safety = fields.Float()
    growth = fields.Float()


class ProfileSchema(Schema):
    """A risk profile and what it rests on."""

    id = _text()
    client_id = _text()
    level = _text()
    score = fields.Float()
    risk_aversion = fields.Float()
    capacity = fields.Float()
    tolerance = fields.Float()
    knowledge = fields.Float()
    is_lowest_class = fields.Boolean()
    needs_review = fields.Boolean()
    assessed_on = _text()
    valid_until = _text()
    is_expired = fields.Boolean()
    questionnaire_version = _text()
    reasons = fields.List(fields.Nested(StatementSchema))


class NeedsSchema(Schema):
    """What the household must be able to pay."""

    emergency_months = fields.Float()
    emergency_fund = _money()
    life_cover = _money()
    critical_illness_cover = _money()
    accident_cover = _money()
    goals_reserve = _money()


class LifeCycleSchema(Schema):
    """Where the client stands in life, as numbers."""

    age = fields.Integer()
    retirement_age = fields.Integer()
    human_capital = _money()
    human_capital_ratio = fields.Float()
    risky_share = fields.Float()


class BalanceSchema(Schema):
    """Weights and what they mean."""

    weights = _weights()
    scores = fields.Nested(ScoresSchema)
    index = fields.Float()
    expected_return = fields.Float()
    volatility = fields.Float()
    certainty_equivalent = fields.Float()


class DiagnosisSchema(BalanceSchema):
    """A diagnosis."""

    kind = _text()
    id = _text()
    client_id = _text()
    as_of = _text()
    created_at = _text()
    hash = _text()
    profile = fields.Nested(ProfileSchema)
    wealth = _money()
    net_worth = _money()
    needs = fields.Nested(NeedsSchema)
    life_cycle = fields.Nested(LifeCycleSchema)
    findings = fields.List(fields.Nested(StatementSchema))
    model = fields.Nested(VersionSchema)
    shelf = fields.Nested(VersionSchema)
    questionnaire = fields.Nested(VersionSchema)


class PlannedOrderSchema(Schema):
    """One line of a proposal."""

    line = fields.Integer()
    side = _text()
    product_id = _text()
    name_zh = _text()
    name_en = _text()
    product_class = _text()
    risk_level = _text()
    holding_id = _text(allow_none=True)
    amount = _money()
    fee = _money()
    settlement = _text()
    lock_up_days = fields.Integer()


class ProposalSchema(Schema):
    """A proposal: before, target, after, and the orders between."""

    kind = _text()
    id = _text()
    client_id = _text()
    as_of = _text()
    created_at = _text()
    expires_at = _text()
    status = _text()
    hash = _text()
    profile = fields.Nested(ProfileSchema)
    before = fields.Nested(BalanceSchema)
    target = fields.Nested(BalanceSchema)
    after = fields.Nested(BalanceSchema)
    rounding_gap_bp = fields.Float()
    orders = fields.List(fields.Nested(PlannedOrderSchema))
    cash_before = _money()
    cash_after = _money()
    total_sales = _money()
    total_purchases = _money()
    total_fees = _money()
    reasons = fields.List(fields.Nested(StatementSchema))
    findings = fields.List(fields.Nested(StatementSchema))
    model = fields.Nested(VersionSchema)
    shelf = fields.Nested(VersionSchema)
    questionnaire = fields.Nested(VersionSchema)


class OrderSchema(Schema):
    """One order on its way."""

    line = fields.Integer()
    side = _text()
    product_id = _text()
    name_zh = _text()
    name_en = _text()
    status = _text()
    reason = _text(allow_none=True)
    amount = _money()
    fee = _money()
    trade_date = _text(allow_none=True)
    confirm_date = _text(allow_none=True)
    confirmed_amount = _money()


class BundleSchema(Schema):
    """All orders of one accepted proposal."""

    bundle_id = _text()
    proposal_id = _text()
    client_id = _text()
    status = _text()
    created_at = _text()
    orders = fields.List(fields.Nested(OrderSchema))


class BundlesSchema(Schema):
    """A client's bundles, newest first."""

    bundles = fields.List(fields.Nested(BundleSchema))


class ReminderSchema(Schema):
    """One reminder."""

    id = _text()
    client_id = _text()
    day = _text()
    kind = _text()
    status = _text()
    statement = fields.Nested(StatementSchema)
    gain = _money()
    cost = _money()


class RemindersSchema(Schema):
    """Reminders, newest first."""

    reminders = fields.List(fields.Nested(ReminderSchema))


class ClientSummarySchema(Schema):
    """One line of an advisor's list."""

    client_id = _text()
    name = _text()
    as_of = _text()
    wealth = _money()
    net_worth = _money()
    is_assessed = fields.Boolean()


class ClientsSchema(Schema):
    """An advisor's book."""

    clients = fields.List(fields.Nested(ClientSummarySchema))


class HeldSchema(Schema):
    """A holding with its product's names."""

    id = _text()
    product_id = _text(allow_none=True)
    name_zh = _text(allow_none=True)
    name_en = _text(allow_none=True)
    product_class = _text()
    risk_level = _text()
    amount = _money()
    held_at = _text()
    locked_until = _text(allow_none=True)
    acquired_on = _text(allow_none=True)
    is_sellable = fields.Boolean()


class HoldingsSchema(Schema):
    """What a client holds at a date."""

    client_id = _text()
    as_of = _text()
    wealth = _money()
    holdings = fields.List(fields.Nested(HeldSchema))


class OptionSchema(Schema):
    """One option of a question."""

    id = _text()
    text = _text()


class QuestionSchema(Schema):
    """One question."""

    id = _text()
    dimension = _text()
    text = _text()
    options = fields.List(fields.Nested(OptionSchema))


class QuestionnaireSchema(Schema):
    """The questionnaire in the language asked for; points and caps stay inside."""

    version = _text()
    content_hash = _text()
    questions = fields.List(fields.Nested(QuestionSchema))


class MarketClassSchema(Schema):
    """What is believed about one product class, per year."""

    product_class = _text()
    dimension = _text()
    risk_level = _text()
    is_liquid = fields.Boolean()
    expected_return = fields.Float(metadata={"description": "net of fees"})
    fee = fields.Float()
    volatility = fields.Float()


class MarketSchema(VersionSchema):
    """The capital-market assumptions in use."""

    classes = fields.List(fields.Nested(MarketClassSchema))
    correlations = fields.List(fields.List(fields.Float()))


class RedemptionFeeSchema(Schema):
    """Fee when sold after at least so many days."""

    held_days = fields.Integer()
    rate = _text()


class ProductSchema(Schema):
    """One product of the shelf; fees are fractions."""

    id = _text()
    name_zh = _text()
    name_en = _text()
    product_class = _text()
    regime = _text()
    risk_level = _text()
    minimum = _money()
    step = _money()
    purchase_fee = _text()
    redemption_fees = fields.List(fields.Nested(RedemptionFeeSchema))
    annual_fee = _text()
    lock_up_days = fields.Integer()
    settlement = _text()
    redemption_days = fields.Integer()
    on_sale = fields.Boolean()
    qualified_only = fields.Boolean()
    highest_entry_age = fields.Integer(allow_none=True)


class ProductsSchema(Schema):
    """The shelf."""

    version = _text()
    content_hash = _text()
    products = fields.List(fields.Nested(ProductSchema))


class ReplaySchema(Schema):
    """Whether stored advice comes out the same again; hashes only, nothing of the client."""

    advice_id = _text()
    kind = _text()
    stored_hash = _text()
    recomputed_hash = _text()
    is_equal = fields.Boolean()


class BacktestResultSchema(Schema):
    """A back-test and what must be read beside it."""

    profile = _text()
    start = _text()
    end = _text()
    source = _text()
    targets = _weights()
    dates = fields.List(fields.String())
    value_path = fields.List(fields.Float())
    statistics = fields.Dict(keys=fields.String(), values=fields.Float(allow_none=True))
    intervals = fields.Dict(keys=fields.String(), values=fields.List(fields.Float()))
    turnover = fields.Float()
    trading_cost = fields.Float()
    fees = fields.Float()
    decisions_hash = _text()
    history_hash = _text()
    notes = fields.List(fields.Nested(StatementSchema))


class ErrorSchema(Schema):
    """One thing wrong with the request."""

    pointer = _text(metadata={"description": "JSON pointer into the body"})
    value = fields.Raw(allow_none=True)
    detail = _text()
    remedy = _text()


class ProblemSchema(Schema):
    """A refusal (RFC 9457)."""

    type = _text()
    title = _text()
    status = fields.Integer()
    code = _text()
    detail = _text()
    errors = fields.List(fields.Nested(ErrorSchema))
    reasons = fields.List(fields.Nested(StatementSchema))
