"""publishing targets, publications and their log

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'publishing_target',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=12), nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('url', sa.String(length=300), nullable=False),
        sa.Column('username', sa.String(length=120), nullable=False),
        sa.Column('sealed_secret', sa.Text(), nullable=True),
        sa.Column('hint', sa.String(length=8), nullable=False),
        sa.Column('options', sa.JSON(), nullable=False),
        sa.Column('facts', sa.JSON(), nullable=False),
        sa.Column('concurrent', sa.Integer(), nullable=False),
        sa.Column('paused_until', sa.DateTime(), nullable=True),
        sa.Column('pause_reason', sa.Text(), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('hand', 'webhook', 'wordpress')", name=op.f('ck_publishing_target_kind')),
        sa.CheckConstraint('concurrent > 0', name=op.f('ck_publishing_target_concurrent')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_publishing_target_site_id_site'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_publishing_target')),
        sa.UniqueConstraint('site_id', 'name', name=op.f('uq_publishing_target_site_id_name')),
        sqlite_autoincrement=True,
    )
    op.create_table(
        'publication',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('content_id', sa.Integer(), nullable=False),
        sa.Column('target_id', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=12), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('wanted', sa.String(length=8), nullable=False),
        sa.Column('overwrite', sa.Boolean(), nullable=False),
        sa.Column('changed_there', sa.Boolean(), nullable=False),
        sa.Column('marker', sa.String(length=32), nullable=False),
        sa.Column('step', sa.String(length=12), nullable=False),
        sa.Column('progress', sa.JSON(), nullable=False),
        sa.Column('intent', sa.JSON(), nullable=True),
        sa.Column('remote_id', sa.String(length=64), nullable=True),
        sa.Column('remote_url', sa.Text(), nullable=False),
        sa.Column('remote_hash', sa.String(length=64), nullable=False),
        sa.Column('version', sa.String(length=64), nullable=False),
        sa.Column('proof', sa.JSON(), nullable=False),
        sa.Column('claim_token', sa.String(length=32), nullable=True),
        sa.Column('heartbeat_at', sa.DateTime(), nullable=True),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('not_before', sa.DateTime(), nullable=True),
        sa.Column('published_at', sa.DateTime(), nullable=True),
        sa.Column('changed_at', sa.DateTime(), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.CheckConstraint("state IN ('scheduled', 'queued', 'publishing', 'unknown', 'published', 'outdated', 'missing', 'failed')", name=op.f('ck_publication_state')),
        sa.CheckConstraint("wanted IN ('publish', 'draft')", name=op.f('ck_publication_wanted')),
        sa.CheckConstraint("claim_token IS NULL OR state IN ('publishing', 'unknown')", name=op.f('ck_publication_claim')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_publication_site_id_site'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['content_id'], ['content.id'], name=op.f('fk_publication_content_id_content'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['target_id'], ['publishing_target.id'], name=op.f('fk_publication_target_id_publishing_target'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_publication')),
        sa.UniqueConstraint('content_id', 'target_id', name=op.f('uq_publication_content_id_target_id')),
        sa.UniqueConstraint('marker', name=op.f('uq_publication_marker')),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_publication_target', 'publication', ['target_id', 'state'])
    op.create_index('ix_publication_site', 'publication', ['site_id', 'state'])
    op.create_table(
        'publication_event',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('publication_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=8), nullable=False),
        sa.Column('who', sa.String(length=80), nullable=False),
        sa.Column('source', sa.String(length=12), nullable=False),
        sa.Column('state', sa.String(length=12), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(['publication_id'], ['publication.id'], name=op.f('fk_publication_event_publication_id_publication'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_publication_event')),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_publication_event', 'publication_event', ['publication_id', 'id'])


def downgrade() -> None:
    op.drop_table('publication_event')
    op.drop_table('publication')
    op.drop_table('publishing_target')
