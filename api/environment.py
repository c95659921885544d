"""What a running application hands to its views: settings, store, clock and reference data."""

from dataclasses import dataclass

from flask import Flask, current_app

from api.clock import Clock
from api.reference_data import ReferenceData
from api.settings import Settings
from api.store.unit_of_work import Store

_KEY = "robo"


@dataclass(frozen=True, slots=True)
class Environment:
    """Everything a use case needs besides its own input and its caller."""

    settings: Settings
    store: Store
    clock: Clock
    reference: ReferenceData


def install_environment(app: Flask, environment: Environment) -> None:
    """Make `environment` the one that views of `app` see."""
    app.extensions[_KEY] = environment


def environment() -> Environment:
    """Return the environment of the application that is serving this request."""
    found: Environment = current_app.extensions[_KEY]
    return found
