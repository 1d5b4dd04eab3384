// What the ingest API answers. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "http/server.hpp"
#include "ingest/authenticate.hpp"
#include "ingest/decode.hpp"
#include "ingest/rules.hpp"
#include "store/inbox.hpp"

namespace fanfare::ingest {

http::Response TooLarge(std::size_t limit);
http::Response ToResponse(const Refusal& refusal);
// 503 or 507, and when to come back.
http::Response NotNow(const base::Error& error);
// 401 or 403. Says nothing of the realm, and the same for each: whether it exists is for those who may enter.
http::Response Denied(Decision decision);
// 429 for credentials that fail too often.
http::Response TooManyFailures(base::Duration wait);
// 429 for a realm that has sent its share.
http::Response TooManyEvents(base::Duration wait);
// 202.
http::Response Taken(const std::vector<std::string>& ids, const std::vector<store::Accepted>& accepted,
                     const std::vector<Dropped>& dropped);
// 200: which routes would take each event, and what each destination would be sent.
http::Response WouldHappen(const Rules& rules, const Decoded& decoded);

}  // namespace fanfare::ingest
