"""addresses that may be asked, engines that change in a run, vectors of a server

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

PRICES = (('text-embedding-3-small', 20_000, 0, 0), ('text-embedding-3-large', 130_000, 0, 0))


def upgrade() -> None:
    op.create_table('allowed_address',
    sa.Column('entry', sa.String(length=300), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('entry', name=op.f('pk_allowed_address'))
    )
    op.add_column('automation_run', sa.Column('edition', sa.Integer(), server_default='0', nullable=False))
    op.add_column('site_settings', sa.Column('cluster_vectors', sa.String(length=120), server_default='', nullable=False))
    price = sa.table('price', *[sa.column(name) for name in ('pattern', 'tokens_in', 'tokens_out', 'image')])
    known = set(op.get_bind().execute(sa.select(price.c.pattern)).scalars())
    op.bulk_insert(price, [{'pattern': pattern, 'tokens_in': tokens_in, 'tokens_out': tokens_out, 'image': image}
                           for pattern, tokens_in, tokens_out, image in PRICES if pattern not in known])


def downgrade() -> None:
    op.drop_column('site_settings', 'cluster_vectors')
    op.drop_column('automation_run', 'edition')
    op.drop_table('allowed_address')
