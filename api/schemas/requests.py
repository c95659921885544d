"""Bodies that come in, besides the client file. What the server decides is never a field here."""

from api.advice_documents import Lots
from api.schemas.fields import SLUG, Choice, Flag, MoneyText, StrictSchema, Text
from risk_profiles.levels import ProfileLevel

HASH = r"[0-9a-f]{64}"


class NothingSchema(StrictSchema):
    """No input: the body is absent or an empty object."""


class ProposalRequestSchema(StrictSchema):
    """How a proposal is to be made; the body may be left out."""

    lots = Choice(Lots, load_default=Lots.SERVED)


class ConsentSchema(StrictSchema):
    """Consent to exactly the proposal that was shown."""

    proposal_hash = Text(
        longest=64, pattern=HASH, example="the hash of the proposal, 64 hex digits", required=True
    )
    consent = Flag(required=True)
    warning_read = Flag(load_default=False)


class OwnOrderSchema(StrictSchema):
    """What a client wants to buy unasked."""

    product_id = Text(longest=64, pattern=SLUG, example="csi300-index-a", required=True)
    amount = MoneyText(required=True)


class BacktestSchema(StrictSchema):
    """A back-test of one profile over the embedded history."""

    profile = Choice(ProfileLevel, required=True)
