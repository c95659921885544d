"""What goes wrong with the database itself, under a name that knows no library."""

from sqlalchemy.exc import SQLAlchemyError

StoreFailure = SQLAlchemyError
