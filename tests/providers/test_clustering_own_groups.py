"""Clusters that the keyword file states itself, in its topic or group column."""

from igny8.providers.base import ClusterOptions, KnownCluster, Phrase
from igny8.providers.builtin.clustering import cluster

FILE = {
    "trail running shoes": "Shoes",
    "waterproof jacket": "Rain",
    "umbrella for hiking": "rain",
    "rain cover backpack": "Rain",
    "road running shoes": "Shoes",
    "gps watch": "",
    "gps watches": "",
}


def plan(known=(), **options):
    rows = [Phrase(key, text, parent=FILE[text]) for key, text in enumerate(FILE)]
    return cluster(rows, known, ClusterOptions(own_groups=True, **options)).clusters


def texts(planned):
    names = list(FILE)
    return {one.name: sorted(names[key] for key in one.members) for one in planned}


def test_groups_of_the_file_become_clusters_with_their_names():
    found = texts(plan())
    assert found["Shoes"] == ["road running shoes", "trail running shoes"]
    assert found["Rain"] == ["rain cover backpack", "umbrella for hiking", "waterproof jacket"]


def test_keywords_without_a_group_are_clustered_by_similarity():
    assert ["gps watch", "gps watches"] in texts(plan()).values()


def test_group_joins_the_known_cluster_with_its_members():
    rain = KnownCluster(9, "Bad weather", ("rain boots",), None, ("Rain",))
    other = KnownCluster(4, "Running shoes", ("best running shoes",), None, ("Sports",))
    found = {one.known: len(one.members) for one in plan((rain, other), threshold=0.2)}
    assert found[9] == 3
    assert 4 not in found  # its words are near, but the file says another group
