"""One search for the best whole lots at a time in a process.

Such a search takes seconds of a processor. A handful of them at once would hold every thread of the
server, and with them everybody's pages; whoever comes second is told at once to come back.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from api.advice_documents import Lots
from api.errors import TooManyRequestsError

SECONDS_TO_WAIT = 20

_turn = threading.Lock()


@contextmanager
def turn_for(lots: Lots) -> Iterator[None]:
    """Hold the turn while lots are worked out exactly; served lots need none.

    Raises:
        TooManyRequestsError: somebody else's lots are being worked out (busy).
    """
    if lots is not Lots.EXACT:
        yield
        return
    if not _turn.acquire(blocking=False):
        raise TooManyRequestsError(
            "other lots are being worked out exactly; try again in some seconds, or ask for the "
            'proposal without {"lots": "exact"}',
            code="busy",
            retry_after=SECONDS_TO_WAIT,
        )
    try:
        yield
    finally:
        _turn.release()
