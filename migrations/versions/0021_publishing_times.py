"""times of publications, their removal, and what an approval does at a target

Revision: 0021
Follows: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None
STATES = "'scheduled', 'queued', 'publishing', 'unknown', 'published', 'outdated', 'missing', 'failed'"
STATE, CLAIM = 'ck_publication_state', 'ck_publication_claim'
KEPT = {'sqlite_autoincrement': True}


def upgrade() -> None:
    with op.batch_alter_table('publishing_target') as batch_op:
        batch_op.add_column(sa.Column('on_approval', sa.String(length=8), server_default='nothing', nullable=False))
        batch_op.add_column(sa.Column('hold_hours', sa.Integer(), server_default='0', nullable=False))
    with op.batch_alter_table('publication', table_kwargs=KEPT) as batch_op:
        batch_op.add_column(sa.Column('publish_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('check_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('checked_at', sa.DateTime(), nullable=True))
        batch_op.drop_constraint(op.f(STATE), type_='check')
        batch_op.drop_constraint(op.f(CLAIM), type_='check')
        batch_op.create_check_constraint(op.f(STATE), f"state IN ({STATES}, 'removing', 'removed')")
        batch_op.create_check_constraint(
            op.f(CLAIM), "claim_token IS NULL OR state IN ('publishing', 'unknown', 'removing')"
        )
    op.create_index('ix_publication_check', 'publication', ['state', 'check_at'])


def downgrade() -> None:
    op.drop_index('ix_publication_check', 'publication')
    op.execute("UPDATE publication SET state = 'failed', claim_token = NULL WHERE state IN ('removing', 'removed')")
    with op.batch_alter_table('publication', table_kwargs=KEPT) as batch_op:
        batch_op.drop_constraint(op.f(STATE), type_='check')
        batch_op.drop_constraint(op.f(CLAIM), type_='check')
        batch_op.create_check_constraint(op.f(STATE), f'state IN ({STATES})')
        batch_op.create_check_constraint(
            op.f(CLAIM), "claim_token IS NULL OR state IN ('publishing', 'unknown')"
        )
        batch_op.drop_column('checked_at')
        batch_op.drop_column('check_at')
        batch_op.drop_column('publish_at')
    with op.batch_alter_table('publishing_target') as batch_op:
        batch_op.drop_column('hold_hours')
        batch_op.drop_column('on_approval')
