"""How do cases get into a registry export? Chosen cases, the site's salt, and one package on the disk.

Nothing is written before :func:`export_registry` is called for it; :func:`preview` says before what would leave (H-43).
"""

from __future__ import annotations

import secrets
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from planner.casebook.library import CaseState
from planner.casebook.registry.dictionary import dictionary
from planner.casebook.registry.extract import Extract, extract
from planner.casebook.registry.package import Package, RegistryForm, require_sense, take_back, write_package
from planner.casebook.registry.salt_file import new_site_ids, site_ids
from planner.casebook.registry.salted_ids import SALT_BYTES, SaltedIds
from planner.domain.errors import CaseFileError

if TYPE_CHECKING:
    from collections.abc import Collection

    from planner.casebook.library import CaseLibrary
    from planner.domain.case import Case
    from planner.domain.identity import CaseId

_NO_SITE = SaltedIds(bytes(SALT_BYTES))
"""For a preview, whose ids nobody sees."""


@dataclass(frozen=True, slots=True)
class RegistryRequest:
    """In which forms some cases are to leave, and where to.

    ``with_texts``: what people typed goes along. ``new_ids``: the site gets a new salt first.
    """

    folder: Path
    forms: tuple[RegistryForm, ...] = tuple(RegistryForm)
    with_texts: bool = False
    new_ids: bool = False


def salt_file() -> Path:
    """Return where the site's salt lies; the file need not exist."""
    import platformdirs

    return Path(platformdirs.user_data_dir("frostline", appauthor=False)) / "registry" / "salt"


def registry_cases(library: CaseLibrary, only: Collection[CaseId] | None = None) -> tuple[Case, ...]:
    """Return the cases that an export is asked for, without ``only`` all of them, the archived ones too.

    Raises
    ------
    CaseFileError
        When one of them cannot be read whole: an export without it would look complete.
    """
    if only is not None:
        return tuple(library.read(case_id)[0] for case_id in only)
    rows = library.rows(state=CaseState.ALL)
    if library.unreadable:
        names = ", ".join(one.pseudonym for one in library.unreadable)
        raise CaseFileError(f"Cannot be read whole: {names}. Nothing is exported.", code="registry-unreadable")
    return tuple(row.case for row in rows)


def preview(cases: Collection[Case], *, with_texts: bool) -> Extract:
    """Return what would leave of some cases; its ids are not those of the site, and no salt is made for it."""
    return extract(cases, _NO_SITE, dictionary(), with_texts=with_texts)


def export_registry(cases: Collection[Case], request: RegistryRequest, *, salt: Path) -> Package:
    """Write some cases as a registry export.

    Parameters
    ----------
    salt
        The file of the site's salt: :func:`salt_file`.

    Raises
    ------
    CaseFileError
        When the salt cannot be read or kept.
    InputRefused
        When the folder is not empty, nothing is to be exported, or the disk does not take it.
    ReportRefused
        When a value is none that the dictionary allows.
    """
    known = dictionary()
    # Refused before a salt is made or replaced.
    require_sense(preview(cases, with_texts=request.with_texts), request.folder, request.forms)
    package = None
    try:
        with _ids(salt, is_new=request.new_ids) as ids:
            found = extract(cases, ids, known, with_texts=request.with_texts)
            package = write_package(found, known, ids, folder=request.folder, forms=request.forms)
    except BaseException:
        if package is not None:  # a new salt could not be kept: nobody could make these ids again
            take_back(request.folder, package.files)
        raise
    return package


def _ids(salt: Path, *, is_new: bool) -> AbstractContextManager[SaltedIds]:
    fresh = secrets.token_bytes(SALT_BYTES)
    return new_site_ids(salt, fresh=fresh) if is_new else nullcontext(site_ids(salt, fresh=fresh))
