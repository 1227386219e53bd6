"""The base of what goes in, and of what comes out."""

from __future__ import annotations

from typing import Annotated, Generic, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field


class Body(BaseModel):
    """What a request carries; a member that nobody knows is an error, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """What is answered, read from the attributes of what a feature gives."""

    model_config = ConfigDict(from_attributes=True)


Item = TypeVar("Item", bound=BaseModel)


class Listed(Out, Generic[Item]):
    """A list that comes whole."""

    items: list[Item]


Reason: TypeAlias = Annotated[str, Field(max_length=10_000)]
Text: TypeAlias = Annotated[str, Field(max_length=10_000)]
Id: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
