"""The search language: parsing, completion, evaluation of queries, and the matchers of their patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.query.ast import (
        And,
        Everything,
        Facet,
        FacetTerm,
        FlagTerm,
        FolderTerm,
        HasTerm,
        Interval,
        KindTerm,
        Leaf,
        Match,
        Node,
        Not,
        NumberTerm,
        Or,
        Pattern,
        Quantity,
        SimilarTerm,
        Target,
        TextTerm,
    )
    from iib.query.completion import TypedPart, complete_field, complete_fixed_value, quote_value, typed_part_at
    from iib.query.evaluate import contains_similar, extension_of
    from iib.query.fields import FIELDS, Field, FieldKind
    from iib.query.folders import compile_folder, is_plain_folder, strip_separators
    from iib.query.parse import parse_query, regex_query, substring_query
    from iib.query.patterns import Matcher, compile_folded_matcher, compile_matcher
    from iib.query.required_text import AllOf, Literal, RequiredText, required_texts
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "ast": (
                "And",
                "Everything",
                "Facet",
                "FacetTerm",
                "FlagTerm",
                "FolderTerm",
                "HasTerm",
                "Interval",
                "KindTerm",
                "Leaf",
                "Match",
                "Node",
                "Not",
                "NumberTerm",
                "Or",
                "Pattern",
                "Quantity",
                "SimilarTerm",
                "Target",
                "TextTerm",
            ),
            "completion": ("TypedPart", "complete_field", "complete_fixed_value", "quote_value", "typed_part_at"),
            "evaluate": ("extension_of", "contains_similar"),
            "fields": ("FIELDS", "Field", "FieldKind"),
            "folders": ("compile_folder", "is_plain_folder", "strip_separators"),
            "parse": ("parse_query", "regex_query", "substring_query"),
            "patterns": ("Matcher", "compile_folded_matcher", "compile_matcher"),
            "required_text": ("AllOf", "Literal", "RequiredText", "required_texts"),
        },
    )

__all__ = [
    "FIELDS",
    "AllOf",
    "And",
    "Everything",
    "Facet",
    "FacetTerm",
    "Field",
    "FieldKind",
    "FlagTerm",
    "FolderTerm",
    "HasTerm",
    "Interval",
    "KindTerm",
    "Leaf",
    "Literal",
    "Match",
    "Matcher",
    "Node",
    "Not",
    "NumberTerm",
    "Or",
    "Pattern",
    "Quantity",
    "RequiredText",
    "SimilarTerm",
    "Target",
    "TextTerm",
    "TypedPart",
    "compile_folded_matcher",
    "compile_folder",
    "compile_matcher",
    "complete_field",
    "complete_fixed_value",
    "contains_similar",
    "extension_of",
    "is_plain_folder",
    "parse_query",
    "quote_value",
    "regex_query",
    "required_texts",
    "strip_separators",
    "substring_query",
    "typed_part_at",
]
