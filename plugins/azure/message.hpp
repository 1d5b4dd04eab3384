// The body of Put Message, and what its answers mean.
// Sources: learn.microsoft.com/rest/api/storageservices: put-message (XML, UTF-8, 64 KiB), queue-service-error-codes,
// common-rest-api-error-codes; XML 1.0, section 2.2 (characters) and 2.11 (line ends).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <fanfare/event.hpp>
#include <fanfare/http.hpp>

namespace fanfare::plugins::azure {

constexpr std::size_t kMaxMessage = 64u << 10;  // of the message's text, after base64

enum class Body { kCloudEvent, kData };

// The text of the message for an event.
std::string TextOf(const Event& event, Body body, bool base64);

// Why the service could never take this text; nullopt if it can. `base64`: it is encoded.
std::optional<std::string> Unsendable(std::string_view text, bool base64);

// The text in the XML of Put Message.
std::string XmlOf(std::string_view text);

// True if the answer says that there is no such queue.
bool IsQueueMissing(const HttpResponse& response);

// What an answer to Put Message or Create Queue means; delivered only for the status `success`. `where` is the host.
Outcome OutcomeOf(const HttpResponse& response, int success, std::string_view where);

}  // namespace fanfare::plugins::azure
