"""list prices come with a package; a model server has its own deadline and effort

Revision: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

# Prices that 0002 brought along and that genai-prices knows better; what an owner changed stays.
OLD_PRICES = (
    ('gpt-4o', 2_500_000, 10_000_000, 0), ('gpt-4o-mini*', 150_000, 600_000, 0),
    ('gpt-4.1', 2_000_000, 8_000_000, 0), ('gpt-4.1-mini*', 400_000, 1_600_000, 0),
    ('gpt-4.1-nano*', 100_000, 400_000, 0),
    ('gpt-5', 1_250_000, 10_000_000, 0), ('gpt-5-mini*', 250_000, 2_000_000, 0),
    ('gpt-5-nano*', 50_000, 400_000, 0),
)
PRICE = sa.table('price', *[sa.column(name) for name in ('pattern', 'tokens_in', 'tokens_out', 'image')])


def upgrade() -> None:
    op.add_column('endpoint', sa.Column('deadline_s', sa.Integer(), nullable=True))
    op.add_column('endpoint', sa.Column('reasoning_effort', sa.String(length=16), server_default='', nullable=False))
    for pattern, tokens_in, tokens_out, image in OLD_PRICES:
        op.execute(sa.delete(PRICE).where(
            PRICE.c.pattern == pattern, PRICE.c.tokens_in == tokens_in,
            PRICE.c.tokens_out == tokens_out, PRICE.c.image == image))


def downgrade() -> None:
    known = set(op.get_bind().execute(sa.select(PRICE.c.pattern)).scalars())
    op.bulk_insert(PRICE, [dict(zip(('pattern', 'tokens_in', 'tokens_out', 'image'), row))
                           for row in OLD_PRICES if row[0] not in known])
    op.drop_column('endpoint', 'reasoning_effort')
    op.drop_column('endpoint', 'deadline_s')
