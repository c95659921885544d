"""The error tree, split by who can act.

AllocatorError
  InputError               the caller mends it: each problem names a field, a value, a remedy
  InfeasibleMandateError   a person must relax something: it names what conflicts
  SolverError              an operator looks: no verified answer came back
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input.

    Attributes:
        field: JSON pointer (RFC 6901) into the document the caller sent, or a parameter's name.
        detail: What is wrong, in one sentence.
        value: The offending value as it arrived.
        remedy: What the caller can do about it.
    """

    field: str
    detail: str
    value: object = None
    remedy: str = ""

    def __str__(self) -> str:
        """Return the problem as one line a person can act on."""
        shown = "" if self.value is None else f" (got {_shorten(self.value)})"
        remedy = f" Remedy: {self.remedy}" if self.remedy else ""
        return f"{self.field}: {self.detail}{shown}.{remedy}"


class AllocatorError(Exception):
    """Root of every error the domain raises on purpose."""

    code = "allocator_error"


class InputError(AllocatorError):
    """The caller sent something that cannot be used; nothing was changed.

    >>> str(InputError("one bad field", problems=[Problem("/a", "is not a number", "x", "send 1")]))
    "one bad field; /a: is not a number (got 'x'). Remedy: send 1"
    """

    def __init__(
        self, message: str, *, code: str = "invalid_input", problems: Sequence[Problem] = ()
    ) -> None:
        self.message = message
        self.code = code
        self.problems = tuple(problems)
        super().__init__("; ".join([message, *map(str, self.problems)]))


class InfeasibleMandateError(AllocatorError):
    """The hard limits contradict each other; `conflict` names them, `problems` say by how much."""

    code = "infeasible_mandate"

    def __init__(
        self, message: str, *, conflict: Sequence[str], problems: Sequence[Problem] = ()
    ) -> None:
        self.message = message
        self.conflict = tuple(conflict)
        self.problems = tuple(problems)
        super().__init__("; ".join([message, *map(str, self.problems)]))


class SolverError(AllocatorError):
    """No solver returned an answer that passed our own check; `problems` say where to look."""

    code = "solver_failed"

    def __init__(self, message: str, *, problems: Sequence[Problem] = ()) -> None:
        self.message = message
        self.problems = tuple(problems)
        super().__init__("; ".join([message, *map(str, self.problems)]))


def _shorten(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
