// What the daemon and a plugin's process tell each other. Private and without a version: both are the same program,
// since the process is started from the daemon's own file.
//
// A frame is the length of what follows (4 bytes, lowest first), its kind (1 byte) and its content, packed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "plugin/catalog.hpp"
#include "sink/sink.hpp"

namespace fanfare::isolation {

enum class Kind : std::uint8_t {
    // To the process.
    kMake,     // Order: load the plugin and make its instance
    kStart,    // nothing
    kDeliver,  // BatchId, Batch
    kAbandon,  // BatchId
    kStop,     // a number: until when, steady, ns
    // From it.
    kReply,        // to kMake and kStart: what is wrong, or nothing; kStop: it has stopped
    kAnswers,      // answers
    kMisbehaviour  // text: the kind; a number: how often more
};

struct Frame {
    Kind kind = Kind::kReply;
    std::string content;
};

// What the instance is made of. Holds secrets.
struct Order {
    std::string plugin;
    std::vector<std::string> directories;
    plugin::InstanceOptions options;
    std::string user_agent;
    log::Level level = log::Level::kInfo;
    log::Format format = log::Format::kText;
};

std::string Pack(const Order& order);
std::string Pack(sink::BatchId id, const sink::Batch& batch);
std::string Pack(const std::vector<sink::Answer>& answers);
std::string PackNumber(std::uint64_t number);
std::string PackReply(const base::Status& status);

// nullopt: not what Pack made.
std::optional<Order> UnpackOrder(std::string_view content);
struct NumberedBatch {
    sink::BatchId id = 0;
    sink::Batch batch;
};
std::optional<NumberedBatch> UnpackBatch(std::string_view content);
std::optional<std::vector<sink::Answer>> UnpackAnswers(std::string_view content);
std::optional<std::uint64_t> UnpackNumber(std::string_view content);
std::optional<base::Status> UnpackReply(std::string_view content);

}  // namespace fanfare::isolation
