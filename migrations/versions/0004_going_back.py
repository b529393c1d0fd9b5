"""going back

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


def downgrade() -> None:
    op.drop_column('automation_run', 'back_to')
