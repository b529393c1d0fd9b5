"""articles approved by rule

Revision: 0034
Follows: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('site_settings', sa.Column('rule_hours', sa.Integer(), nullable=True))
    op.add_column('site_settings', sa.Column('rule_since', sa.DateTime(), nullable=True))
    op.add_column('content', sa.Column('rule_hours', sa.Integer(), nullable=True))
    op.add_column('content', sa.Column('person_only', sa.String(length=12), server_default='', nullable=False))
    # what people did to these before was not recorded
    seen = sa.text("UPDATE content SET person_only = 'earlier' WHERE handed_over OR version > 1")
    op.execute(seen)


def downgrade() -> None:
    for table, column in (
        ('content', 'person_only'),
        ('content', 'rule_hours'),
        ('site_settings', 'rule_since'),
        ('site_settings', 'rule_hours'),
    ):
        op.drop_column(table, column)
