"""clusters that people merge, split, lock and undo

Revision: 0030
Follows: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('cluster', sa.Column('locked', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('cluster', sa.Column('merged_into_id', sa.Integer(), nullable=True))
    op.add_column('cluster', sa.Column('covered_elsewhere', sa.JSON(), server_default='{}', nullable=False))
    op.create_table(
        'cluster_change',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=8), nullable=False),
        sa.Column('cluster_id', sa.Integer(), nullable=False),
        sa.Column('summary', sa.Text(), nullable=False),
        sa.Column('steps', sa.JSON(), nullable=False),
        sa.Column('changed_by', sa.String(length=80), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.Column('undone_at', sa.DateTime(), nullable=True),
        sa.Column('undone_by', sa.String(length=80), nullable=True),
        sa.CheckConstraint("kind IN ('merge', 'split', 'move', 'rename')", name=op.f('ck_cluster_change_kind')),
        sa.ForeignKeyConstraint(
            ['site_id'], ['site.id'], name=op.f('fk_cluster_change_site_id_site'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cluster_change')),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_cluster_change_site', 'cluster_change', ['site_id', 'id'])


def downgrade() -> None:
    op.drop_table('cluster_change')
    op.drop_column('cluster', 'covered_elsewhere')
    op.drop_column('cluster', 'merged_into_id')
    op.drop_column('cluster', 'locked')
