"""Who may call what: deny by default, decided before a view or a parser runs.

Every endpoint declares a policy, with `allow(Role.CLIENT, ...)` or `public`. An application with
an undeclared endpoint does not start. What a role may see of an object is the store's business:
its queries are scoped by the caller.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask, current_app, g, request

from api.callers import Caller, Role
from api.environment import environment
from api.errors import ForbiddenError, UnauthorizedError
from api.services.users import authenticate

API_PREFIX = "/v1"

View = TypeVar("View", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Policy:
    """Roles that may call an endpoint; used as a decorator it declares them.

    Attributes:
        is_public: Anybody may call, known or not.
    """

    roles: frozenset[Role]
    is_public: bool = False

    def __call__(self, view: View) -> View:
        """Declare this policy for `view`."""
        view.access_policy = self  # type: ignore[attr-defined]
        return view


public = Policy(frozenset(), is_public=True)


def allow(*roles: Role) -> Policy:
    """Return the policy that lets in these roles and nobody else."""
    return Policy(frozenset(roles))


def policy_of(view: object) -> Policy | None:
    """Return the declared policy of a view, or None when it has none."""
    found = getattr(view, "access_policy", None)
    return found if isinstance(found, Policy) else None


def current_caller() -> Caller:
    """Return the authenticated caller of this request.

    Raises:
        UnauthorizedError: the endpoint is public and nobody signed in.
    """
    caller = g.get("caller")
    if not isinstance(caller, Caller):
        raise UnauthorizedError("sign in first")
    return caller


def guard(app: Flask, *, identify_visitor: Callable[[], Caller]) -> None:
    """Check every request of `app` against the policy of its endpoint.

    Args:
        app: All routes must be registered already.
        identify_visitor: Names the caller of a page, outside the API, or raises
            UnauthorizedError.

    Raises:
        RuntimeError: an endpoint has no policy.
    """
    undeclared = [name for name, view in app.view_functions.items() if policy_of(view) is None]
    if undeclared:
        raise RuntimeError(f"endpoints without an access policy: {sorted(undeclared)}")

    @app.before_request
    def check_policy() -> None:
        if request.endpoint is None:
            return
        policy = policy_of(current_app.view_functions[request.endpoint])
        if policy is not None and policy.is_public:
            return
        is_api = request.path.startswith(f"{API_PREFIX}/")
        caller = _bearer() if is_api else identify_visitor()
        if policy is None or caller.role not in policy.roles:
            raise ForbiddenError(f"this is not open to the role {caller.role}")
        g.caller = caller


def _bearer() -> Caller:
    credentials = request.authorization
    if credentials is None or credentials.type != "bearer" or not credentials.token:
        raise UnauthorizedError('send the header "Authorization: Bearer <token>"')
    return authenticate(environment().store, credentials.token)
