"""kinds of publishing targets are those of the register in the code

Revision: 0015
Follows: 0014
"""

from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None
NAME = 'ck_publishing_target_kind'


def upgrade() -> None:
    with op.batch_alter_table('publishing_target', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_='check')


def downgrade() -> None:
    op.execute("DELETE FROM publishing_target WHERE kind NOT IN ('hand', 'webhook', 'wordpress')")
    with op.batch_alter_table('publishing_target', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.create_check_constraint(op.f(NAME), "kind IN ('hand', 'webhook', 'wordpress')")
