"""Spelling of closed sets of words in the database and in the REST contract."""

from __future__ import annotations

import json
import marshal
import sqlite3
from typing import get_args

import orjson
import pytest
import sqlalchemy as sa

from iib.api.schemas.v1_responses import Kind, MediaDetails
from iib.model.constants import MAX_JSON_INTEGER, MAX_RATING, MAX_SQLITE_INTEGER, NS_PER_MS, NS_PER_S
from iib.model.enums import FLAG_OF_WORD, HIDDEN, Flag, SortOrder, TagKind
from iib.model.job import QUEUED_STAGE
from iib.model.media import MEDIA_KIND_OF_WORD
from iib.query import fields
from iib.store.schema.core import tag

KINDS = {
    "CUSTOM": "custom",
    "PROMPT_TERM": "pos",
    "MODEL": "Model",
    "REFINER": "Refiner",
    "LORA": "lora",
    "LYCO": "lyco",
    "SAMPLER": "Sampler",
    "SOURCE": "Source Identifier",
    "MEDIA_TYPE": "Media Type",
    "PIXEL_SIZE": "size",
    "WRITTEN_SIZE": "Size",
    "HIRES_UPSCALER": "Hires upscaler",
    "POSTPROCESS_FACTOR": "Postprocess upscale by",
    "POSTPROCESS_UPSCALER": "Postprocess upscaler",
    "HIDDEN_TOOL": "_tool",
    "HIDDEN_SCHEDULER": "_scheduler",
    "FURTHER_MODEL": "_model",
}


def test_the_kinds_of_tags_are_spelled_as_in_the_database() -> None:
    assert {kind.name: kind.value for kind in TagKind} == KINDS
    assert [kind for kind in TagKind if kind.startswith(HIDDEN)] == [
        TagKind.HIDDEN_TOOL,
        TagKind.HIDDEN_SCHEDULER,
        TagKind.FURTHER_MODEL,
    ]


def test_a_kind_is_its_text_in_json_in_sql_and_in_messages() -> None:
    for kind in TagKind:
        assert (json.loads(json.dumps(kind)), orjson.loads(orjson.dumps(kind))) == (kind.value, kind.value)
        assert (str(kind), f"{kind}", {kind.value: 1}[kind]) == (kind.value, kind.value, 1)
    connection = sqlite3.connect(":memory:")
    row = connection.execute("SELECT ?1, typeof(?1)", (TagKind.SOURCE,)).fetchone()
    connection.close()
    assert (row, type(row[0])) == (("Source Identifier", "text"), str)


def test_rows_of_a_kind_are_found_by_its_member() -> None:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        tag.create(connection)
        connection.exec_driver_sql("INSERT INTO tag(kind, name) VALUES('custom', 'like'), ('lora', 'detail')")
        found = connection.execute(sa.select(tag.c.name).where(tag.c.kind == TagKind.CUSTOM)).scalars().all()
        both = connection.execute(sa.select(tag.c.id).where(tag.c.kind.in_((TagKind.CUSTOM, TagKind.LORA)))).all()
    engine.dispose()
    assert (found, len(both)) == (["like"], 2)


def test_only_the_text_of_a_kind_travels_to_a_parse_worker() -> None:
    assert marshal.loads(marshal.dumps(TagKind.LORA.value)) == "lora"  # noqa: S302
    with pytest.raises(ValueError, match="unmarshallable"):
        marshal.dumps(TagKind.LORA)


def test_flags_are_the_numbers_of_the_database_and_the_words_of_the_contract() -> None:
    assert {flag.word: flag.value for flag in Flag} == {"pick": 1, "none": 0, "reject": -1}
    assert set(FLAG_OF_WORD) == set(get_args(MediaDetails.model_fields["flag"].annotation)) == set(fields.FLAGS)
    assert all(FLAG_OF_WORD[flag.word] is flag for flag in Flag)


def test_numbers_of_flags_are_integers_of_the_database() -> None:
    connection = sqlite3.connect(":memory:")
    row = connection.execute("SELECT ?1, typeof(?1)", (Flag.REJECT,)).fetchone()
    connection.close()
    assert row == (-1, "integer")


def test_kinds_of_media_are_the_numbers_of_the_database_and_the_words_of_the_contract() -> None:
    assert {word: kind.value for word, kind in MEDIA_KIND_OF_WORD.items()} == {"image": 0, "video": 1, "audio": 2}
    assert tuple(MEDIA_KIND_OF_WORD) == get_args(Kind) == fields.KINDS


def test_sort_orders_are_the_words_of_the_contract() -> None:
    words = ["newest", "oldest", "name", "size", "random", "rating", "manual", "similarity"]
    assert [order.value for order in SortOrder] == words
    assert [str(order) for order in SortOrder] == words


def test_a_new_job_is_in_the_stage_queued() -> None:
    assert QUEUED_STAGE == "queued"


def test_the_largest_id_is_the_largest_integer_of_the_database() -> None:
    connection = sqlite3.connect(":memory:")
    assert connection.execute("SELECT ?", (MAX_SQLITE_INTEGER,)).fetchone() == (MAX_SQLITE_INTEGER,)
    with pytest.raises(OverflowError):
        connection.execute("SELECT ?", (MAX_SQLITE_INTEGER + 1,))
    connection.close()


def test_bounds_and_units_have_the_values_of_the_contract() -> None:
    assert (MAX_JSON_INTEGER, MAX_RATING) == (9_007_199_254_740_992, 5)
    assert float(MAX_JSON_INTEGER - 1) != float(MAX_JSON_INTEGER) == float(MAX_JSON_INTEGER + 1)
    assert (NS_PER_S, NS_PER_MS) == (10**9, 10**6)
