"""Database tables and the operations on their rows.

Nothing here commits, calls other servers or checks permissions: callers pass a transaction `tx`.
"""

from igny8.models.allowed_address import AllowedAddress
from igny8.models.api_token import ApiToken
from igny8.models.approval_rule import ApprovalRule
from igny8.models.audit_entry import AuditEntry
from igny8.models.circuit_breaker import CircuitBreaker
from igny8.models.client_link import ClientComment, ClientLink
from igny8.models.cluster import Cluster, cluster_totals
from igny8.models.cluster_change import ClusterChange
from igny8.models.content import Content
from igny8.models.content_version import ContentVersion
from igny8.models.coverage import Coverage
from igny8.models.credit_account import CreditAccount, CreditEntry
from igny8.models.external_identity import ExternalIdentity
from igny8.models.gate import Gate, GateDecision, Gates
from igny8.models.idea import Idea, ideas_by_keyword
from igny8.models.image import Image
from igny8.models.image_redraw import ImageRedraw
from igny8.models.import_row import ImportRow
from igny8.models.invitation import Invitation
from igny8.models.keyword import Keyword
from igny8.models.keyword_change import KeywordChange
from igny8.models.keyword_import import KeywordImport
from igny8.models.keyword_variant import KeywordVariant
from igny8.models.login_session import LoginSession
from igny8.models.membership import ROLES, Membership
from igny8.models.notification import Delivery, Notification
from igny8.models.notification_channel import NotificationChannel
from igny8.models.part_change import PartChange
from igny8.models.price import Price, PriceTable
from igny8.models.prompt import Prompt
from igny8.models.provider_endpoint import ProviderEndpoint
from igny8.models.provider_request import ProviderRequest
from igny8.models.publication import Publication
from igny8.models.publication_event import PublicationEvent
from igny8.models.publishing_plan import PublishingPlan
from igny8.models.publishing_target import PublishingTarget
from igny8.models.rate_limit import RateLimit
from igny8.models.run import ACTIONS, ENDED, ENDED_WELL, OPEN, Run
from igny8.models.run_event import RunEvent
from igny8.models.run_item import RunItem
from igny8.models.run_stage import RunStage
from igny8.models.schedule_skip import ScheduleSkip
from igny8.models.second_factor import RecoveryCode
from igny8.models.site import Site
from igny8.models.site_page import SitePage
from igny8.models.site_reading import SiteReading
from igny8.models.site_settings import RunSettings, SiteSettings
from igny8.models.site_source import SiteSource
from igny8.models.stage_result import StageResult
from igny8.models.task import Task
from igny8.models.user import User
from igny8.models.worker import Worker

__all__ = [
    "ACTIONS",
    "ENDED",
    "ENDED_WELL",
    "OPEN",
    "ROLES",
    "AllowedAddress",
    "ApiToken",
    "ApprovalRule",
    "AuditEntry",
    "CircuitBreaker",
    "ClientComment",
    "ClientLink",
    "Cluster",
    "ClusterChange",
    "Content",
    "ContentVersion",
    "Coverage",
    "CreditAccount",
    "CreditEntry",
    "Delivery",
    "ExternalIdentity",
    "Gate",
    "GateDecision",
    "Gates",
    "Idea",
    "Image",
    "ImageRedraw",
    "ImportRow",
    "Invitation",
    "Keyword",
    "KeywordChange",
    "KeywordImport",
    "KeywordVariant",
    "LoginSession",
    "Membership",
    "Notification",
    "NotificationChannel",
    "PartChange",
    "Price",
    "PriceTable",
    "Prompt",
    "ProviderEndpoint",
    "ProviderRequest",
    "Publication",
    "PublicationEvent",
    "PublishingPlan",
    "PublishingTarget",
    "RateLimit",
    "RecoveryCode",
    "Run",
    "RunEvent",
    "RunItem",
    "RunSettings",
    "RunStage",
    "ScheduleSkip",
    "Site",
    "SitePage",
    "SiteReading",
    "SiteSettings",
    "SiteSource",
    "StageResult",
    "Task",
    "User",
    "Worker",
    "cluster_totals",
    "ideas_by_keyword",
]
