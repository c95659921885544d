"""How often a client may be tested: twice a day and eight times in twelve months.

Rule of the supervisor, in force since 2026-02-01. A test is an assessment, or a sheet whose
contradictions were asked again and that became none: what it showed would otherwise be free to
try, answer by answer. Both are counted inside the transaction that adds one.
"""

from collections.abc import Mapping
from datetime import datetime

from api.callers import Caller
from api.clock import Clock, shanghai_date
from api.errors import TooManyRequestsError
from api.reference_data import ReferenceData
from api.store.records import AskedSheet
from api.store.unit_of_work import Store, UnitOfWork

MOST_A_DAY = 2
MOST_A_YEAR = 8


def twelve_months_before(instant: datetime) -> datetime:
    """Return the same date and time a year earlier; 28 February stands in for the 29th.

    >>> twelve_months_before(datetime(2028, 2, 29, 12)).isoformat()
    '2027-02-28T12:00:00'
    """
    return _other_year(instant, -1)


def asked_before(
    uow: UnitOfWork,
    caller: Caller,
    client_id: str,
    *,
    answers: Mapping[str, str],
    form_hash: str,
    now: datetime,
) -> AskedSheet | None:
    """Return the open sheet that was asked about with exactly these answers, if there is one."""
    opened = uow.asked_sheets.open(caller, client_id, since=twelve_months_before(now))
    same = (one for one in opened if one.answers == answers and one.questionnaire_hash == form_hash)
    return next(same, None)


def require_room(
    uow: UnitOfWork,
    caller: Caller,
    client_id: str,
    *,
    now: datetime,
    finishing: AskedSheet | None = None,
) -> None:
    """Check that there is room for one more test.

    Args:
        uow: The transaction the test is added in.
        caller, client_id: Who is tested.
        now: The instant of the test.
        finishing: A sheet that was counted when it was asked about and is now finished.

    Raises:
        TooManyRequestsError: two tests today (assessments_per_day), or eight within twelve months
            (assessments_per_year).
    """
    today, since = shanghai_date(now), twelve_months_before(now)
    opened = [
        one for one in uow.asked_sheets.open(caller, client_id, since=since) if one != finishing
    ]
    of_today = uow.assessments.count_on(caller, client_id, today)
    if of_today + sum(one.asked_on == today for one in opened) >= MOST_A_DAY:
        raise TooManyRequestsError(
            f"{MOST_A_DAY} assessments were made today; come back tomorrow",
            code="assessments_per_day",
        )
    times = sorted(
        [
            *uow.assessments.times(caller, client_id, since=since),
            *(one.asked_at for one in opened),
        ]
    )
    if len(times) >= MOST_A_YEAR:
        again = shanghai_date(_other_year(times[-MOST_A_YEAR], 1))
        raise TooManyRequestsError(
            f"{MOST_A_YEAR} assessments were made within twelve months; come back after {again}",
            code="assessments_per_year",
        )


def limit_reached(
    store: Store, clock: Clock, reference: ReferenceData, caller: Caller, *, client_id: str
) -> str | None:
    """Return the code of the limit that a test now would meet, or None while there is room.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
    """
    now = clock.now()
    with store.read() as uow:
        uow.clients.require(caller, client_id)
        draft = uow.drafts.get(caller, client_id)
        finishing = None
        if draft is not None:
            finishing = asked_before(
                uow,
                caller,
                client_id,
                answers=draft.answers,
                form_hash=reference.questionnaire.content_hash,
                now=now,
            )
        try:
            require_room(uow, caller, client_id, now=now, finishing=finishing)
        except TooManyRequestsError as refusal:
            return refusal.code
    return None


def _other_year(instant: datetime, years: int) -> datetime:
    try:
        return instant.replace(year=instant.year + years)
    except ValueError:
        return instant.replace(year=instant.year + years, day=28)
