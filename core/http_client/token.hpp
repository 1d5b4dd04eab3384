// The access token of an OAuth 2.0 client: what to ask for, what was answered, how long it will do. One for all
// requests with the same Settings. Pure but for the clock that it is told.
//
// Source: RFC 6749, 2.3.1 (the client's own authentication), 4.4 (client credentials grant), 5 (answers); RFC
// 6750, 2.1.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "http_client/client.hpp"
#include "http_client/settings.hpp"

namespace fanfare::http_client {

// Threads: one.
class Token {
public:
    // How long the answer to a request for a token may take.
    static constexpr std::chrono::seconds kPatience{30};
    // How long a failure is remembered: requests that come meanwhile fail with it, and do not ask again.
    static constexpr std::chrono::seconds kFailureRemembered{1};
    // Without expires_in: RFC 6749, 4.2.2 leaves it to the server.
    static constexpr std::chrono::hours kUsualLife{1};

    explicit Token(const OAuth2& client) : client_(client) {}

    // "Bearer ..." while it is valid; nullptr: there is none.
    const base::Secret* Header(base::SteadyTime now) const;
    // Why there will be none for the moment; nullptr: it may be asked for.
    const std::string* Failure(base::SteadyTime now) const;
    // It is to be asked for, now: there is none, or it ends soon, and nobody asks already.
    bool IsDue(base::SteadyTime now) const;

    // What to send. Until Take nothing is due.
    Request Ask(base::SteadyTime now);
    void Take(const Response& response, base::SteadyTime now);
    // The far side answered 401 to a request with `header`: that token is given up, unless another one has come
    // meanwhile.
    void Refuse(const base::Secret& header);

private:
    base::Status Read(const Response& response, base::SteadyTime now);
    std::string Reason(const Response& response) const;

    const OAuth2& client_;
    base::Secret header_;  // empty: none
    base::SteadyTime renew_at_;
    base::SteadyTime ends_at_;
    std::string failure_;
    base::SteadyTime failed_until_;
    bool asking_ = false;
};

}  // namespace fanfare::http_client
