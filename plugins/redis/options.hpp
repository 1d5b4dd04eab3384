// The options of one destination, read and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fanfare/host.hpp>

#include "endpoint.hpp"
#include "net/tls.hpp"

namespace fanfare::plugins::redis {

enum class Mode : std::uint8_t { kStream, kList, kChannel };
enum class Topology : std::uint8_t { kSingle, kSentinel, kCluster };

struct Options {
    std::vector<Endpoint> servers;  // at least one
    Topology topology = Topology::kSingle;
    std::string master;  // name of it, with Sentinels
    std::string user;
    std::string sentinel_user;
    std::int64_t database = 0;
    std::optional<net::TlsOptions> tls;

    Mode mode = Mode::kStream;
    std::string key;
    std::string key_prefix;        // what stands before the first tag
    bool key_is_template = false;  // then every event brings its own
    bool json = false;
    bool push_left = false;
    std::int64_t max_length = 0;       // 0: no limit
    std::int64_t max_age_seconds = 0;  // 0: no limit
    bool exact_trim = false;
    bool require_receiver = false;
};

// Where the passwords stand. Asked for at each connect: the operator may rotate them.
inline constexpr char kPassword[] = "/password";
inline constexpr char kSentinelPassword[] = "/sentinel/password";

// Errors: ConfigError.
Options ReadOptions(const Config& config);

}  // namespace fanfare::plugins::redis
