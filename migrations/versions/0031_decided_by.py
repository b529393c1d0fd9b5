"""who decided about an article

Revision: 0031
Follows: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('content', sa.Column('decided_by', sa.String(length=80), server_default='', nullable=False))


def downgrade() -> None:
    op.drop_column('content', 'decided_by')
