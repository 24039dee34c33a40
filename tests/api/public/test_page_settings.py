"""Tests for the settings of the page, which are kept apart from the values that the server stores for itself."""

from __future__ import annotations

import json

from support.hosted import Hosted, answer_of
from support.library import Library


def stored(api: Hosted) -> dict[str, object]:
    found: dict[str, object] = answer_of(api.get("/global_setting"))["app_fe_setting"]
    return found


def test_internal_values_of_the_server_are_never_among_the_settings(api: Hosted, library: Library) -> None:
    library.fill(8)
    api.update()
    answer_of(api.get("/db/stats/trend"))
    answer_of(api.get("/db/basic_info"))
    answer_of(api.post("/batch_top_4_media_info", {"paths": [str(library.root)]}))
    assert stored(api) == {}

    forged = json.dumps({"total_images": 1})
    answer_of(api.post("/app_fe_setting", {"name": "trend_stats_v1", "value": forged}))

    assert answer_of(api.get("/db/stats/trend"))["total_images"] == 8


def test_every_key_of_the_page_comes_back_as_it_was_given(api: Hosted) -> None:
    given: dict[str, object] = {
        "global": {"lang": "de", "shortcut": {"toggle_tag_like": "KeyL"}},
        "fullscreen_layout": {"enable": True, "panelWidth": 384, "alwaysOn": True},
        "workspace_snapshot_1": {"id": "1", "name": "mine", "tabs": []},
        "auto_tag_rules": [{"tag": "x", "filters": [{"field": "Model", "operator": "equals", "value": "a"}]}],
        "topic_search_scope": {"folder_paths": ["/a"], "updated_at": 1},
    }
    for name, value in given.items():
        assert api.post("/app_fe_setting", {"name": name, "value": json.dumps(value)}).status_code == 200

    assert stored(api) == given
