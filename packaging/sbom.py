"""Writes what Tradekeep's packages are made of, as CycloneDX 1.6: `sbom.py TARGET`.

Names, versions and hashes come from the lock, which is for all systems at once; so a library that
only Windows needs is listed, too, and says so. Licences and who needs whom come from the libraries
that are installed here. What only builds packages has the scope "excluded". Nothing depends on the
day: the same lock gives the same file. Runs in the environment of a build.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import environment
import locked
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, License, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from locked import Locked
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app import __version__

ROOT = Path(__file__).resolve().parent.parent
_OURS = "tradekeep"
_SHIPPED = frozenset({"", "mount"})  # no extra, and those extras that packages contain
_CLASSIFIER = "License :: OSI Approved :: "
_NAMESPACE = uuid.UUID("6d2c4a52-7b7b-5f0e-9d4b-3f1f1b9a7c10")


def text() -> str:
    """The list as JSON."""
    lock = environment.lock_file(ROOT, environment.PACKAGE)
    entries = locked.read(lock)
    shipped = _reached(_wants(_OURS, _SHIPPED))
    ours = Component(
        name=_OURS, version=__version__, type=ComponentType.APPLICATION, bom_ref=_OURS,
        licenses=[LicenseExpression("GPL-3.0-or-later")],
        purl=PackageURL("pypi", name=_OURS, version=__version__),
    )  # fmt: skip
    parts = {entry.name: _component(entry, _scope(entry, shipped)) for entry in entries}
    bom = Bom(
        components=parts.values(),
        metadata=BomMetaData(component=ours, timestamp=datetime(2026, 1, 1, tzinfo=UTC)),
        serial_number=uuid.uuid5(_NAMESPACE, lock.read_text(encoding="utf-8")),
    )
    _tie(bom, ours, parts)
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _scope(entry: Locked, shipped: set[str]) -> ComponentScope:
    return ComponentScope.REQUIRED if entry.name in shipped else ComponentScope.EXCLUDED


def _component(entry: Locked, scope: ComponentScope) -> Component:
    return Component(
        name=entry.name,
        version=entry.version,
        bom_ref=f"{entry.name}=={entry.version}",
        type=ComponentType.LIBRARY,
        purl=PackageURL("pypi", name=entry.name, version=entry.version),
        scope=scope,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in entry.hashes],
        licenses=_licences(entry.name),
        properties=[Property(name="tradekeep:only", value=entry.marker)] if entry.marker else [],
    )


def _tie(bom: Bom, ours: Component, parts: Mapping[str, Component]) -> None:
    """Who needs whom, among what is locked."""
    first = [parts[name] for name in sorted(_wants(_OURS, _SHIPPED)) if name in parts]
    bom.register_dependency(ours, first)
    for name, part in parts.items():
        needs = [parts[each] for each in sorted(_wants(name, {""})) if each in parts]
        bom.register_dependency(part, needs)


def _reached(begin: Iterable[str]) -> set[str]:
    """All libraries that these need, on any system."""
    found: set[str] = set()
    to_do = list(begin)
    while to_do:
        name = to_do.pop()
        if name not in found:
            found.add(name)
            to_do += _wants(name, {""})
    return found


def _wants(name: str, extras: Iterable[str]) -> set[str]:
    """What a library says that it needs, whatever the system; nothing if it is not here."""
    try:
        lines = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return set()
    needs = [Requirement(line) for line in lines]
    return {canonicalize_name(need.name) for need in needs if _extra(need) in set(extras)}


def _extra(need: Requirement) -> str:
    found = re.search(r"""extra == ["']([^"']+)["']""", str(need.marker or ""))
    return found[1] if found else ""


def _licences(name: str) -> list[License]:
    """As the library states it; nothing where it is not here or does not say."""
    try:
        metadata = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return []
    (expression,) = metadata.get_all("License-Expression") or [""]
    if expression:
        return [LicenseExpression(expression)]
    classified = [
        each.removeprefix(_CLASSIFIER).strip()
        for each in metadata.get_all("Classifier") or []
        if each.startswith(_CLASSIFIER)
    ]
    (stated,) = metadata.get_all("License") or [""]
    if classified:
        return [DisjunctiveLicense(name=each) for each in sorted(classified)]
    is_name = stated and "\n" not in stated and len(stated) < 80
    return [DisjunctiveLicense(name=stated)] if is_name else []


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
