"""A renewal: what a client file says of the person, the debts and the policies, sent again."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from allocator.balance_sheet import Debt, Policy
from allocator.errors import InputError
from api.client_file import Renewal
from api.schemas.client_file import (
    DebtSchema,
    FactsSchema,
    PolicySchema,
    make_facts,
    repeated_ids,
)
from api.schemas.fields import Many, StrictSchema


class RenewalSchema(StrictSchema):
    """Facts, debts and policies as they are today; each takes the place of what was known."""

    facts = fields.Nested(FactsSchema, required=True)
    debts = Many(fields.Nested(DebtSchema), longest=100, required=True)
    policies = Many(fields.Nested(PolicySchema), longest=100, required=True)


def make_renewal(loaded: Mapping[str, Any]) -> Renewal:
    """Return the renewal that a loaded `RenewalSchema` describes.

    Raises:
        InputError: an id is used twice within its list.
    """
    problems = [p for name in ("debts", "policies") for p in repeated_ids(name, loaded[name])]
    if problems:
        raise InputError("the renewal cannot be used", problems=problems)
    return Renewal(
        facts=make_facts(loaded["facts"]),
        debts=tuple(Debt(**row) for row in loaded["debts"]),
        policies=tuple(Policy(**row) for row in loaded["policies"]),
    )
