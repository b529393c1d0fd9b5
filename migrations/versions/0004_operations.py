"""operations

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

CRASHED = sa.text('crashes > 0')


def upgrade() -> None:
    with op.batch_alter_table('automation_run', schema=None) as batch_op:
        batch_op.add_column(sa.Column('stalled_at', sa.DateTime(), nullable=True))

    with op.batch_alter_table('run_item', schema=None) as batch_op:
        batch_op.create_index('ix_run_item_crashed', ['id'], sqlite_where=CRASHED, postgresql_where=CRASHED)

    with op.batch_alter_table('worker', schema=None) as batch_op:
        batch_op.add_column(sa.Column('skew', sa.Float(), nullable=True))
        batch_op.alter_column('version', existing_type=sa.String(length=20), type_=sa.String(length=40),
                              existing_nullable=False)


def downgrade() -> None:
    with op.batch_alter_table('worker', schema=None) as batch_op:
        batch_op.alter_column('version', existing_type=sa.String(length=40), type_=sa.String(length=20),
                              existing_nullable=False)
        batch_op.drop_column('skew')

    with op.batch_alter_table('run_item', schema=None) as batch_op:
        batch_op.drop_index('ix_run_item_crashed')

    with op.batch_alter_table('automation_run', schema=None) as batch_op:
        batch_op.drop_column('stalled_at')
