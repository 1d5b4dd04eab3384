// What is published for an event: routing key, properties and body.
//
// The names of the headers are those of the CloudEvents AMQP binding 1.0.2, 3.1.3.1 ("cloudEvents_" and the name of the
// attribute); that binding is for AMQP 1.0, for 0-9-1 there is none. Properties: AMQP 0-9-1, 1.8 (class basic).
// Threads: one.
#pragma once

#include <amqp.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fanfare/event.hpp>

#include "options.hpp"

namespace fanfare::plugins::amqp {

// The header that names a delivery: the same at every attempt. A message that comes back is known by it.
inline constexpr std::string_view kDeliveryHeader = "fanfare-delivery";

struct Message {
    std::string_view routing_key;
    amqp_basic_properties_t properties = {};
    std::string_view body;
};

class MessageWriter {
public:
    // `options` outlives it.
    MessageWriter(const Options& options, std::string_view host_version);

    // Borrows from the event and from this writer, until the next call. Errors: ConfigError if the event cannot be sent
    // as it is: it will be the same next time.
    const Message& Compose(const Event& event);

private:
    std::string_view RoutingKey(const Event& event) const;
    void ComposeCloudEvent(const Event& event);
    void ComposeGadz(const Event& event);
    void AddCommon(const Event& event);
    void AddAttributes(const Event& event);
    void AddExtension(const Attribute& extension);
    void AddRendered(const Event& event);
    void AddHeader(std::string_view name, std::string_view value);
    void AddNumber(std::string_view name, std::int32_t value);
    void Set(amqp_flags_t flag, amqp_bytes_t& property, std::string_view value, const char* what);

    const Options& options_;
    const std::string client_library_;
    Message message_;
    std::vector<amqp_table_entry_t> headers_;
    std::deque<std::string> names_;  // of the headers for extensions
    std::string envelope_;
};

// Seconds since 1970 of an RFC 3339 time; nullopt if it is none, or before 1970.
std::optional<std::uint64_t> UnixSeconds(std::string_view time);

}  // namespace fanfare::plugins::amqp
