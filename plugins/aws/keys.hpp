// Credentials of an AWS identity, as they sign a request.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fanfare/host.hpp>

namespace fanfare::plugins::aws {

using WallTime = std::chrono::system_clock::time_point;

// Owns: the texts, which are wiped when it goes. Shared as KeysPtr, never copied. Never log one.
struct Keys {
    Keys(std::string id, std::string secret, std::string token, std::optional<WallTime> expires = std::nullopt)
        : access_key_id(std::move(id)),
          secret_access_key(std::move(secret)),
          session_token(std::move(token)),
          expires_at(expires) {}
    Keys(const Keys&) = delete;
    Keys& operator=(const Keys&) = delete;
    ~Keys() {
        Secret::wipe(secret_access_key.data(), secret_access_key.size());
        Secret::wipe(session_token.data(), session_token.size());
    }

    std::string access_key_id;
    std::string secret_access_key;
    std::string session_token;           // empty for keys that last
    std::optional<WallTime> expires_at;  // nullopt: nobody said
};

using KeysPtr = std::shared_ptr<const Keys>;

}  // namespace fanfare::plugins::aws
