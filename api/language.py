"""Which language a request is answered in: ?lang=, then Accept-Language, then Chinese."""

from flask import request

from allocator.errors import InputError
from api.texts import Language, Texts


def request_texts() -> Texts:
    """Return the texts of the language this request asks for.

    Raises:
        InputError: ?lang= names a language there are no texts for.
    """
    asked = request.args.get("lang")
    if asked is not None:
        return Texts(asked)
    best = request.accept_languages.best_match([language.value for language in Language])
    return Texts(best or Language.ZH)


def error_texts() -> Texts:
    """Return the texts an error is explained in; a wrong ?lang= falls back to Chinese."""
    try:
        return request_texts()
    except InputError:
        return Texts(Language.ZH)
