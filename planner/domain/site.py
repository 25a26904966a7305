"""What does the site say of itself on a report? Its name, its own words on the risks of a target, language, paper."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.errors import InputRefused

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Languages of a report by code, each in its own words; English is the source."""
PAPERS = {"a4": "A4", "letter": "Letter"}
LONGEST_NAME = 120
LONGEST_RISK_TEXT = 4000


@dataclass(frozen=True, slots=True)
class RiskText:
    """What a site tells its patients of one target of the atlas; free text, printed as the site's own."""

    atlas_id: str
    text: str


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """Settings of the site for its reports.

    Parameters
    ----------
    name
        Printed on the report; empty prints nothing.
    risk_texts
        At most one text per target of the atlas.
    language
        A key of :data:`LANGUAGES`.
    paper
        A key of :data:`PAPERS`.
    """

    name: str = ""
    risk_texts: tuple[RiskText, ...] = ()
    language: str = "en"
    paper: str = "a4"

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise InputRefused(
                f"There is no language “{self.language}” of reports; there are {', '.join(LANGUAGES)}.",
                code="site-language",
            )
        if self.paper not in PAPERS:
            raise InputRefused(f"There is no paper “{self.paper}”; there are {', '.join(PAPERS)}.", code="site-paper")
        if len(self.name) > LONGEST_NAME or "\n" in self.name:
            raise InputRefused(
                f"The name of the site must fit one line of at most {LONGEST_NAME} characters.", code="site-name"
            )
        ids = [entry.atlas_id for entry in self.risk_texts]
        if len(set(ids)) != len(ids):
            raise InputRefused(
                f"Two texts are given for the target {max(ids, key=ids.count)}; keep one.", code="site-risk-twice"
            )
        for entry in self.risk_texts:
            if len(entry.text) > LONGEST_RISK_TEXT:
                raise InputRefused(
                    f"The text on risks of {entry.atlas_id} has {len(entry.text)} characters; at most "
                    f"{LONGEST_RISK_TEXT} fit.",
                    code="site-risk-long",
                )

    def risk_text(self, atlas_id: str) -> str:
        """Return the site's own text for a target of the atlas; empty when it wrote none."""
        return next((entry.text for entry in self.risk_texts if entry.atlas_id == atlas_id), "")
