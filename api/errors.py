"""What a use case can refuse, with the HTTP status each refusal becomes.

ApiError
  UnauthorizedError 401   no valid token or session
  ForbiddenError 403      a role that may not do this
  NotFoundError 404       missing, or somebody else's: nobody can tell which
  ConflictError 409       the state has moved on; the code says how
  GoneError 410           it was valid once
  TooManyRequestsError 429

Input the caller can mend is `allocator.errors.InputError` and becomes 422.
"""

from collections.abc import Sequence
from typing import ClassVar

from allocator.statements import Statement


class ApiError(Exception):
    """Root of the refusals.

    Attributes:
        code: Stable word for programs; `message` is for people.
        retry_after: Whole seconds after which the same request may succeed, if any.
    """

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "api_error"

    def __init__(
        self, message: str, *, code: str | None = None, retry_after: int | None = None
    ) -> None:
        self.message = message
        self.code = code or self.default_code
        self.retry_after = retry_after
        super().__init__(message)


class UnauthorizedError(ApiError):
    """Nobody we know."""

    status = 401
    default_code = "unauthorized"


class ForbiddenError(ApiError):
    """Known, but this is not for that role."""

    status = 403
    default_code = "forbidden"


class NotFoundError(ApiError):
    """There is no such thing that this caller may see."""

    status = 404
    default_code = "not_found"


class ConflictError(ApiError):
    """The present state does not allow it.

    Attributes:
        statements: What stands against it, when there are reasons to show.
    """

    status = 409
    default_code = "conflict"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        retry_after: int | None = None,
        statements: Sequence[Statement] = (),
    ) -> None:
        super().__init__(message, code=code, retry_after=retry_after)
        self.statements = tuple(statements)


class GoneError(ApiError):
    """It has expired."""

    status = 410
    default_code = "proposal_expired"


class TooManyRequestsError(ApiError):
    """A limit was reached; `retry_after` says when to come back."""

    status = 429
    default_code = "too_many_requests"
