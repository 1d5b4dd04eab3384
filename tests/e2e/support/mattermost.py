"""A receiver that holds senders to the contract of Mattermost's incoming webhooks, and answers as the server does.

Sources: developers.mattermost.com/integrate/webhooks/incoming; server/channels/web/webhook.go and app/webhook.go of
mattermost/mattermost for the errors.
"""
import json

from .receiver import Receiver, Reply

TEXTS = ("text", "channel", "username", "icon_url", "icon_emoji", "type")
MEMBERS = {**dict.fromkeys(TEXTS, str), "attachments": list, "props": dict, "priority": dict}
MAX_RUNES = 16383


def _error(status, error_id, message):
    body = {"id": f"web.incoming_webhook.{error_id}.app_error", "message": message, "detailed_error": "", "status_code": status}
    return Reply(status, {"Content-Type": "application/json"}, json.dumps(body).encode())


class Mattermost(Receiver):
    """posts: what was taken, in order. enabled: whether incoming webhooks are."""

    def __init__(self, token, channels=("town-square",)):
        self.token = token
        self.channels = channels
        self.enabled = True
        self.posts = []
        super().__init__(self._handle)

    def _handle(self, request):
        if request.method != "POST" or not request.path.startswith("/hooks/"):
            return Reply(404, {"Content-Type": "text/plain"}, b"404 page not found\n")
        if not self.enabled:
            return _error(501, "disabled", "Incoming webhooks have been disabled by the system admin.")
        hook = request.path.removeprefix("/hooks/")
        if hook != self.token:
            return _error(400, "general", f"Failed to handle the payload of media type application/json for incoming webhook {hook}.")
        fault = self._fault(request)
        if fault:
            return _error(400, "decode", fault)
        post = json.loads(request.body)
        channel = post.get("channel", "")
        if channel and not channel.startswith("@") and channel not in self.channels:
            return _error(404, "general", f"Failed to handle the payload of media type application/json for incoming webhook {hook}.")
        self.posts.append(post)
        return Reply(200, {"Content-Type": "text/plain"}, b"ok")

    @staticmethod
    def _fault(request):
        if request.headers.get("content-type", "").split(";")[0] != "application/json":
            return "not said to be JSON"
        try:
            post = json.loads(request.body.decode("utf-8"))
        except ValueError as error:
            return str(error)
        wrong = [name for name, value in post.items() if name not in MEMBERS or not isinstance(value, MEMBERS[name])]
        if wrong:
            return f"unknown, or of a wrong type: {wrong}"
        if not post.get("text") and not post.get("attachments"):
            return "neither text nor attachments"
        return "text too long" if len(post.get("text", "")) > MAX_RUNES else None
