"""publishing plan of a site

Revision: 0025
Follows: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'publishing_plan',
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('days', sa.JSON(), nullable=False),
        sa.Column('times', sa.JSON(), nullable=False),
        sa.Column('missed', sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_publishing_plan_site_id_site'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('site_id', name=op.f('pk_publishing_plan')),
    )


def downgrade() -> None:
    op.drop_table('publishing_plan')
