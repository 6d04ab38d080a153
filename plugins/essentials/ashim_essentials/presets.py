"""The picture sizes that social networks ask for, in pixels."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Preset = Literal[
    "instagram-post",
    "instagram-story",
    "instagram-profile",
    "instagram-landscape",
    "instagram-portrait",
    "twitter-post",
    "twitter-header",
    "twitter-profile",
    "facebook-post",
    "facebook-cover",
    "facebook-profile",
    "facebook-event",
    "youtube-thumbnail",
    "youtube-banner",
    "youtube-profile",
    "linkedin-post",
    "linkedin-banner",
    "linkedin-profile",
    "tiktok-video",
    "tiktok-profile",
    "whatsapp-profile",
    "pinterest-pin",
    "threads-post",
]

PRESETS: Mapping[Preset, tuple[int, int]] = MappingProxyType(
    {
        "instagram-post": (1080, 1080),
        "instagram-story": (1080, 1920),
        "instagram-profile": (320, 320),
        "instagram-landscape": (1080, 566),
        "instagram-portrait": (1080, 1350),
        "twitter-post": (1200, 675),
        "twitter-header": (1500, 500),
        "twitter-profile": (400, 400),
        "facebook-post": (1200, 630),
        "facebook-cover": (820, 312),
        "facebook-profile": (170, 170),
        "facebook-event": (1920, 1005),
        "youtube-thumbnail": (1280, 720),
        "youtube-banner": (2560, 1440),
        "youtube-profile": (800, 800),
        "linkedin-post": (1200, 627),
        "linkedin-banner": (1584, 396),
        "linkedin-profile": (400, 400),
        "tiktok-video": (1080, 1920),
        "tiktok-profile": (200, 200),
        "whatsapp-profile": (500, 500),
        "pinterest-pin": (1000, 1500),
        "threads-post": (1080, 1080),
    }
)
