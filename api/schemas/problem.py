"""The shape of every refusal (RFC 9457)."""

from marshmallow import Schema, fields

from api.schemas.documents import StatementSchema, text_field


class ErrorSchema(Schema):
    """One thing wrong with the request."""

    pointer = text_field(metadata={"description": "JSON pointer into the body"})
    value = fields.Raw(allow_none=True)
    detail = text_field()
    remedy = text_field()


class ProblemSchema(Schema):
    """A refusal (RFC 9457)."""

    type = text_field()
    title = text_field()
    status = fields.Integer()
    code = text_field()
    detail = text_field()
    text = text_field(metadata={"description": "The refusal in the language asked for"})
    errors = fields.List(fields.Nested(ErrorSchema))
    reasons = fields.List(fields.Nested(StatementSchema))
