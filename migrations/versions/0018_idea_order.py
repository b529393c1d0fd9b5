"""order of ideas by hand

Revision: 0018
Follows: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('idea', sa.Column('position', sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column('idea', 'position')
