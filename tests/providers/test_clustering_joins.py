"""New keywords and the clusters that exist already."""

from igny8.providers.base import ClusterOptions, KnownCluster, Phrase
from igny8.providers.builtin.clustering import cluster

GRINDERS = KnownCluster(
    7,
    "Coffee grinders",
    ("burr coffee grinder", "best coffee grinder", "manual coffee grinder"),
    "Coffee",
)
FOOD = KnownCluster(3, "Dog food", ("dry dog food", "grain free dog food", "best dog food"))

MANY = (
    "best",
    "cheap",
    "quiet",
    "small",
    "large",
    "review",
    "price",
    "online",
    "guide",
    "new",
    "used",
    "black",
    "white",
    "fast",
)


def join(*texts, known=(GRINDERS, FOOD), **options):
    rows = tuple(Phrase(key, text) for key, text in enumerate(texts))
    return cluster(rows, known, ClusterOptions(threshold=0.28, vectors="MiniLM", **options))


def home(result, key):
    return next(one for one in result.clusters if key in one.members)


def test_phrase_joins_the_most_similar_known_cluster():
    result = join("cheap coffee grinder", "puppy dog food", "mortgage rates")
    assert [home(result, key).known for key in range(3)] == [7, 3, None]


def test_joined_cluster_keeps_its_name_and_pillar_and_lists_only_new_members():
    one = home(join("cheap coffee grinder"), 0)
    assert (one.name, one.pillar, one.members) == ("Coffee grinders", "Coffee", (0,))


def test_unchanged_clusters_are_not_in_the_plan():
    assert [one.known for one in join("mortgage rates").clusters] == [None]


def test_remaining_phrases_are_clustered_among_themselves():
    result = join("mortgage refinance rates", "refinance mortgage rate", "piano lessons")
    assert sorted(one.members for one in result.clusters) == [(0, 1), (2,)]


def test_phrase_equal_to_a_member_joins_even_a_loose_cluster():
    loose = KnownCluster(1, "Loose", ("piano lessons", "steel pipes", "tax forms", "red wine"))
    assert home(join("Piano  Lessons", known=(loose,)), 0).known == 1


def test_order_of_known_clusters_and_members_changes_nothing():
    texts = "cheap coffee grinder", "cat food", "coffee grinder for dogs"
    turned = KnownCluster(7, "Coffee grinders", GRINDERS.members[::-1], "Coffee")
    assert join(*texts) == join(*texts, known=(FOOD, turned))


def test_new_cluster_does_not_take_the_name_of_a_known_one():
    known = KnownCluster(1, "piano lessons", ("steel pipes",))
    one = home(join("piano lessons", known=(known,)), 0)
    assert (one.known, one.name, one.slug) == (None, "piano lessons 2", "piano-lessons-2")


def test_new_cluster_is_assigned_to_a_similar_known_pillar():
    result = join("coffee beans", "coffee roaster", "violin strings")
    assert (home(result, 0).pillar, home(result, 2).pillar) == ("Coffee", "violin strings")


def test_known_clusters_may_have_hundreds_of_members():
    names = "coffee grinder", "dog food", "mortgage rates"
    known = [
        KnownCluster(key, name, tuple(f"{a} {name} {b}" for a in MANY for b in MANY))
        for key, name in enumerate(names)
    ]
    assert home(join("small coffee grinder for office", known=known), 0).known == 0


def test_known_clusters_without_a_readable_member_gain_nothing():
    assert (
        home(
            join("tea", known=(KnownCluster(1, "!", ("?!",)), KnownCluster(2, "none", ()))), 0
        ).known
        is None
    )


def test_known_clusters_are_joined_without_a_stored_threshold():
    rows = (Phrase(0, "cheap coffee grinder"),)
    assert cluster(rows, (GRINDERS,), ClusterOptions()).clusters[0].known == 7
