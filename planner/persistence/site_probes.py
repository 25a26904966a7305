"""What has the site entered about its probes? Figures from the maker's documents, laid over the shipped catalogue.

``probes.json`` in the user's data folder fills in what the catalogue lacks, or adds a probe. Every figure carries the
number of the document it was read in and the status “site”. The shipped catalogue is never written to::

    {"schema": 1, "about": "Probes of our department",
     "probes": [{"id": "galil-icerod-1.5", "document": "IFU 123456 rev. C", "active_tip_mm": 30}]}
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.domain.datum import MISSING, Datum, Status
from planner.domain.errors import ResourceInvalid
from planner.domain.probe import ProbeModel
from planner.persistence.probe_table import POWER_LIMIT_W, PROBE_RANGES, check_shape
from planner.persistence.record import read_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.persistence.record import Range, Record

FIELDS: dict[str, Range] = PROBE_RANGES | {"power_limit_w": POWER_LIMIT_W}
_GEOMETRY = ("shaft_diameter_mm", "active_tip_mm")
EXAMPLE = """{"schema": 1, "about": "Probes of our department",
 "probes": [{"id": "our-probe", "label": "Our probe 17G", "manufacturer": "Its maker", "cryogen": "argon",
             "gauge": "17G", "document": "number and revision of the maker's document",
             "shaft_diameter_mm": null, "active_tip_mm": null, "usable_length_mm": null,
             "surface_temperature_c": null}]}
"""
"""How an entry looks. Its figures are left for the site to fill in: one that is not known is left out."""


@dataclass(frozen=True, slots=True)
class SiteCheck:
    """What a look at the site's file found.

    Parameters
    ----------
    finding
        What is wrong, where, and what to do; empty when there is no file or all of it can be used.
    entered
        Labels of the probes with figures of the site.
    """

    path: Path
    is_there: bool
    finding: str
    entered: tuple[str, ...] = ()


def site_probes_file() -> Path:
    """Return where a site's own figures are looked for; the file need not exist."""
    import platformdirs

    return Path(platformdirs.user_data_dir("frostline", appauthor=False)) / "probes.json"


def check_site_file(shipped: Sequence[ProbeModel]) -> SiteCheck:
    """Read the site's file as it is on disk now, strictly; ``shipped`` is the catalogue it is laid over."""
    path = site_probes_file()
    if not path.is_file():
        return SiteCheck(path, is_there=False, finding="")
    try:
        models = with_site_figures(shipped, read_record(path, sources=()))
    except ResourceInvalid as error:
        return SiteCheck(path, is_there=True, finding=str(error))
    before = {model.id: model for model in shipped}
    entered = tuple(model.label for model in models if before.get(model.id) != model)
    return SiteCheck(path, is_there=True, finding="", entered=entered)


def with_site_figures(models: Sequence[ProbeModel], table: Record) -> tuple[ProbeModel, ...]:
    """Lay a site's figures over the catalogue; probes it adds come last.

    Raises
    ------
    ResourceInvalid
        When a field is unknown or implausible, a document is not named, a probe is entered twice or is a generic one,
        or a probe's geometry is changed while its surface temperature was fitted with another.
    """
    known = {model.id: model for model in models}
    entered: set[str] = set()
    for entry in table.records("probes"):
        probe_id = entry.text("id")
        if probe_id in entered:
            raise entry.fail("id", "occurs twice; keep one entry for each probe.", "resource-twice")
        entered.add(probe_id)
        known[probe_id] = _entered(entry, known.get(probe_id) or _new(entry, probe_id))
        entry.finish()
    table.finish()
    return tuple(known.values())


def _new(entry: Record, probe_id: str) -> ProbeModel:
    return ProbeModel(
        id=probe_id,
        label=entry.text("label"),
        manufacturer=entry.text("manufacturer"),
        cryogen=entry.text("cryogen"),
        gauge=entry.text("gauge", default=""),
        shaft_diameter_mm=MISSING,
        active_tip_mm=MISSING,
        tip_to_active_mm=MISSING,
        surface_temperature_c=MISSING,
    )


def _entered(entry: Record, model: ProbeModel) -> ProbeModel:
    """Return the model with the entry's figures."""
    document = entry.text("document")
    if model.is_generic:
        raise entry.fail("id", "is a generic probe, which is no product; add one under another id.", "resource-generic")
    given = {
        field: Datum(entry.number(field, plausible), Status.SITE, source=document)
        for field, plausible in FIELDS.items()
        if entry.has(field)
    }
    if not given:
        raise entry.fail("id", f"comes without a figure; enter one of {', '.join(FIELDS)}.", "resource-missing")
    check_shape(entry, {field: given.get(field, getattr(model, field)) for field in PROBE_RANGES})
    if "surface_temperature_c" in given:
        model = replace(model, calibration=None, surface_spread_c=MISSING, not_calibrated="")
    elif model.calibration is not None and any(
        field in given and given[field].value != getattr(model, field).value for field in _GEOMETRY
    ):
        raise entry.fail(
            "active_tip_mm",
            "or the diameter is another than the one its surface temperature was fitted with; enter the surface "
            "temperature as well.",
            "resource-fit",
        )
    names = ", ".join(field.rpartition("_")[0].replace("_", " ") for field in given)
    changes: dict[str, Any] = {**given, "notes": (*model.notes, f"Entered by the site: {names} ({document}).")}
    return replace(model, **changes)
