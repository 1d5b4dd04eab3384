// What Redis is told for an event, in the bytes of its protocol.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fanfare/event.hpp>

#include "options.hpp"

namespace fanfare::plugins::redis {

// Appends one command in RESP. Errors: std::bad_alloc.
void AppendCommand(std::string& out, const std::vector<std::string_view>& words);

class CommandWriter {
public:
    // `options` outlives it.
    explicit CommandWriter(const Options& options) : options_(options) {}

    // The outcome of an event that cannot be sent, now or ever; nullopt if it can.
    std::optional<Outcome> Refusal(const Event& event) const;

    // The key of an event that can be sent.
    std::string_view KeyOf(const Event& event) const;

    // Whether a command that trims follows the one that adds: a second reply.
    bool trims() const { return options_.mode == Mode::kList && options_.max_length > 0; }

    void Append(std::string& out, const Event& event);

private:
    void AppendXadd(std::string& out, const Event& event);
    void AddLimit();
    void AddFields(const Event& event);
    std::string_view Payload(const Event& event);

    const Options& options_;
    std::vector<std::string_view> words_;
    std::string json_;
    std::string limit_;
};

}  // namespace fanfare::plugins::redis
