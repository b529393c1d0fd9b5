"""links for clients, and their comments

Revision: 0028
Follows: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'client_link',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('content_id', sa.Integer(), nullable=True),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('token_hash', sa.String(length=64), nullable=False),
        sa.Column('may_decide', sa.Boolean(), nullable=False),
        sa.Column('made_by', sa.String(length=80), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.Column('ends_at', sa.DateTime(), nullable=False),
        sa.Column('revoked_at', sa.DateTime(), nullable=True),
        sa.Column('used_at', sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_client_link_site_id_site'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['content_id'], ['content.id'], name=op.f('fk_client_link_content_id_content'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_client_link')),
        sa.UniqueConstraint('token_hash', name=op.f('uq_client_link_token_hash')),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_client_link_site_id'), 'client_link', ['site_id'])
    op.create_table(
        'client_comment',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('content_id', sa.Integer(), nullable=False),
        sa.Column('link_id', sa.Integer(), nullable=True),
        sa.Column('author', sa.String(length=80), nullable=False),
        sa.Column('quote', sa.Text(), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('verdict', sa.String(length=8), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.Column('resolved_at', sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(['content_id'], ['content.id'], name=op.f('fk_client_comment_content_id_content'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['link_id'], ['client_link.id'], name=op.f('fk_client_comment_link_id_client_link'), ondelete='SET NULL'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_client_comment')),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_client_comment_content_id'), 'client_comment', ['content_id'])


def downgrade() -> None:
    op.drop_table('client_comment')
    op.drop_table('client_link')
