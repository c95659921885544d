"""The sample book: fictional clients as client files, from a young renter to a widow of 76.

The files double as examples of the input format. Figures are set to be plausible in China in
2026; no person is meant.
"""

from importlib.resources import files

from allocator.shelf import Shelf
from api.client_file import ClientRecord
from api.schemas.client_file import load_client_file
from api.strict_json import parse_json
from risk_profiles.life_cycle_parameters import load_default_life_cycle_parameters


def load_sample_book(shelf: Shelf) -> tuple[ClientRecord, ...]:
    """Return the clients of the sample book, by client id.

    Raises:
        InputError: a file does not fit the shelf.
    """
    folder, parameters = files("api.sample_book"), load_default_life_cycle_parameters()
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".json"))
    return tuple(
        load_client_file(
            parse_json((folder / name).read_bytes()), shelf=shelf, parameters=parameters
        )
        for name in names
    )
