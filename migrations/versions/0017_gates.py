"""gates and decisions about what waits at them

Revision: 0017
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('site_settings', sa.Column('gates', sa.JSON(), server_default='{}', nullable=False))
    op.add_column('site_settings', sa.Column('reading_limit', sa.Integer(), nullable=True))
    op.add_column('run_item', sa.Column('held', sa.SmallInteger(), server_default='0', nullable=False))
    op.add_column('run_stage', sa.Column('held', sa.Integer(), server_default='0', nullable=False))
    op.add_column('automation_run', sa.Column('gates_passed', sa.JSON(), server_default='[]', nullable=False))
    op.create_table(
        'gate_decision',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('stage', sa.SmallInteger(), nullable=False),
        sa.Column('subject_id', sa.Integer(), nullable=False),
        sa.Column('decision', sa.String(length=8), nullable=False),
        sa.Column('reason', sa.Text(), server_default='', nullable=False),
        sa.Column('decided_by', sa.String(length=80), nullable=False),
        sa.Column('decided_at', sa.DateTime(), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.CheckConstraint("decision IN ('approved', 'rejected')", name=op.f('ck_gate_decision_decision')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_gate_decision_site_id_site'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_gate_decision')),
        sa.UniqueConstraint('stage', 'subject_id', name=op.f('uq_gate_decision_stage_subject_id')),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_gate_decision_site_id'), 'gate_decision', ['site_id'])


def downgrade() -> None:
    op.drop_table('gate_decision')
    op.drop_column('automation_run', 'gates_passed')
    op.drop_column('run_stage', 'held')
    op.drop_column('run_item', 'held')
    op.drop_column('site_settings', 'reading_limit')
    op.drop_column('site_settings', 'gates')
