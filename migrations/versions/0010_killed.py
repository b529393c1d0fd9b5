"""a worker that was killed is told from one that stopped

Revision: 0010
Follows: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('worker', sa.Column('killed', sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column('worker', 'killed')
