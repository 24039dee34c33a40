"""Curation: custom tags, automatic tag rules, ratings, flags, albums, saved searches and preferences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.tags.apply_rules import RuleService
    from iib.tags.auto_tagger import AutoTagger
    from iib.tags.curation import CurationService
    from iib.tags.importing import Importer, ImportReport
    from iib.tags.preferences import PreferenceService
    from iib.tags.rules import RULES_PREFERENCE, check_rule, check_rules
    from iib.tags.service import TagService
    from iib.tags.translations import Translations
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "apply_rules": ("RuleService",),
            "auto_tagger": ("AutoTagger",),
            "curation": ("CurationService",),
            "importing": ("ImportReport", "Importer"),
            "preferences": ("PreferenceService",),
            "rules": ("RULES_PREFERENCE", "check_rule", "check_rules"),
            "service": ("TagService",),
            "translations": ("Translations",),
        },
    )

__all__ = [
    "RULES_PREFERENCE",
    "AutoTagger",
    "CurationService",
    "ImportReport",
    "Importer",
    "PreferenceService",
    "RuleService",
    "TagService",
    "Translations",
    "check_rule",
    "check_rules",
]
