// What is said on a channel before it is of use: open it, ask for confirms, declare what the options want declared.
//
// Source: AMQP 0-9-1, 1.5 (channel), 1.6 (exchange), 1.7 (queue); RabbitMQ, "Consumer Acknowledgements and Publisher
// Confirms" (confirm.select).
#pragma once

#include <amqp.h>

#include <functional>
#include <string>
#include <vector>

#include "frame.hpp"
#include "options.hpp"

namespace fanfare::plugins::amqp {

inline constexpr amqp_channel_t kOurChannel = 1;

struct Step {
    std::function<void(FrameWriter&, std::string&)> send;
    amqp_method_number_t answer;
    std::string what;  // "declare the exchange 'orders'"
};

// Borrows from `options`.
std::vector<Step> ChannelSteps(const Options& options);

}  // namespace fanfare::plugins::amqp
