// Messages of the SOA of Gadz.org: the envelope of version 1, and what of it is the body of version 2.
//
// Source: gorg_message_sender and gorg_service (envelope: event_name, event_uuid, event_creation_time, event_sender_id,
// data, and errors_count, errors once there are any; version 2: the body is the data, the version in the header
// soa-version).
#pragma once

#include <string>
#include <string_view>

#include <fanfare/event.hpp>

namespace fanfare::plugins::amqp {

// The data of an event that came in its envelope already is that envelope: `storage` is not needed then. Otherwise it
// is made from the attributes. Borrows from the event or from `storage`. Errors: ConfigError if the data is not JSON.
std::string_view GadzEnvelope(const Event& event, std::string& storage);

// The data of the envelope byte for byte; of an event that is in none, all of its data. Errors: ConfigError, as above.
std::string_view GadzData(const Event& event);

// "request", "reply" or "log" if the routing key begins with that word, else "event".
std::string_view GadzType(std::string_view routing_key);

}  // namespace fanfare::plugins::amqp
