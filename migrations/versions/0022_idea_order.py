"""order of ideas by hand

Revision: 0022
Follows: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('idea', sa.Column('position', sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column('idea', 'position')
