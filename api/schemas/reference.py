"""Shapes of what belongs to nobody: the questionnaire, the market and the shelf."""

from marshmallow import Schema, fields

from api.schemas.documents import VersionSchema, money_field, text_field


class OptionSchema(Schema):
    """One option of a question."""

    id = text_field()
    text = text_field()


class QuestionSchema(Schema):
    """One question."""

    id = text_field()
    trait = text_field()
    text = text_field()
    options = fields.List(fields.Nested(OptionSchema))


class QuestionnaireSchema(Schema):
    """The questionnaire in the language asked for; points and caps stay inside."""

    version = text_field()
    content_hash = text_field()
    questions = fields.List(fields.Nested(QuestionSchema))


class MarketClassSchema(Schema):
    """What is believed about one product class, per year."""

    product_class = text_field()
    dimension = text_field()
    risk_level = text_field()
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
    rate = text_field()


class ProductSchema(Schema):
    """One product of the shelf; fees are fractions, minimum fees money."""

    id = text_field()
    name_zh = text_field()
    name_en = text_field()
    product_class = text_field()
    regime = text_field()
    risk_level = text_field()
    minimum = money_field()
    step = money_field()
    purchase_fee = text_field()
    redemption_fees = fields.List(fields.Nested(RedemptionFeeSchema))
    minimum_purchase_fee = money_field()
    minimum_redemption_fee = money_field()
    annual_fee = text_field()
    lock_up_days = fields.Integer()
    settlement = text_field()
    redemption_days = fields.Integer()
    on_sale = fields.Boolean()
    qualified_only = fields.Boolean()
    highest_entry_age = fields.Integer(allow_none=True)


class ProductsSchema(Schema):
    """The shelf."""

    version = text_field()
    content_hash = text_field()
    products = fields.List(fields.Nested(ProductSchema))
