"""critiques of outlines and texts

Revision: 0036
Follows: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ('outline_critique', 'text_critique'):
        op.add_column(
            'site_settings', sa.Column(column, sa.String(length=8), server_default='findings', nullable=False)
        )
    op.add_column('content', sa.Column('outline', sa.JSON(), server_default='{}', nullable=False))


def downgrade() -> None:
    op.drop_column('content', 'outline')
    for column in ('text_critique', 'outline_critique'):
        op.drop_column('site_settings', column)
