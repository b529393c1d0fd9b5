"""caps count the money that is billed

Revision: 0018
Follows: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

MONEY = ('billed', 'maybe_billed', 'in_flight', 'in_flight_most')
BILLED = """
UPDATE account SET billed = (
    SELECT coalesce(sum(a.money), 0) FROM provider_answer a
    WHERE a.site_id = account.site_id AND a.billed_day IS NOT NULL AND account.period =
        CASE account.scope WHEN 'run' THEN cast(a.run_id AS varchar(12)) WHEN 'day' THEN a.billed_day
        ELSE substr(a.billed_day, 1, 7) END)
"""


def upgrade() -> None:
    for name in MONEY:
        op.add_column('account', sa.Column(name, sa.BigInteger(), server_default='0', nullable=False))
    op.add_column('provider_answer', sa.Column('billed_day', sa.String(length=10), nullable=True))
    op.add_column('provider_answer', sa.Column('most_money', sa.BigInteger(), server_default='0', nullable=False))
    op.create_index('ix_provider_answer_billed', 'provider_answer', ['site_id', 'billed_day'])
    op.execute("UPDATE provider_answer SET billed_day = day "
               "WHERE state IN ('answered', 'rejected') AND requests > 0")
    op.execute(BILLED)


def downgrade() -> None:
    op.drop_index('ix_provider_answer_billed', 'provider_answer')
    op.drop_column('provider_answer', 'most_money')
    op.drop_column('provider_answer', 'billed_day')
    for name in reversed(MONEY):
        op.drop_column('account', name)
