#include "aws/client.hpp"

#include <chrono>

#include "aws/fault.hpp"

namespace fanfare::plugins::aws {

namespace {

std::int64_t UnixSeconds() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

// The hexadecimal digits at the end of the Authorization header that Sign added last.
std::string SignatureOf(const SignedRequest& request) {
    const std::string& header = request.headers.back().second;
    return header.substr(header.rfind('=') + 1);
}

// A secret that is being rotated may be half there: that passes.
Plan PlanNow(const Config& config, const Surroundings& surroundings) {
    try {
        return PlanOf(ReadWanted(config), surroundings);
    } catch (const ConfigError& e) {
        return {Nowhere{e.what()}, {}};
    }
}

}  // namespace

struct Client::Pending {
    Call call;
    Then then;
    bool again = false;  // it is sent for the second time
};

Client::Client(const Host& host, const Config& config, Settings settings, std::string service,
               Surroundings surroundings)
    : http_(host),
      crypto_(host),
      settings_(std::move(settings)),
      service_(std::move(service)),
      credentials_(host, Fetcher(host, surroundings, settings_.sts),
                   [config, surroundings] { return PlanNow(config, surroundings); }) {}

void Client::Send(Call call, Then then) {
    auto pending = std::make_shared<Pending>(Pending{std::move(call), std::move(then)});
    credentials_.Get([this, pending](const Fetched& fetched) {
        if (fetched.keys == nullptr) return pending->then({fetched.failure, {}, {}});
        SendWith(pending, fetched.keys);
    });
}

void Client::SendWith(const std::shared_ptr<Pending>& pending, const KeysPtr& keys) {
    const Call& call = pending->call;
    const std::string url = settings_.origin + call.path;
    SignedRequest to_sign{"POST", url, call.headers, call.body};
    Sign(crypto_, *keys, {settings_.region, service_}, UnixSeconds(), to_sign);
    HttpHeaders headers;
    for (const auto& [name, value] : to_sign.headers) headers.add(name, value);
    HttpRequest request;
    request.method = to_sign.method;
    request.url = url;
    request.headers = &headers;
    request.body = call.body;
    request.deadline = call.deadline;
    request.max_response_bytes = call.max_response_bytes;
    http_.send(request, [this, pending, keys, signature = SignatureOf(to_sign)](const HttpResponse& response) {
        TakeAnswer(pending, keys, signature, response);
    });
}

void Client::TakeAnswer(const std::shared_ptr<Pending>& pending, const KeysPtr& keys, std::string_view signature,
                        const HttpResponse& response) {
    const Fault fault = FaultOf(response);
    const Answer answer{OutcomeOf(response, fault, settings_.host,
                                  {keys->session_token, keys->secret_access_key, keys->access_key_id, signature}),
                        fault.code, response.body()};
    if (RefusesKeys(fault.code) && !pending->again) return SendAgain(pending, keys, answer);
    pending->then(answer);
}

void Client::SendAgain(const std::shared_ptr<Pending>& pending, const KeysPtr& refused, const Answer& answer) {
    pending->again = true;
    credentials_.Drop(refused);
    credentials_.Get([this, pending, refused, outcome = answer.outcome, fault = answer.fault](const Fetched& fetched) {
        if (fetched.keys == nullptr) return pending->then({fetched.failure, {}, {}});
        const bool same = fetched.keys->access_key_id == refused->access_key_id &&
                          fetched.keys->session_token == refused->session_token;
        if (same) return pending->then({outcome, fault, {}});
        SendWith(pending, fetched.keys);
    });
}

}  // namespace fanfare::plugins::aws
