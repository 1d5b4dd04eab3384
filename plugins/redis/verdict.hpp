// What a reply to the command of an event means. README.md has it as a table, with sources.
#pragma once

#include <cstddef>
#include <string>

#include <fanfare/event.hpp>

#include "endpoint.hpp"
#include "options.hpp"
#include "reply.hpp"

namespace fanfare::plugins::redis {

struct Verdict {
    enum class Kind {
        kOutcome,
        kMoved,  // `target` has the slot from now on
        kAsk,    // `target` may have this key already; only this time, after ASKING
    };
    Kind kind = Kind::kOutcome;
    Outcome outcome{};
    // The connection is of no use any more: look for the right server, or log in anew.
    bool drop_connection = false;
    std::size_t slot = 0;
    Endpoint target{};
};

// `from`: the server that answered. `remote`: its address.
Verdict Judge(const redisReply& reply, const Options& options, const Endpoint& from, const std::string& remote);

// What an operator does about an error at login or of a command; empty if there is nothing particular to say.
std::string_view AdviceFor(std::string_view error_code);

}  // namespace fanfare::plugins::redis
