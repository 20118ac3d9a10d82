"""One thing that the doctor looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`fine` is None where it is only told. No secret is in it."""

    name: str
    detail: str
    fine: bool | None = None

    def as_json(self) -> dict[str, object]:
        return {"name": self.name, "detail": self.detail, "fine": self.fine}
