// The options of one webhook, read and checked.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fanfare/host.hpp>

namespace fanfare::plugins::webhook {

struct Options {
    std::string url;
    bool url_is_template = false;  // then every event brings its own
    std::string authority;         // host[:port] of the url, for reasons
    std::string method;
    std::vector<std::pair<std::string, std::string>> headers;
    bool has_content_type = false;     // among `headers`
    std::vector<std::string> secrets;  // where they stand: "/secret", or "/secret/0" and so on
};

// Errors: ConfigError.
Options ReadOptions(const Config& config);

// A header that may be sent beside those of the protocol; `with_attributes`: the event's ce-* headers are among them.
// Errors: ConfigError.
void CheckHeader(std::string_view name, std::string_view value, bool with_attributes);

}  // namespace fanfare::plugins::webhook
