"""What a parameter of a strategy may be: each kind with its limits, and in words what it wants."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

_Figures = TypeVar("_Figures", bound=tuple[float, ...])


def _ascending(figures: _Figures) -> _Figures:
    if list(figures) != sorted(figures):
        raise ValueError("the least comes first")
    return figures


Ascending = AfterValidator(_ascending)

Count = Annotated[int, Field(ge=1, description="a whole number from 1 up")]
Counts = Annotated[
    tuple[Count, Count], Ascending, Field(description="two whole numbers from 1 up, least first")
]
Share = Annotated[float, Field(gt=0, le=1, description="a share over 0, up to 1")]
Shares = Annotated[
    tuple[Share, Share], Ascending, Field(description="two shares over 0, up to 1, least first")
]
Distance = Annotated[float, Field(ge=0.001, lt=1, description="a share from 0.001, under 1")]
Distances = Annotated[
    tuple[Distance, Distance],
    Ascending,
    Field(description="two shares from 0.001, under 1, least first"),
]
Factor = Annotated[float, Field(gt=0, allow_inf_nan=False, description="a number over 0")]
Factors = Annotated[
    tuple[Factor, Factor], Ascending, Field(description="two numbers over 0, least first")
]
Reward = Annotated[float, Field(ge=1, allow_inf_nan=False, description="a number from 1 up")]
Switch = Annotated[bool, Field(description="true or false")]
