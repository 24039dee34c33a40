"""Tests for the places that generation metadata is read from: sidecars, readers and folder logs."""

from __future__ import annotations

from support.hosted import Hosted, answer_of
from support.library import Library
from support.pictures import infotext, png


def geninfo(api: Hosted, library: Library, name: str) -> str:
    answer = api.get("/image_geninfo", params={"path": str(library.path(name))})
    assert answer.status_code == 200
    return answer.text


def test_a_sidecar_is_utf_8_whatever_the_system_speaks_and_bounded(api: Hosted, library: Library) -> None:
    library.add("a.png", content=png())
    library.path("a.txt").write_bytes("ein Löwe, 猫, été".encode())
    library.add("b.png", content=png())
    library.path("b.txt").write_bytes(b"caf\xe9")
    library.add("c.png", content=png())
    library.path("c.txt").write_bytes(b"x" * (3 * 1024 * 1024))
    api.update()

    assert geninfo(api, library, "a.png") == "ein Löwe, 猫, été"
    assert geninfo(api, library, "b.png").startswith("caf")
    assert len(geninfo(api, library, "c.png")) <= 1024 * 1024
    assert [entry["name"] for entry in api.search(surstr="猫")["files"]] == ["a.png"]


def test_a_reader_that_fails_does_not_hide_the_file_or_its_text(api: Hosted, library: Library) -> None:
    library.add(
        "graph.png", content=png({"prompt": '{"3": {"class_type": "KSampler", "inputs": []}}', "workflow": "{"})
    )
    library.add("text.png", content=png({"parameters": infotext("a cat") + ", Broken: {"}))
    library.add("cut.png", content=png({"parameters": infotext("a lion")})[:-20])
    api.update()

    assert {entry["name"] for entry in api.search()["files"]} == {"graph.png", "text.png", "cut.png"}
    assert "KSampler" in str(answer_of(api.get("/image_exif", params={"path": str(library.path("graph.png"))})))
    assert geninfo(api, library, "text.png").startswith("a cat")
    assert geninfo(api, library, "cut.png").startswith("a lion")


def test_the_log_of_a_folder_serves_every_picture_of_it(api: Hosted, library: Library) -> None:
    blocks = []
    for number in range(40):
        library.add(f"2026_{number}.png", content=png())
        rows = f"<tr><td class='label'>Prompt</td><td class='value'>a cat number {number}</td></tr>"
        rows += "<tr><td class='label'>Resolution</td><td class='value'>(64, 64)</td></tr>"
        rows += "<tr><td class='label'>Base Model</td><td class='value'>juggernaut</td></tr>"
        blocks.append(
            f'<div id="2026_{number}_png" class="image-container"><img src=\'2026_{number}.png\'>'
            f"<table class='metadata'>{rows}</table></div>"
        )
    library.path("log.html").write_text(f"<html><body>{''.join(blocks)}</body></html>", encoding="utf-8")
    api.update()

    for number in (0, 7, 39):
        assert geninfo(api, library, f"2026_{number}.png").startswith(f"a cat number {number}")
    assert api.tags()["Model", "juggernaut"]["count"] == 40
