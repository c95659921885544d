"""Who asks: the three roles, and the caller that every query is scoped by."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """Who a user is to the bank."""

    CLIENT = "client"  # sees and acts on itself alone
    ADVISOR = "advisor"  # sees the clients of the own book
    QUANT = "quant"  # sees no personal data


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated user.

    Attributes:
        client_id: The client a client-user is; None for staff.
        sees_everyone: True only for the bank's own jobs. No token ever yields such a caller.
    """

    user_id: str
    role: Role
    client_id: str | None = None
    sees_everyone: bool = False


# The worker, the nightly scan and the operator's terminal act for the bank itself.
BANK: Final = Caller(user_id="bank", role=Role.ADVISOR, sees_everyone=True)
