// The options of one SQS destination, read and checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fanfare/host.hpp>

#include "aws/option_text.hpp"
#include "aws/settings.hpp"

namespace fanfare::plugins::sqs {

struct Options {
    std::string queue_url;  // empty: to be asked for by `queue`
    std::string queue;
    std::string queue_owner;  // empty: the account of the credentials
    bool fifo = false;
    aws::OptionText group_id;          // not set: the order key
    aws::OptionText deduplication_id;  // not set: the delivery's id
    std::optional<std::int64_t> delay_seconds;
    std::size_t max_message_bytes = 0;
    bool base64 = false;
    std::optional<std::vector<std::string>> attributes;  // nullopt: all that fit
};

// Errors: ConfigError.
Options ReadOptions(const Config& config);

// What a queue's URL tells of the service: its origin, and the Region if the host has the form of AWS's own.
aws::Service ServiceOf(const Options& options);

}  // namespace fanfare::plugins::sqs
