"""schedules by weekdays, month, cron and waiting keywords; skipped starts

Revision: 0023
Follows: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

COLUMNS = (
    ('schedule_kind', sa.String(length=8), ''),
    ('schedule_days', sa.String(length=7), ''),
    ('schedule_day', sa.SmallInteger(), '1'),
    ('schedule_cron', sa.String(length=120), ''),
)
OPTIONAL = (
    ('schedule_min_keywords', sa.Integer()),
    ('schedule_pause_from', sa.Date()),
    ('schedule_pause_until', sa.Date()),
)


def upgrade() -> None:
    for name, kind, default in COLUMNS:
        op.add_column('site_settings', sa.Column(name, kind, server_default=default, nullable=False))
    for name, kind in OPTIONAL:
        op.add_column('site_settings', sa.Column(name, kind, nullable=True))
    op.create_table(
        'schedule_skip',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('due_at', sa.DateTime(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_schedule_skip_site_id_site'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_schedule_skip')),
        sa.UniqueConstraint('site_id', 'due_at', name=op.f('uq_schedule_skip_site_id_due_at')),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table('schedule_skip')
    for name in (*(name for name, *_ in COLUMNS), *(name for name, _ in OPTIONAL)):
        op.drop_column('site_settings', name)
