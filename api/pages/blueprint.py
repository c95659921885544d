"""The blueprint that every page belongs to."""

from flask import Blueprint

pages = Blueprint("pages", __name__, template_folder="templates")
