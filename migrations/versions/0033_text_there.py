"""the text that a person changed at a publishing target

Revision: 0033
Follows: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('publication', sa.Column('theirs', sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column('publication', 'theirs')
