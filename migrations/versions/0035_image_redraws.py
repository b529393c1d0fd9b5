"""image prompts are edited; images are redrawn one by one

Revision: 0035
Follows: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('queued', 'working', 'proposed')")
WAITING = sa.text("state IN ('queued', 'working')")
STATES = "state IN ('queued', 'working', 'proposed', 'accepted', 'dropped', 'failed')"


def upgrade() -> None:
    op.add_column('image', sa.Column('edited_by', sa.String(length=80), server_default='', nullable=False))
    op.add_column('image', sa.Column('edited_at', sa.DateTime(), nullable=True))
    op.create_table(
        'image_redraw',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('site_id', sa.Integer(), sa.ForeignKey('site.id', ondelete='CASCADE'), nullable=False),
        sa.Column('content_id', sa.Integer(), sa.ForeignKey('content.id', ondelete='CASCADE'), nullable=False),
        sa.Column('image_id', sa.Integer(), sa.ForeignKey('image.id', ondelete='CASCADE'), nullable=False),
        sa.Column('run_id', sa.Integer(), sa.ForeignKey('automation_run.id', ondelete='CASCADE'), nullable=False),
        *[sa.Column(name, sa.Text(), nullable=False) for name in ('prompt', 'alt', 'prompt_before', 'alt_before')],
        *[sa.Column(name, sa.Text()) for name in ('path_before', 'path')],
        sa.Column('mime', sa.String(length=20)),
        sa.Column('width', sa.Integer()),
        sa.Column('height', sa.Integer()),
        sa.Column('bytes', sa.Integer()),
        sa.Column('state', sa.String(length=8), server_default='queued', nullable=False),
        sa.Column('reason', sa.Text(), server_default='', nullable=False),
        sa.Column('provider', sa.String(length=160), server_default='', nullable=False),
        sa.Column('model', sa.String(length=120), server_default='', nullable=False),
        sa.Column('money', sa.BigInteger(), server_default='0', nullable=False),
        sa.Column('requested_by', sa.String(length=80), nullable=False),
        sa.Column('token', sa.String(length=32)),
        sa.Column('heartbeat_at', sa.DateTime()),
        sa.Column('attempts', sa.SmallInteger(), server_default='0', nullable=False),
        sa.Column('not_before', sa.DateTime()),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.Column('ended_at', sa.DateTime()),
        sa.CheckConstraint(STATES, name=op.f('ck_image_redraw_state')),
        sa.CheckConstraint("(state = 'working') = (token IS NOT NULL)", name=op.f('ck_image_redraw_token')),
    )
    op.create_index('ix_image_redraw_content', 'image_redraw', ['content_id', 'id'])
    op.create_index('ix_image_redraw_open', 'image_redraw', ['image_id'], unique=True,
                    sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index('ix_image_redraw_waiting', 'image_redraw', ['id'], sqlite_where=WAITING, postgresql_where=WAITING)


def downgrade() -> None:
    op.drop_table('image_redraw')
    op.drop_column('image', 'edited_at')
    op.drop_column('image', 'edited_by')
