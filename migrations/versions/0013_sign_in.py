"""second factors, recovery codes and accounts of other identity providers; pruned runs

Revision: 0013
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

USER = (
    ('totp_sealed', sa.Text()),
    ('totp_step', sa.Integer()),
    ('second_factor_at', sa.DateTime()),
)


def upgrade() -> None:
    for name, kind in USER:
        op.add_column('app_user', sa.Column(name, kind, nullable=True))
    op.add_column('automation_run', sa.Column('pruned_at', sa.DateTime(), nullable=True))
    op.create_table(
        'recovery_code',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('user_id', sa.Integer(), nullable=False),
        sa.Column('code_hash', sa.String(length=64), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['app_user.id'], name='fk_recovery_code_user_id_app_user', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name='pk_recovery_code'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_recovery_code_user_id', 'recovery_code', ['user_id'])
    op.create_table(
        'external_identity',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('user_id', sa.Integer(), nullable=False),
        sa.Column('issuer', sa.String(length=300), nullable=False),
        sa.Column('subject', sa.String(length=255), nullable=False),
        sa.Column('label', sa.String(length=120), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.Column('used_at', sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(['user_id'], ['app_user.id'], name='fk_external_identity_user_id_app_user', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name='pk_external_identity'),
        sa.UniqueConstraint('issuer', 'subject', name='uq_external_identity_issuer_subject'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_external_identity_user_id', 'external_identity', ['user_id'])


def downgrade() -> None:
    op.drop_table('external_identity')
    op.drop_table('recovery_code')
    op.drop_column('automation_run', 'pruned_at')
    for name, _ in reversed(USER):
        op.drop_column('app_user', name)
