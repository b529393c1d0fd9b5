"""script of the addresses of articles

Revision: 0016
Follows: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'site_settings',
        sa.Column('slug_script', sa.String(length=12), server_default='latin', nullable=False),
    )


def downgrade() -> None:
    op.drop_column('site_settings', 'slug_script')
