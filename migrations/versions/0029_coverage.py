"""what the pages of a website cover

Revision: 0029
Follows: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('idea', sa.Column('covered', sa.Text(), server_default='', nullable=False))
    op.create_table(
        'coverage',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=8), nullable=False),
        sa.Column('subject_id', sa.Integer(), nullable=False),
        sa.Column('page_id', sa.Integer(), nullable=False),
        sa.Column('score', sa.Float(), nullable=False),
        sa.Column('verdict', sa.String(length=8), nullable=False),
        sa.CheckConstraint("verdict IN ('covered', 'near', 'free')", name=op.f('ck_coverage_verdict')),
        sa.ForeignKeyConstraint(
            ['page_id'], ['site_page.id'], name=op.f('fk_coverage_page_id_site_page'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_coverage_site_id_site'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_coverage')),
        sa.UniqueConstraint('kind', 'subject_id', name=op.f('uq_coverage_kind_subject_id')),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_coverage_site', 'coverage', ['site_id', 'kind', 'verdict'])
    op.create_index('ix_coverage_page', 'coverage', ['page_id'])


def downgrade() -> None:
    op.drop_table('coverage')
    op.drop_column('idea', 'covered')
