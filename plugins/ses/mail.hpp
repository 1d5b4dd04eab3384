// One event as one mail. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fanfare/event.hpp>

#include "options.hpp"

namespace fanfare::plugins::ses {

struct Attachment {
    std::string name;
    std::string content_type;
    std::string_view data;  // of the event
};

// Addresses as mail has them: ASCII, names encoded.
struct Mail {
    std::string from;
    std::vector<std::string> to;
    std::vector<std::string> cc;
    std::vector<std::string> bcc;
    std::vector<std::string> reply_to;
    std::string subject;
    std::optional<std::string> text;
    std::optional<std::string> html;
    std::optional<Attachment> attachment;
    std::vector<std::pair<std::string, std::string>> tags;
};

// Borrows from the event. Errors: ConfigError: the event cannot be a mail, now or later.
Mail MakeMail(const Event& event, const Options& options);

}  // namespace fanfare::plugins::ses
