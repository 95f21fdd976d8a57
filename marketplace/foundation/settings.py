"""What does the operator of this installation decide?

Every setting is an environment variable of the same name in capitals. Nothing else in the code reads the environment.
"""

import os
from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings of one installation, read once from the environment (and an `.env` file beside it)."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    data_dir: Path = Field(Path("data"), description="Where files, the embedded database and the queue live.")
    database_url: str = Field("", description="PostgreSQL owner URL; empty starts the embedded server.")
    redis_url: str = Field("", description="Redis URL; empty starts an embedded one.")
    files_url: str = Field(
        "", description="Where files are kept: file://, s3://, gs:// or az://; empty is DATA_DIR/files."
    )
    secret_key: SecretStr = Field(
        SecretStr(""), description="Signs cookies and links; empty makes one in DATA_DIR."
    )
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    public_url: str = Field(
        "", description="Address people use, for links in mail; empty means http://HOST:PORT."
    )
    web_processes: int = Field(
        default_factory=lambda: min(os.cpu_count() or 1, 4),
        ge=1,
        le=64,
        description="Web server processes, each with WEB_THREADS threads; one for each processor, up to four.",
    )
    web_threads: int = Field(4, ge=1, le=64)
    workers: int = Field(
        2,
        ge=0,
        le=32,
        description="RQ worker processes that `marketplace up` starts; with one, a long import holds up all news.",
    )
    is_secure: bool = Field(False, description="True behind HTTPS: secure cookies and HSTS.")
    smtp_url: str = Field(
        "", description="smtp://user:password@host:25 or smtps://…; empty keeps mail on a page."
    )
    mail_sender: str = "marketplace@localhost"
    stripe_api_key: SecretStr = Field(SecretStr(""), description="Empty starts the shipped Stripe sandbox.")
    stripe_webhook_secret: SecretStr = SecretStr("")
    stripe_api_base: str = Field("", description="Address of the Stripe API; empty is Stripe's own.")
    sandbox_port: int = Field(
        8025, ge=1, le=65535, description="Where the Stripe sandbox listens, on loopback."
    )
    drop_folder: Path | None = Field(
        None,
        description="Where suppliers put files, each in the folder of its id; nothing is looked at without it.",
    )
    timezone: str = "Europe/Paris"
    is_demo: bool = Field(False, description="Shows the demo sign-ins and the on-page mail outbox.")
    demo_sign_ins: list[tuple[str, str, str, str]] = Field(
        [], description="Role, organisation, e-mail and password of each; `marketplace up` names them."
    )

    @property
    def address(self) -> str:
        """The URL by which people reach the portal, without a trailing slash."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def payment_pages(self) -> tuple[str, ...]:
        """The sites of the payment service to which a form of ours may lead a person."""
        sandbox = (self.stripe_api_base,) if self.stripe_api_base else ()
        return (*sandbox, "https://checkout.stripe.com", "https://connect.stripe.com")

    @property
    def rate_limit_storage(self) -> str:
        """Where tries are counted: in Redis, or in this process where there is none."""
        return self.redis_url.replace("unix://", "redis+unix://", 1) or "memory://"


@lru_cache
def current_settings() -> Settings:
    """The settings of this process."""
    return Settings()
