// Requests to one AWS service: signed with the credentials of the destination, sent by the host's HTTP client, the
// answer read as AWS means it.
//
// Threads: the instance's.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fanfare/crypto.hpp>
#include <fanfare/http.hpp>

#include "aws/credentials.hpp"
#include "aws/settings.hpp"
#include "aws/sigv4.hpp"

namespace fanfare::plugins::aws {

struct Call {
    std::string path = "/";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    Deadline deadline;
    std::size_t max_response_bytes = 0;  // as in HttpRequest
};

struct Answer {
    Outcome outcome;        // if it were for all that the request held; without secrets
    std::string fault;      // AWS's code; empty with a 2xx
    std::string_view body;  // of a 2xx; valid for the call
};

class Client {
public:
    using Then = std::function<void(const Answer&)>;

    // `service`: to sign for ("sqs", "ses"). Errors: ConfigError (the host has no HTTP client).
    Client(const Host& host, const Config& config, Settings settings, std::string service, Surroundings surroundings);

    // POST. `then` is called once, now or later. If the service refuses the credentials and there are others to be had,
    // the request is sent once more with those.
    void Send(Call call, Then then);

    const Settings& settings() const noexcept { return settings_; }

private:
    struct Pending;
    void SendWith(const std::shared_ptr<Pending>& pending, const KeysPtr& keys);
    void TakeAnswer(const std::shared_ptr<Pending>& pending, const KeysPtr& keys, std::string_view signature,
                    const HttpResponse& response);
    void SendAgain(const std::shared_ptr<Pending>& pending, const KeysPtr& refused, const Answer& answer);

    Http http_;
    Crypto crypto_;
    Settings settings_;
    std::string service_;
    Credentials credentials_;
};

}  // namespace fanfare::plugins::aws
