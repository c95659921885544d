"""Back-tests of a profile on the embedded yearly history: no client is involved."""

from typing import Any

from api.authorization import allow
from api.callers import Role
from api.environment import environment
from api.resources.documents import spoken
from api.resources.routing import Routes
from api.schemas.records import BacktestResultSchema
from api.schemas.requests import BacktestSchema
from api.services import backtests
from risk_profiles.levels import ProfileLevel

routes = Routes("backtests", description="What a profile's weights would have done.")


@routes.post(
    "/backtests",
    policy=allow(Role.ADVISOR, Role.QUANT),
    takes=BacktestSchema,
    returns=BacktestResultSchema,
    status=200,
)
def run_backtest(body: dict[str, Any]) -> dict[str, Any]:
    """Back-test the target weights of one profile."""
    level: ProfileLevel = body["profile"]
    return spoken(backtests.backtest_profile(environment().reference, level=level))
