"""What a user says about tracking, and whether an online run could log in."""

from __future__ import annotations

from typing import Literal

from r1cli.component import Component
from r1cli.errors import ConfigError

ANSWER_S = 5.0
"""Seconds in which W&B's server must answer."""


class Tracking(Component):
    """`conf/tracking/*.yaml`."""

    name: str
    backend: Literal["wandb", "none"]
    mode: Literal["online", "offline"]
    """offline: written below the stage's folder, nothing sent; `wandb sync` sends it later."""
    project: str
    entity: str | None
    """W&B account or team; None: the account's default."""
    tags: list[str]

    def check(self) -> None:
        """Make sure that an online run can log in, before anything is trained.

        Raises:
            ConfigError: W&B has no key for its server, or one that cannot be right.
        """
        if self.backend == "none" or self.mode == "offline":
            return
        import wandb

        hint = "run `wandb login`, set WANDB_API_KEY, or keep tracking=wandb_offline"
        try:
            # Not verified with the server: a run starts offline where the server cannot be reached.
            logged_in = wandb.login(verify=False, prompt=False)
        except wandb.errors.AuthenticationError as e:
            raise ConfigError(f"tracking={self.name}: {e}", hint=hint) from e
        if not logged_in:
            server = wandb.setup().settings.base_url
            raise ConfigError(f"tracking={self.name}: not logged in to W&B at {server}", hint=hint)

    def remark(self) -> str:
        """What a person should know before an online run begins; empty if W&B's server answers."""
        if self.backend == "none" or self.mode == "offline":
            return ""
        from http.client import HTTPException
        from urllib.error import HTTPError
        from urllib.request import urlopen

        import wandb

        server = wandb.setup().settings.base_url
        try:
            with urlopen(server, timeout=ANSWER_S):  # noqa: S310  (W&B takes http and https only)
                return ""
        except HTTPError:  # that is an answer
            return ""
        except (OSError, HTTPException) as e:
            reason = getattr(e, "reason", e)
            return (
                f"W&B at {server} cannot be reached ({reason}): stages go on offline; send them later with wandb sync"
            )
