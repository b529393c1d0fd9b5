"""quick lists

Revision: 0006
Follows: 0005
"""

from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

INDEXES = {
    "ix_keyword_list": ("keyword", ["site_id", "disabled", "intent", "difficulty", "cpc", "volume", "id"]),
    "ix_keyword_numbers": ("keyword", ["site_id", "cluster_id", "volume", "difficulty"]),
    "ix_content_list": ("content", ["site_id", "words", "kind", "title", "id"]),
}


def upgrade() -> None:
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table_name=table)
