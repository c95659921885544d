"""Every refusal and every failure becomes HTTP here and nowhere else (RFC 9457).

    {"type", "title", "status", "code", "detail", "errors": [{pointer, value, detail, remedy}]}

and "text", the refusal in the language asked for, where its code has a sentence of its own.

Requests under /v1 get this as application/problem+json; pages get the same as HTML. A failure
nobody foresaw says so without a trace, a query or a version; the trace goes to the log.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, json, request
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from allocator.errors import InfeasibleMandateError, InputError, Problem, SolverError
from api.authorization import API_PREFIX
from api.documents import statement_document
from api.error_words import error_words
from api.errors import ApiError, ConflictError, UnauthorizedError
from api.language import error_texts
from api.services.follow_ups import FollowUpNeededError
from api.services.users import without_tokens
from api.texts import localize

CONTENT_TYPE = "application/problem+json"
LONGEST_SHOWN_VALUE = 120
RETRY_SECONDS = 2
STORE_UNAVAILABLE = "store_unavailable"
# Trying again mends none of these: the fault is ours.
FAULTS_OF_OURS = (IntegrityError, ProgrammingError, DataError)

PageRenderer = Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """One refusal on its way out."""

    status: int
    code: str
    detail: str
    problems: Sequence[Problem] = ()
    reasons: Sequence[object] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return the body of RFC 9457 with our extensions."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "errors": [_error(problem) for problem in self.problems],
        }
        if self.reasons:
            body["reasons"] = list(self.reasons)
        return body


def register_problems(app: Flask, *, render_page: PageRenderer) -> None:
    """Turn every exception of `app` into a response.

    Args:
        app: The application.
        render_page: Writes the problem document as the HTML of an error page.
    """

    def respond(details: ProblemDetails) -> Response:
        document = details.document()
        said = error_words(details.code, error_texts())
        if said is not None:
            document["text"] = said
        if request.path == API_PREFIX or request.path.startswith(f"{API_PREFIX}/"):
            text, content_type = json.dumps(document), CONTENT_TYPE
        else:
            text, content_type = render_page(document), "text/html; charset=utf-8"
        response = Response(text, details.status, content_type=content_type)
        response.headers.extend(details.headers)
        return response

    def refuse(error: ApiError) -> Response:
        headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
        if isinstance(error, UnauthorizedError):
            headers["WWW-Authenticate"] = "Bearer"
        statements = error.statements if isinstance(error, ConflictError) else ()
        problems = _asked_again(error) if isinstance(error, FollowUpNeededError) else ()
        reasons = [localize(statement_document(s), error_texts()) for s in statements]
        return respond(
            ProblemDetails(
                error.status,
                error.code,
                error.message,
                problems=problems,
                reasons=reasons,
                headers=headers,
            )
        )

    def refuse_input(error: InputError) -> Response:
        return respond(ProblemDetails(422, error.code, error.message, error.problems))

    def refuse_mandate(error: InfeasibleMandateError) -> Response:
        problems = [Problem("", c, None, "relax one of the limits") for c in error.conflict]
        problems += [replace(problem, field="") for problem in error.problems]
        return respond(ProblemDetails(409, error.code, error.message, problems))

    def report_solver(error: SolverError) -> Response:
        # What a mandate asks for follows from answers, and those are never logged.
        app.logger.error("solver_failed path=%s detail=%s", request.path, error.message)
        detail = "no verified answer came back; an operator has been told"
        return respond(ProblemDetails(503, error.code, detail))

    def report_store(error: Exception) -> Response:
        app.logger.error("store_unavailable path=%s", request.path, exc_info=error)
        headers = {"Retry-After": str(RETRY_SECONDS)}
        detail = "the store does not answer; nothing was changed"
        return respond(ProblemDetails(503, STORE_UNAVAILABLE, detail, headers=headers))

    def pass_on(error: HTTPException) -> Response | WerkzeugResponse:
        if error.code is None or error.code < 400:
            return error.get_response()
        status = HTTPStatus(error.code)
        # Allow, Retry-After and the like are part of the answer; the old body's type is not.
        headers = {k: v for k, v in error.get_headers() if k.lower() != "content-type"}
        detail = error.description or status.phrase
        return respond(ProblemDetails(status, status.name.lower(), detail, headers=headers))

    def report(error: Exception) -> Response:
        app.logger.error("unforeseen path=%s", request.path, exc_info=error)
        detail = "something broke on our side; the operator's log has the details"
        return respond(ProblemDetails(500, "internal_error", detail))

    app.register_error_handler(ApiError, refuse)
    app.register_error_handler(InputError, refuse_input)
    app.register_error_handler(InfeasibleMandateError, refuse_mandate)
    app.register_error_handler(SolverError, report_solver)
    app.register_error_handler(DatabaseError, report_store)
    app.register_error_handler(PoolTimeoutError, report_store)
    app.register_error_handler(HTTPException, pass_on)
    for fault in (*FAULTS_OF_OURS, Exception):
        app.register_error_handler(fault, report)


def _asked_again(error: FollowUpNeededError) -> list[Problem]:
    """Return the questions to answer again, in the language of the request."""
    texts = error_texts()
    return [
        Problem(
            f"/follow_up/{one.question_id}",
            " ".join(texts.asked_again(wording, one.figures) for wording in one.wording),
            one.earlier_answer,
            f"answer one of {', '.join(one.options)}",
        )
        for one in error.follow_ups
    ]


def _error(problem: Problem) -> dict[str, Any]:
    return {
        "pointer": without_tokens(problem.field),
        "value": _shown(problem.value),
        "detail": problem.detail,
        "remedy": problem.remedy,
    }


def _shown(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = without_tokens(str(value))
    short = text if len(text) <= LONGEST_SHOWN_VALUE else f"{text[:LONGEST_SHOWN_VALUE]}..."
    # What came in may hold half a surrogate pair, which cannot go out as UTF-8.
    return short.encode("utf-8", "replace").decode("utf-8")
