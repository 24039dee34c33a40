"""The stored form of a clustering: a summary as JSON text and the compressed ids of its members."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, replace

import numpy as np

from iib.model import Cluster, Clustering, MediaId


def pack_clustering(clustering: Clustering) -> tuple[str, bytes]:
    """Stored form of a clustering: (summary as JSON text, compressed ids of the members)."""
    summary = asdict(replace(clustering, clusters=(), noise=()))
    summary["clusters"] = [
        asdict(replace(cluster, members=())) | {"size": len(cluster.members)} for cluster in clustering.clusters
    ]
    groups = [*(cluster.members for cluster in clustering.clusters), clustering.noise]
    ids = np.asarray([media_id for members in groups for media_id in members], dtype="<i8")
    return json.dumps(summary, ensure_ascii=False), zlib.compress(ids.tobytes(), 1)


def unpack_clustering(summary: str, members: bytes) -> Clustering:
    """The clustering from the values of `pack_clustering`."""
    values = json.loads(summary)
    ids = [MediaId(item) for item in np.frombuffer(zlib.decompress(members), dtype="<i8").tolist()]
    clusters: list[Cluster] = []
    start = 0
    for item in values.pop("clusters"):
        size = item.pop("size")
        item |= {"members": tuple(ids[start : start + size]), "keywords": tuple(item["keywords"])}
        clusters.append(Cluster(**item))
        start += size
    values |= {"clusters": tuple(clusters), "noise": tuple(ids[start:]), "folders": tuple(values["folders"])}
    return Clustering(**values)
