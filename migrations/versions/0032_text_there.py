"""the text that a person changed at a publishing target

Revision: 0032
Follows: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('publication', sa.Column('theirs', sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column('publication', 'theirs')
