"""What a vendor's tenants may call otherwise: what each ``settings.yml`` declares."""

from dataclasses import dataclass
from functools import cache

import yaml

from dlt_pipelines.vendors import VENDORS


@dataclass(frozen=True)
class Setting:
    """What a tenant may call otherwise than its vendor's declaration does.

    ``name`` is what an instance names it by: ``fields.<name>`` for a field, of the kind
    of object ``of``; ``values.<name>`` for another value. A ``written`` field is not
    read, so only who writes records needs it. ``purpose`` says what it is for.
    """

    name: str
    default: str
    of: str
    purpose: str
    written: bool = False

    @property
    def is_field(self) -> bool:
        """Whether it is a field that the tenant must have."""
        return self.name.startswith("fields.")


@cache
def declared_settings(vendor: str) -> dict[str, Setting]:
    """What the vendor's tenants may call otherwise, by name."""
    file = VENDORS / vendor / "settings.yml"
    if not file.exists():
        return {}
    declared = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {
        f"{kind}.{name}": Setting(
            name=f"{kind}.{name}",
            default=told["default"],
            of=told.get("of", ""),
            purpose=told["for"],
            written=told.get("written", False),
        )
        for kind, settings in declared.items()
        for name, told in settings.items()
    }
