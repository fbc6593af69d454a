"""What every model of a study's files shares: frozen, unknown keys refused, and the small words."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Expression = str  # see expression.py
Text = dict[str, str]  # language code -> words
MissingKind = Literal["dont_know", "refused", "not_asked", "no_answer"]
Kind = Literal["collected", "measured", "published", "simulated"]


class Entry(BaseModel):
    """Base of all entries: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
