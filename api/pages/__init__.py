"""Pages: the journeys in a browser, server-rendered, phone first, without a script they need."""

from flask import Flask

from api.pages.blueprint import pages
from api.pages.rendering import render_error_page
from api.pages.routes import (
    advice,
    advisor,
    entry,
    life_path,
    orders,
    own_orders,
    profile,
    questionnaire,
    reminders,
)
from api.pages.session import identify_visitor

__all__ = ["identify_visitor", "register_pages", "render_error_page"]

# Importing a module of routes is what adds its views to the blueprint.
ROUTES = (
    advice,
    advisor,
    entry,
    life_path,
    orders,
    own_orders,
    profile,
    questionnaire,
    reminders,
)


def register_pages(app: Flask) -> None:
    """Add the pages to `app`; `identify_visitor` and `render_error_page` complete them."""
    app.register_blueprint(pages)
