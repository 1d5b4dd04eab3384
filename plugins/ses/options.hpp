// The options of one SES destination, read and checked.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <fanfare/host.hpp>

#include "aws/option_text.hpp"
#include "aws/settings.hpp"

namespace fanfare::plugins::ses {

struct Options {
    std::string sender;
    aws::OptionText sender_name;
    std::vector<aws::OptionText> recipients;  // each may be several, with commas
    std::vector<aws::OptionText> cc;
    std::vector<aws::OptionText> bcc;
    std::vector<aws::OptionText> reply_to;
    aws::OptionText subject;
    aws::OptionText text;
    aws::OptionText html;
    aws::OptionText attachment_name;
    std::string configuration_set;
    std::vector<std::pair<std::string, aws::OptionText>> tags;
    bool v1 = false;
    std::size_t max_message_bytes = 0;
};

// Errors: ConfigError.
Options ReadOptions(const Config& config);

aws::Service ServiceOf(const Options& options);

}  // namespace fanfare::plugins::ses
