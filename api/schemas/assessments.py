"""Shapes of the assessment: sheets and drafts that come in, assessments and reviews that go out."""

from marshmallow import Schema, fields

from api.schemas.documents import ProfileSchema, StatementSchema, text_field
from api.schemas.fields import Choice, Flag, Options, StrictSchema, Text
from api.services.reviews import LONGEST_NOTE
from api.store.records import ReviewOutcome

NOTE_EXAMPLE = "a sentence that says why"


class SheetSchema(StrictSchema):
    """A whole sheet; `follow_up` answers what was asked again, and only that."""

    answers = Options(required=True)
    follow_up = Options()


class SomeAnswersSchema(StrictSchema):
    """Some answers of a sheet under way."""

    answers = Options(required=True)


class FollowUpSchema(StrictSchema):
    """Answers to what was asked again, if anything was."""

    follow_up = Options()


class ReviewInSchema(StrictSchema):
    """An advisor's word on a flagged assessment."""

    outcome = Choice(ReviewOutcome, required=True)
    note = Text(longest=LONGEST_NOTE, example=NOTE_EXAMPLE, required=True)


class LiftOfferSchema(StrictSchema):
    """What the advisor discussed with the client."""

    note = Text(longest=LONGEST_NOTE, example=NOTE_EXAMPLE, required=True)


class LiftConfirmationSchema(StrictSchema):
    """The client's own yes."""

    confirmed = Flag(required=True)


class DraftSchema(Schema):
    """A sheet on its way."""

    answers = fields.Dict(keys=fields.String(), values=fields.String())
    answered = fields.Integer()
    questions = fields.Integer()
    questionnaire_version = text_field()
    is_outdated = fields.Boolean()
    is_filed = fields.Boolean(
        metadata={"description": "an advisor entered the answers; the client has to check them"}
    )
    started_at = text_field(
        allow_none=True, metadata={"description": "null where an advisor entered the answers"}
    )
    updated_at = text_field()


class DraftOrNoneSchema(Schema):
    """The draft, or null when nothing was begun."""

    draft = fields.Nested(DraftSchema, allow_none=True)


class AskedAgainSchema(Schema):
    """A question that was asked again: the answer before and after."""

    question = text_field()
    rules = fields.List(fields.String())
    before = text_field()
    after = text_field()


class ReviewSchema(Schema):
    """What an advisor made of an assessment."""

    outcome = text_field()
    note = text_field()
    reviewed_at = text_field()


class ReviewedSchema(ReviewSchema):
    """A review and the assessment it is of."""

    assessment_id = text_field()


class PendingSchema(Schema):
    """A newer assessment that still cools off."""

    level = text_field()
    effective_at = text_field()


class AssessmentSchema(ProfileSchema):
    """A profile with what was asked again, what was flagged and what would change it."""

    points = fields.Float(metadata={"description": "the score in the form's own points"})
    scoring = text_field()
    edges = fields.List(fields.Float())
    liftable_to = text_field(allow_none=True)
    effective_at = text_field()
    state = text_field(metadata={"description": "in_force, cooling_off, set_aside or expired"})
    pending = fields.Nested(PendingSchema, allow_none=True)
    review = fields.Nested(ReviewSchema, allow_none=True)
    follow_ups = fields.List(fields.Nested(AskedAgainSchema))
    flags = fields.List(fields.Nested(StatementSchema))
    outlook = fields.List(fields.Nested(StatementSchema))


class PastAssessmentSchema(Schema):
    """One line of a client's history."""

    id = text_field()
    assessed_on = text_field()
    effective_at = text_field()
    valid_until = text_field()
    level = text_field()
    needs_review = fields.Boolean()
    is_lift = fields.Boolean()


class AssessmentsSchema(Schema):
    """A client's history, newest first."""

    assessments = fields.List(fields.Nested(PastAssessmentSchema))


class FlaggedAssessmentSchema(Schema):
    """A flagged assessment that waits for an advisor."""

    id = text_field()
    client_id = text_field()
    assessed_at = text_field()
    effective_at = text_field()
    level = text_field()
    needs_review = fields.Boolean()
    reasons = fields.List(fields.Nested(StatementSchema))
    flags = fields.List(fields.Nested(StatementSchema))
    follow_ups = fields.List(fields.Nested(AskedAgainSchema))


class FlaggedAssessmentsSchema(Schema):
    """What waits for an advisor, oldest first."""

    assessments = fields.List(fields.Nested(FlaggedAssessmentSchema))


class LiftSchema(Schema):
    """How far the lift of a cap of age is."""

    id = text_field()
    status = text_field()
    to = text_field(allow_none=True)
    note = text_field()
    offered_at = text_field()


class LiftOrNoneSchema(Schema):
    """The lift, or null where none may be given."""

    age_lift = fields.Nested(LiftSchema, allow_none=True)
