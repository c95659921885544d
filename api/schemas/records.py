"""Shapes of what is kept and looked up: orders, reminders, clients, holdings, replays, back-tests.

As in `api.schemas.documents`, a field that is not declared here does not leave the service.
"""

from marshmallow import Schema, fields

from api.schemas.documents import (
    StatementSchema,
    money_field,
    software_field,
    text_field,
    weights_field,
)


class OrderSchema(Schema):
    """One order on its way."""

    line = fields.Integer()
    side = text_field()
    product_id = text_field()
    name_zh = text_field()
    name_en = text_field()
    status = text_field()
    reason = text_field(allow_none=True)
    amount = money_field()
    fee = money_field()
    trade_date = text_field(allow_none=True)
    confirm_date = text_field(allow_none=True)
    confirmed_amount = money_field()


class BundleSchema(Schema):
    """All orders of one accepted proposal."""

    bundle_id = text_field()
    proposal_id = text_field()
    client_id = text_field()
    status = text_field()
    created_at = text_field()
    orders = fields.List(fields.Nested(OrderSchema))


class BundlesSchema(Schema):
    """A client's bundles, newest first."""

    bundles = fields.List(fields.Nested(BundleSchema))


class ReminderSchema(Schema):
    """One reminder. The gain is worth adjusted for risk, over two years; no expected profit."""

    id = text_field()
    client_id = text_field()
    day = text_field()
    kind = text_field()
    status = text_field()
    statement = fields.Nested(StatementSchema)
    gain = money_field()
    cost = money_field()


class RemindersSchema(Schema):
    """Reminders, newest first."""

    reminders = fields.List(fields.Nested(ReminderSchema))


class ClientSummarySchema(Schema):
    """One line of an advisor's list."""

    client_id = text_field()
    name = text_field()
    as_of = text_field()
    wealth = money_field()
    net_worth = money_field()
    is_assessed = fields.Boolean()


class ClientsSchema(Schema):
    """An advisor's book."""

    clients = fields.List(fields.Nested(ClientSummarySchema))


class HeldSchema(Schema):
    """A holding with its product's names."""

    id = text_field()
    product_id = text_field(allow_none=True)
    name_zh = text_field(allow_none=True)
    name_en = text_field(allow_none=True)
    product_class = text_field()
    risk_level = text_field()
    amount = money_field()
    held_at = text_field()
    locked_until = text_field(allow_none=True)
    acquired_on = text_field(allow_none=True)
    is_sellable = fields.Boolean()


class HoldingsSchema(Schema):
    """What a client holds at a date."""

    client_id = text_field()
    as_of = text_field()
    wealth = money_field()
    holdings = fields.List(fields.Nested(HeldSchema))


class ReplaySchema(Schema):
    """Whether stored advice comes out the same again; hashes only, nothing of the client."""

    advice_id = text_field()
    kind = text_field()
    stored_hash = text_field()
    recomputed_hash = text_field()
    is_equal = fields.Boolean()
    software_then = software_field()
    software_now = software_field()


class BacktestResultSchema(Schema):
    """A back-test and what must be read beside it."""

    profile = text_field()
    start = text_field()
    end = text_field()
    source = text_field()
    targets = weights_field()
    dates = fields.List(fields.String())
    value_path = fields.List(fields.Float())
    statistics = fields.Dict(keys=fields.String(), values=fields.Float(allow_none=True))
    intervals = fields.Dict(keys=fields.String(), values=fields.List(fields.Float()))
    turnover = fields.Float()
    trading_cost = fields.Float()
    fees = fields.Float()
    decisions_hash = text_field()
    history_hash = text_field()
    notes = fields.List(fields.Nested(StatementSchema))
