"""keywords keep every field, their variants and their history; imports are claimed

Revision: 0011
Follows: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

KEYWORD = (
    ('previous_impressions', sa.Integer()),
    ('previous_clicks', sa.Integer()),
    ('position', sa.Float()),
    ('url', sa.Text()),
    ('competition', sa.String(length=20)),
    ('serp_features', sa.Text()),
    ('trend', sa.Text()),
    ('tags', sa.Text()),
    ('flags', sa.Text()),
    ('variant_key', sa.Text()),
)
COUNTS = ('rows_updated', 'rows_variant', 'rows_set_aside', 'attempts')


def upgrade() -> None:
    for name, kind in KEYWORD:
        op.add_column('keyword', sa.Column(name, kind, nullable=True))
    op.add_column('keyword', sa.Column('variant_count', sa.Integer(), server_default='0', nullable=False))
    op.create_index('ix_keyword_variant_key', 'keyword', ['site_id', 'variant_key'])
    for name in COUNTS:
        op.add_column('keyword_import', sa.Column(name, sa.Integer(), server_default='0', nullable=False))
    op.add_column('keyword_import', sa.Column('options', sa.JSON(), nullable=True))
    op.add_column('keyword_import', sa.Column('claim_token', sa.String(length=32), nullable=True))
    op.add_column('keyword_import', sa.Column('heartbeat_at', sa.DateTime(), nullable=True))
    op.add_column('keyword_import', sa.Column('cancel_requested', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('keyword_import', sa.Column('updated_fields', sa.JSON(), nullable=True))
    op.create_table(
        'keyword_variant',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('site_id', sa.Integer(), sa.ForeignKey('site.id', ondelete='CASCADE'), nullable=False),
        sa.Column('keyword_id', sa.Integer(), sa.ForeignKey('keyword.id', ondelete='CASCADE'), nullable=False),
        sa.Column('phrase', sa.Text(), nullable=False),
        sa.Column('phrase_key', sa.Text(), nullable=False),
        sa.Column('volume', sa.Integer(), nullable=True),
        sa.Column('import_id', sa.Integer(), sa.ForeignKey('keyword_import.id', ondelete='SET NULL'), nullable=True),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.UniqueConstraint('site_id', 'phrase_key', name=op.f('uq_keyword_variant_site_id_phrase_key')),
    )
    op.create_index('ix_keyword_variant_keyword', 'keyword_variant', ['keyword_id'])
    op.create_index('ix_keyword_variant_import', 'keyword_variant', ['import_id'])
    op.create_table(
        'keyword_change',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('site_id', sa.Integer(), sa.ForeignKey('site.id', ondelete='CASCADE'), nullable=False),
        sa.Column('keyword_id', sa.Integer(), sa.ForeignKey('keyword.id', ondelete='CASCADE'), nullable=False),
        sa.Column('import_id', sa.Integer(), sa.ForeignKey('keyword_import.id', ondelete='SET NULL'), nullable=True),
        sa.Column('old', sa.JSON(), nullable=False),
        sa.Column('new', sa.JSON(), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
    )
    op.create_index('ix_keyword_change_keyword', 'keyword_change', ['keyword_id'])
    op.create_index('ix_keyword_change_import', 'keyword_change', ['import_id'])
    op.create_table(
        'import_row',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('site_id', sa.Integer(), sa.ForeignKey('site.id', ondelete='CASCADE'), nullable=False),
        sa.Column('import_id', sa.Integer(), sa.ForeignKey('keyword_import.id', ondelete='CASCADE'), nullable=False),
        sa.Column('line', sa.Integer(), nullable=False),
        sa.Column('phrase', sa.Text(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('values', sa.JSON(), nullable=False),
        sa.Column('restored_at', sa.DateTime(), nullable=True),
    )
    op.create_index('ix_import_row_import', 'import_row', ['import_id'])


def downgrade() -> None:
    op.drop_table('import_row')
    op.drop_table('keyword_change')
    op.drop_table('keyword_variant')
    for name in ('updated_fields', 'cancel_requested', 'heartbeat_at', 'claim_token', 'options', *reversed(COUNTS)):
        op.drop_column('keyword_import', name)
    op.drop_index('ix_keyword_variant_key', 'keyword')
    op.drop_column('keyword', 'variant_count')
    for name, _ in reversed(KEYWORD):
        op.drop_column('keyword', name)
