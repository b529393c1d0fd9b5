"""sources of a site, and what articles cite of them

Revision: 0032
Follows: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'site_source',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=4), nullable=False),
        sa.Column('title', sa.String(length=200), nullable=False),
        sa.Column('address', sa.String(length=2000), nullable=False),
        sa.Column('content_hash', sa.String(length=64), nullable=False),
        sa.Column('chars', sa.Integer(), nullable=False),
        sa.Column('passage_count', sa.Integer(), nullable=False),
        sa.Column('passages', sa.JSON(), nullable=False),
        sa.Column('added_by', sa.String(length=80), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('text', 'file', 'page')", name=op.f('ck_site_source_kind')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_site_source_site_id_site'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_site_source')),
        sa.UniqueConstraint('site_id', 'content_hash', name=op.f('uq_site_source_site_id_content_hash')),
        sqlite_autoincrement=True,
    )
    for table in ('content', 'content_version'):
        op.add_column(table, sa.Column('citations', sa.JSON(), server_default='[]', nullable=False))


def downgrade() -> None:
    for table in ('content_version', 'content'):
        op.drop_column(table, 'citations')
    op.drop_table('site_source')
