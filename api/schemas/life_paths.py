"""Shapes of life paths that go out, and of the question what if that comes in.

Money is a decimal string in today's yuan; shares, rates and probabilities are fractions.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from api.schemas.documents import (
    StatementSchema,
    VersionSchema,
    money_field,
    software_field,
    text_field,
    weights_field,
)
from api.schemas.fields import Day, Many, MoneyText, StrictSchema, Whole
from risk_profiles.person import OLDEST_RETIREMENT_AGE
from risk_profiles.what_if import GoalChange, WhatIf


class ProbabilitySchema(Schema):
    """A share of simulated paths, its standard error and exact 95 % interval."""

    estimate = fields.Float()
    standard_error = fields.Float()
    low = fields.Float()
    high = fields.Float()


class RetirementOutlookSchema(Schema):
    """Retirement: what it needs a month, and whether the money lasts."""

    begins = text_field()
    pension_begins = text_field()
    spending = money_field()
    pension = money_field()
    funding_ratio = fields.Float(allow_none=True)
    lasts = fields.Nested(ProbabilitySchema)
    outlasts_life = fields.Float()
    last_age = fields.Integer()


class GoalSavingSchema(Schema):
    """What to save besides, a month, for a goal to become likely."""

    monthly = money_field()
    probability = fields.Float()


class GoalOutlookSchema(Schema):
    """A goal and how likely it is to be paid in full when due."""

    name = text_field()
    kind = text_field()
    amount = money_field()
    due = text_field()
    met = fields.Nested(ProbabilitySchema)
    funding_ratio = fields.Float(allow_none=True)
    saving = fields.Nested(GoalSavingSchema, allow_none=True)


class LifeYearSchema(Schema):
    """One year: its flows, the wealth of the median path, and what would be advised."""

    years = fields.Integer()
    day = text_field()
    age = fields.Integer()
    level = text_field()
    wages = money_field()
    pension = money_field()
    spending = money_field()
    debt_service = money_field()
    saving = money_field()
    wealth = money_field()
    human_capital_ratio = fields.Float()
    growth_share = fields.Float()
    weights = weights_field()
    dimensions = weights_field()
    real_return = fields.Float()
    real_volatility = fields.Float()
    limits = fields.List(text_field())


class PercentileSchema(Schema):
    """A percentile of wealth and the interval that simulation leaves open."""

    estimate = money_field()
    low = money_field()
    high = money_field()


class WealthSchema(Schema):
    """Simulated wealth at an age."""

    age = fields.Integer()
    lasted = fields.Float()
    percentiles = fields.Dict(keys=fields.String(), values=fields.Nested(PercentileSchema))


class LifeEventSchema(Schema):
    """What changes the course of the money."""

    kind = text_field()
    day = text_field()
    age = fields.Integer()
    amount = money_field()
    name = text_field(allow_none=True)


class LifeExpectancySchema(Schema):
    """To which age a client lives on average, and the table that says so."""

    age = fields.Float()
    table = text_field()
    table_zh = text_field()
    status = text_field()
    source = text_field()


class FundPointSchema(Schema):
    """A fund's share of equities at the client's age."""

    age = fields.Integer()
    centre = fields.Float()
    low = fields.Float(allow_none=True)
    high = fields.Float(allow_none=True)
    basis = text_field()


class TargetDateFundSchema(Schema):
    """What a target-date fund holds so many years before the same retirement."""

    fund_id = text_field()
    name = text_field()
    as_of = text_field()
    source = text_field()
    source_zh = text_field()
    points = fields.List(fields.Nested(FundPointSchema))


class LifePathSchema(Schema):
    """A life path."""

    id = text_field()
    kind = text_field()
    client_id = text_field()
    created_at = text_field()
    as_of = text_field()
    level = text_field()
    age = fields.Integer()
    paths = fields.Integer()
    seed = fields.Integer()
    inflation = fields.Float()
    safe_rate = fields.Float()
    retirement = fields.Nested(RetirementOutlookSchema)
    goals = fields.List(fields.Nested(GoalOutlookSchema))
    years = fields.List(fields.Nested(LifeYearSchema))
    wealth = fields.List(fields.Nested(WealthSchema))
    events = fields.List(fields.Nested(LifeEventSchema))
    life_expectancy = fields.Nested(LifeExpectancySchema)
    target_date_funds = fields.List(fields.Nested(TargetDateFundSchema))
    findings = fields.List(fields.Nested(StatementSchema))
    model = fields.Nested(VersionSchema)
    shelf = fields.Nested(VersionSchema)
    questionnaire = fields.Nested(VersionSchema)
    life_cycle = fields.Nested(VersionSchema)
    software = software_field()
    hash = text_field()


class WhatIfYearSchema(Schema):
    """One year of a plan, in short."""

    age = fields.Integer()
    growth_share = fields.Float()
    wealth = money_field()


class WhatIfRetirementSchema(Schema):
    """Retirement of a plan, in short."""

    begins = text_field()
    spending = money_field()
    pension = money_field()
    funding_ratio = fields.Float(allow_none=True)
    lasts = fields.Nested(ProbabilitySchema)
    last_age = fields.Integer()


class WhatIfSideSchema(Schema):
    """A plan in short."""

    index = fields.Float(allow_none=True)
    weights = weights_field()
    growth_share = fields.Float()
    monthly_saving = money_field()
    retirement = fields.Nested(WhatIfRetirementSchema)
    goals = fields.List(fields.Nested(GoalOutlookSchema))
    years = fields.List(fields.Nested(WhatIfYearSchema))


class WhatIfResultSchema(Schema):
    """The plan as it is and the plan as it would be, simulated with the same paths."""

    kind = text_field()
    client_id = text_field()
    as_of = text_field()
    paths = fields.Integer()
    before = fields.Nested(WhatIfSideSchema)
    after = fields.Nested(WhatIfSideSchema)


class GoalChangeSchema(StrictSchema):
    """Another amount or day for one goal, by its place in the facts."""

    place = Whole(lowest=0, highest=19, required=True)
    amount = MoneyText(load_default=None)
    due = Day(load_default=None)


class WhatIfSchema(StrictSchema):
    """What to change; at least one thing."""

    retirement_age = Whole(lowest=1, highest=OLDEST_RETIREMENT_AGE, load_default=None)
    annual_income = MoneyText(load_default=None)
    monthly_saving = MoneyText(negative=True, load_default=None)
    goals = Many(fields.Nested(GoalChangeSchema), longest=20, load_default=list)


def make_what_if(row: Mapping[str, Any]) -> WhatIf:
    """Return the question that a loaded `WhatIfSchema` asks."""
    goals = tuple(GoalChange(**goal) for goal in row["goals"])
    return WhatIf(**{**row, "goals": goals})
