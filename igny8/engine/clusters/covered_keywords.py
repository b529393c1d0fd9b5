"""Store which keywords of a cluster are covered by ideas of others, so none is planned twice."""

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from igny8.models import Cluster, Idea, Keyword, ideas_by_keyword

cluster, keyword, idea = Cluster.__table__, Keyword.__table__, Idea.__table__


def refresh(tx: Connection, cluster_ids: Sequence[int]) -> None:
    """Store for each of these clusters which of its keywords an idea elsewhere covers.

    Call it with the clusters between which keywords moved.
    """
    ideas = tx.execute(select(idea).where(idea.c.cluster_id.in_(cluster_ids))).all()
    by_keyword = ideas_by_keyword(ideas)
    columns = (cluster.c.id, cluster.c.covered_elsewhere)
    clusters = tx.execute(select(*columns).where(cluster.c.id.in_(cluster_ids))).all()
    remembered = {key: found for row in clusters for key, found in row.covered_elsewhere.items()}
    members: dict[int, list[int]] = {row.id: [] for row in clusters}
    query = select(keyword.c.id, keyword.c.cluster_id)
    for row in tx.execute(query.where(keyword.c.cluster_id.in_(cluster_ids))):
        members[row.cluster_id].append(row.id)
    for row in clusters:
        elsewhere = {}
        for key in members[row.id]:
            covering = by_keyword.get(key)
            if covering is None and str(key) in remembered:
                elsewhere[str(key)] = remembered[str(key)]
            elif covering is not None and covering.cluster_id != row.id:
                elsewhere[str(key)] = covering.id
        if elsewhere != row.covered_elsewhere:
            changed = update(cluster).where(cluster.c.id == row.id)
            tx.execute(changed.values(covered_elsewhere=elsewhere))
