"""Tests for the tags that are derived from the files."""

from __future__ import annotations

from support.hosted import Hosted
from support.library import Library
from support.pictures import png, write_video


def test_a_picture_has_the_tags_of_the_table(api: Hosted, library: Library) -> None:
    library.add(
        "a.png",
        "a cat, <lora:ink_v-2:0.8>, sun",
        "a dog",
        sampler="Euler a",
        model="sdxl",
    )
    write_video(library.path("b.mp4"), frames=2)
    api.update()
    found = api.tags()

    for tag in (
        ("Media Type", "Image"), ("Media Type", "Video"), ("Model", "sdxl"), ("Sampler", "Euler a"),
        ("Source Identifier", "Stable Diffusion web UI"), ("lora", "ink_v-2"), ("pos", "a cat"), ("pos", "sun"),
        ("custom", "like"),
    ):  # fmt: skip
        assert tag in found, tag
    assert any(kind == "size" and " × " in name for kind, name in found)
    assert {tag["score"] for tag in found.values()} == {0}
    assert all(isinstance(tag["id"], int) and isinstance(tag["count"], int) for tag in found.values())


def test_the_source_is_no_term_of_a_caption(api: Hosted, library: Library) -> None:
    library.add("a.png", content=png({"parameters": "only a caption"}))
    write_video(library.path("b.mp4"), frames=2)
    library.path("b.txt").write_text("beach, sunset", encoding="utf-8")
    api.update()

    names = {name.lower() for kind, name in api.tags() if kind == "pos"}
    assert not any("source identifier" in name for name in names)
    assert "only a caption" in names
    text = api.get("/image_geninfo", params={"path": str(library.path("a.png"))}).text
    assert text == "only a caption"
    assert ("Source Identifier", "Video Tags") in api.tags()


def test_ids_of_tags_outlive_a_rebuild(api: Hosted, library: Library) -> None:
    library.add("a.png", model="sdxl")
    api.update()
    before = {key: tag["id"] for key, tag in api.tags().items()}
    assert api.post("/db/update_tag", {"id": before["Model", "sdxl"], "color": "#123"}).status_code == 200

    assert api.post("/db/rebuild_index").status_code == 200

    assert {key: tag["id"] for key, tag in api.tags().items()} == before
    assert api.tags()["Model", "sdxl"]["color"] == "#123"
