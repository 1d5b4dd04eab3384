// What the answer of a Mattermost server to an incoming webhook means.
// Sources: developers.mattermost.com/integrate/webhooks/incoming (200, text/plain, "ok"); the server's errors: JSON
// with `id`, `message` and, if it is told to say more, `detailed_error` (mattermost/mattermost,
// server/channels/web/webhook.go, app/webhook.go): 400 no such webhook or a message that is none, 403 a locked or
// private channel, 404 no such channel, 413 too large, 501 webhooks switched off. Most servers give one id for all, so
// the status is what tells them apart.
#pragma once

#include <string_view>

#include <fanfare/event.hpp>
#include <fanfare/http.hpp>

namespace fanfare::plugins::mattermost {

// `where` is the host.
Outcome OutcomeOf(const HttpResponse& response, std::string_view where);

}  // namespace fanfare::plugins::mattermost
