"""What both brokers' streams have on the wire: a clock, and errors that quote no value."""

import re
from datetime import time
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from app.brokers.stream_dialect import BadFrame

Model = TypeVar("Model", bound=BaseModel)


def _clock(text: object) -> time:
    if not re.fullmatch("[0-9]{6}", str(text)):
        raise ValueError("want HHMMSS")
    return time.fromisoformat(str(text))


Clock = Annotated[time, BeforeValidator(_clock)]


class StreamWire(BaseModel):
    """A part of a frame; what is not described is left alone."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


def read_fields(model: type[Model], fields: object) -> Model:
    """Return ``fields`` as ``model``.

    Raises:
        BadFrame: they are not; the message names the field.
    """
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise BadFrame(_first_of(error)) from None


def read_json(model: type[Model], frame: str) -> Model:
    """Return a frame of JSON as ``model``; errors as of ``read_fields``."""
    try:
        return model.model_validate_json(frame)
    except ValidationError as error:
        raise BadFrame(_first_of(error)) from None


def _first_of(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or f"{error.title.strip('_')}"
    return f"{place}: {first['msg'].removeprefix('Value error, ')}"
