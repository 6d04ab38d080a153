"""What a tool reports, as a model: clients are made from its schema."""

from pydantic import BaseModel, ConfigDict

from ashim_core.titles import field_title, model_title
from ashim_core.tool import wire_name


class Report(BaseModel):
    """Base of the models that file tools give in place of files, and of the models in them.

    snake_case in Python, camelCase on the wire, as for settings; numbers are finite, since there
    are no others in JSON. What may be absent is `None` by default, and null on the wire.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=wire_name,
        validate_by_name=True,
        validate_by_alias=True,
        allow_inf_nan=False,
        field_title_generator=field_title,
        model_title_generator=model_title,
    )
