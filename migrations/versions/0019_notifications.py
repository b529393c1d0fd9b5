"""notification channels, notifications and their deliveries

Revision: 0019
Follows: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'notification_channel',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('user_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=8), nullable=False),
        sa.Column('address', sa.String(length=300), nullable=False),
        sa.Column('sealed_secret', sa.Text(), nullable=True),
        sa.Column('events', sa.JSON(), nullable=False),
        sa.Column('review_count', sa.Integer(), nullable=False),
        sa.Column('digest', sa.String(length=4), nullable=False),
        sa.Column('digest_time', sa.String(length=5), nullable=False),
        sa.Column('quiet_from', sa.String(length=5), nullable=False),
        sa.Column('quiet_until', sa.String(length=5), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('mail', 'webhook', 'chat')", name=op.f('ck_notification_channel_kind')),
        sa.CheckConstraint("digest IN ('now', 'hour', 'day')", name=op.f('ck_notification_channel_digest')),
        sa.CheckConstraint('review_count > 0', name=op.f('ck_notification_channel_review_count')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_notification_channel_site_id_site'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['user_id'], ['app_user.id'], name=op.f('fk_notification_channel_user_id_app_user'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_notification_channel')),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_notification_channel_site', 'notification_channel', ['site_id', 'user_id'])
    op.create_table(
        'notification_delivery',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('channel_id', sa.Integer(), nullable=False),
        sa.Column('message_id', sa.String(length=40), nullable=False),
        sa.Column('state', sa.String(length=8), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('is_handed_over', sa.Boolean(), nullable=False),
        sa.Column('claim_token', sa.String(length=32), nullable=True),
        sa.Column('claimed_at', sa.DateTime(), nullable=True),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('not_before', sa.DateTime(), nullable=True),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.Column('ended_at', sa.DateTime(), nullable=True),
        sa.CheckConstraint("state IN ('queued', 'sending', 'sent', 'unknown', 'failed', 'dropped')", name=op.f('ck_notification_delivery_state')),
        sa.CheckConstraint("(state = 'sending') = (claim_token IS NOT NULL)", name=op.f('ck_notification_delivery_claim')),
        sa.ForeignKeyConstraint(['channel_id'], ['notification_channel.id'], name=op.f('fk_notification_delivery_channel_id_notification_channel'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_notification_delivery')),
        sa.UniqueConstraint('message_id', name=op.f('uq_notification_delivery_message_id')),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_notification_delivery_state', 'notification_delivery', ['state', 'id'])
    op.create_index('ix_notification_delivery_channel', 'notification_delivery', ['channel_id', 'id'])
    op.create_table(
        'notification',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('channel_id', sa.Integer(), nullable=False),
        sa.Column('delivery_id', sa.Integer(), nullable=True),
        sa.Column('key', sa.String(length=80), nullable=False),
        sa.Column('kind', sa.String(length=12), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('page', sa.String(length=12), nullable=False),
        sa.Column('run', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_notification_site_id_site'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['channel_id'], ['notification_channel.id'], name=op.f('fk_notification_channel_id_notification_channel'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['delivery_id'], ['notification_delivery.id'], name=op.f('fk_notification_delivery_id_notification_delivery'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_notification')),
        sa.UniqueConstraint('channel_id', 'key', name=op.f('uq_notification_channel_id_key')),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_notification_delivery', 'notification', ['delivery_id', 'channel_id'])


def downgrade() -> None:
    op.drop_table('notification')
    op.drop_table('notification_delivery')
    op.drop_table('notification_channel')
