"""How people of an issuer come into the Hub, and stay in it. `c` and `smoke_person` are set before this text."""

import asyncio
import base64
import json
import time
from collections import defaultdict

from jupyterhub.apihandlers.users import UserAPIHandler
from oauthenticator.generic import GenericOAuthenticator
from tornado.httpclient import HTTPClientError

# All that a server may do by its own token.
server_scopes = {"users:activity", "access:servers", "access:services", "admin:auth_state"}

# An issuer that gives a new refresh token for each use takes one that comes twice for stolen.
one_renewal = defaultdict(asyncio.Lock)
stopping = set()


def claims_of(token):
    """What a token says. It came from the issuer itself, so nobody else can have signed it."""
    try:
        body = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError):
        raise ValueError(
            "the issuer's access token is no JWT; have it give such tokens, with name and groups in them"
        ) from None


def is_refusal(error):
    """Whether the issuer said that the session is over (RFC 6749, 5.2), and not that something is amiss."""
    return (
        isinstance(error, HTTPClientError)
        and error.code == 400
        and error.response is not None
        and b"invalid_grant" in error.response.body
    )


def is_server(user, token):
    """Whether a server of the person sent it. Anybody may write the note, but can do no more by it."""
    return (
        token is not None
        and (token.note or "").startswith("Server at ")
        and {scope.split("!")[0] for scope in token.scopes} <= server_scopes
        and any(spawner.active for spawner in user.spawners.values())
    )


def stop_servers(user, handler):
    for name, spawner in list(user.spawners.items()):
        if spawner.ready:
            task = asyncio.ensure_future(handler.stop_single_user(user, name))
            stopping.add(task)
            task.add_done_callback(stopping.discard)


class PlatformAuthenticator(GenericOAuthenticator):
    """Renews people's tokens, and holds the people to their groups each time.

    JupyterHub asks whether somebody may come in when they sign in, and never again. And it asks for a renewal
    whoever sent the request: a server says by its own token that it is in use, and is so however its person's
    session ended.
    """

    async def token_to_user(self, token_info):
        # What the edge reads too: not every userinfo tells groups, nor has every renewal an ID token.
        return claims_of(token_info["access_token"])

    async def refresh_user(self, user, handler, **kwargs):
        if not await user.get_auth_state():
            # Made by a service, and signed in nowhere: there is nothing to renew.
            return user.name == smoke_person  # noqa: F821
        async with one_renewal[user.name]:
            auth_state = await user.get_auth_state()
            model = kept = await self._token_to_auth_model(auth_state["token_response"])
            left = claims_of(auth_state["access_token"]).get("exp", float("inf")) - time.time()
            ended = False
            # The Hub looks once in `auth_refresh_age`. What would not last until the look after the next is
            # renewed now, so that code which asks the Hub always gets a token with time left.
            if left < 2 * self.auth_refresh_age and auth_state.get("refresh_token"):
                try:
                    model = await self.renewed(auth_state["refresh_token"])
                    # Also where it says that the person may not come in: the next look finds that again.
                    await user.save_auth_state(model["auth_state"])
                except Exception as error:
                    ended = is_refusal(error)
                    self.log.warning("The token of %s was not renewed: %s", user.name, error)
        if not await self.check_allowed(user.name, model):
            self.log.warning("%s is in no group any more that may come in: servers are stopped", user.name)
            stop_servers(user, handler)
            return False
        if model is not kept:
            return model
        if left > 0 and not ended:
            return True
        # The session has ended, or the issuer has been away for longer than its last word holds: the person
        # signs in again. Their server goes on, for what runs in it is not to be lost by that; but code that asks
        # here for the person's token is told that there is none, and not given one that is over.
        if not is_server(user, handler.get_token()) or isinstance(handler, UserAPIHandler):
            return False
        # The Hub notes now that it looked at the person, which would let them in as well: that is taken back.
        asyncio.get_running_loop().call_soon(setattr, user, "_auth_refreshed", None)
        return True

    async def renewed(self, refresh_token):
        params = self.build_refresh_token_request_params(refresh_token)
        # An issuer may say nothing of the refresh token, which then stays as it is.
        answer = {"refresh_token": refresh_token, **await self.get_token_info(None, params)}
        return await self._token_to_auth_model(answer)


c.JupyterHub.authenticator_class = PlatformAuthenticator  # noqa: F821
