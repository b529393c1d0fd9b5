"""going back, how far a grouping is, and the pace of a run

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('automation_run', sa.Column('back_to', sa.SmallInteger(), nullable=True))
    op.add_column('automation_run', sa.Column('eta_logged', sa.Float(), nullable=True))
    op.add_column('automation_run', sa.Column('pace', sa.Float(), server_default='1', nullable=False))
    for name in ('pace_since', 'pace_work'):
        op.add_column('automation_run', sa.Column(name, sa.Float(), server_default='0', nullable=False))
    op.add_column('automation_run', sa.Column('pace_claims', sa.Integer(), server_default='0', nullable=False))
    op.add_column('run_stage', sa.Column('headway', sa.Float(), server_default='0', nullable=False))


def downgrade() -> None:
    op.drop_column('run_stage', 'headway')
    for name in ('pace_claims', 'pace_work', 'pace_since', 'pace', 'eta_logged', 'back_to'):
        op.drop_column('automation_run', name)
