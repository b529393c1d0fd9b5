"""going back, and how far a grouping is

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('automation_run', sa.Column('back_to', sa.SmallInteger(), nullable=True))
    op.add_column('run_stage', sa.Column('headway', sa.Float(), server_default='0', nullable=False))


def downgrade() -> None:
    op.drop_column('run_stage', 'headway')
    op.drop_column('automation_run', 'back_to')
