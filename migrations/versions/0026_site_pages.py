"""pages of a website, readings of it, and what they cover

Revision: 0026
Follows: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None
OPEN = sa.text("state = 'queued'")


def upgrade() -> None:
    op.create_table(
        'site_reading',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=12), nullable=False),
        sa.Column('phase', sa.String(length=12), nullable=False),
        sa.Column('source', sa.String(length=12), nullable=False),
        sa.Column('found_as', sa.String(length=12), nullable=False),
        sa.Column('url', sa.Text(), nullable=False),
        sa.Column('since', sa.DateTime(), nullable=True),
        sa.Column('cursor', sa.JSON(), nullable=True),
        sa.Column('pages_found', sa.Integer(), server_default='0', nullable=False),
        sa.Column('notes', sa.JSON(), nullable=False),
        sa.Column('error', sa.Text(), nullable=False),
        sa.Column('claim_token', sa.String(length=32), nullable=True),
        sa.Column('heartbeat_at', sa.DateTime(), nullable=True),
        sa.Column('not_before', sa.DateTime(), nullable=True),
        sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
        sa.Column('cancel_requested', sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column('started_by', sa.String(length=80), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.Column('finished_at', sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'done', 'failed', 'cancelled')", name=op.f('ck_site_reading_state')
        ),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_site_reading_site_id_site'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_site_reading')),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_site_reading_site_id'), 'site_reading', ['site_id'])
    op.create_index(
        'uq_site_reading_open', 'site_reading', ['site_id'], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_table(
        'site_page',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('address', sa.Text(), nullable=False),
        sa.Column('state', sa.String(length=12), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('title', sa.Text(), nullable=False),
        sa.Column('h1', sa.Text(), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('content_hash', sa.String(length=40), nullable=False),
        sa.Column('canonical', sa.Text(), nullable=False),
        sa.Column('language', sa.String(length=12), nullable=False),
        sa.Column('alternates', sa.JSON(), nullable=False),
        sa.Column('links', sa.JSON(), nullable=False),
        sa.Column('counts', sa.Boolean(), nullable=False),
        sa.Column('modified_at', sa.DateTime(), nullable=True),
        sa.Column('read_at', sa.DateTime(), nullable=True),
        sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
        sa.Column('reading_id', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'read', 'skipped', 'failed', 'gone')", name=op.f('ck_site_page_state')
        ),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_site_page_site_id_site'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_site_page')),
        sa.UniqueConstraint('site_id', 'address', name=op.f('uq_site_page_site_id_address')),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_site_page_work', 'site_page', ['site_id', 'state', 'attempts', 'id'])


def downgrade() -> None:
    op.drop_table('site_page')
    op.drop_table('site_reading')
