"""schedules

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('site_settings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('schedule', sa.String(length=4), server_default='off', nullable=False))
        batch_op.add_column(sa.Column('schedule_time', sa.String(length=5), server_default='02:00', nullable=False))
        batch_op.add_column(sa.Column('next_run_at', sa.DateTime(), nullable=True))
        batch_op.create_index(batch_op.f('ix_site_settings_next_run_at'), ['next_run_at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('site_settings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_site_settings_next_run_at'))
        batch_op.drop_column('next_run_at')
        batch_op.drop_column('schedule_time')
        batch_op.drop_column('schedule')
