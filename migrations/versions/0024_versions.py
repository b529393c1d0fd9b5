"""articles keep their versions; a model changes one part of an article

Revision: 0024
Follows: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('queued', 'working', 'proposed')")
WAITING = sa.text("state IN ('queued', 'working')")
STATES = "state IN ('queued', 'working', 'proposed', 'accepted', 'dropped', 'failed')"


def upgrade() -> None:
    op.add_column('content', sa.Column('version', sa.Integer(), server_default='1', nullable=False))
    op.add_column('content', sa.Column('version_kind', sa.String(length=8), server_default='machine', nullable=False))
    op.execute("UPDATE content SET version_kind = 'person' WHERE edited_by <> ''")
    op.create_table(
        'content_version',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('site_id', sa.Integer(), sa.ForeignKey('site.id', ondelete='CASCADE'), nullable=False),
        sa.Column('content_id', sa.Integer(), sa.ForeignKey('content.id', ondelete='CASCADE'), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=8), nullable=False),
        sa.Column('author', sa.String(length=120), nullable=False),
        *[sa.Column(name, sa.Text(), nullable=False)
          for name in ('title', 'meta_title', 'meta_description', 'excerpt', 'html')],
        sa.Column('written_at', sa.DateTime(), nullable=False),
        sa.UniqueConstraint('content_id', 'number', name=op.f('uq_content_version_content_id_number')),
        sa.CheckConstraint("kind IN ('machine', 'person', 'rewrite', 'restored')", name=op.f('ck_content_version_kind')),
    )
    op.create_table(
        'part_change',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('site_id', sa.Integer(), sa.ForeignKey('site.id', ondelete='CASCADE'), nullable=False),
        sa.Column('content_id', sa.Integer(), sa.ForeignKey('content.id', ondelete='CASCADE'), nullable=False),
        sa.Column('run_id', sa.Integer(), sa.ForeignKey('automation_run.id', ondelete='CASCADE'), nullable=False),
        sa.Column('part', sa.SmallInteger(), nullable=False),
        *[sa.Column(name, sa.Text(), nullable=False) for name in ('heading', 'wish', 'before')],
        sa.Column('after', sa.Text(), server_default='', nullable=False),
        sa.Column('state', sa.String(length=8), server_default='queued', nullable=False),
        sa.Column('reason', sa.Text(), server_default='', nullable=False),
        sa.Column('model', sa.String(length=120), server_default='', nullable=False),
        sa.Column('money', sa.BigInteger(), server_default='0', nullable=False),
        sa.Column('requested_by', sa.String(length=80), nullable=False),
        sa.Column('token', sa.String(length=32)),
        sa.Column('heartbeat_at', sa.DateTime()),
        sa.Column('attempts', sa.SmallInteger(), server_default='0', nullable=False),
        sa.Column('not_before', sa.DateTime()),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.Column('ended_at', sa.DateTime()),
        sa.CheckConstraint(STATES, name=op.f('ck_part_change_state')),
        sa.CheckConstraint("(state = 'working') = (token IS NOT NULL)", name=op.f('ck_part_change_token')),
    )
    op.create_index('ix_part_change_content', 'part_change', ['content_id', 'id'])
    op.create_index('ix_part_change_open', 'part_change', ['content_id', 'part'], unique=True,
                    sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index('ix_part_change_waiting', 'part_change', ['id'], sqlite_where=WAITING, postgresql_where=WAITING)


def downgrade() -> None:
    op.drop_table('part_change')
    op.drop_table('content_version')
    op.drop_column('content', 'version_kind')
    op.drop_column('content', 'version')
