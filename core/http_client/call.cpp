#include <signal.h>

#include "http_client/setup.hpp"

namespace fanfare::http_client {
namespace {

// libcurl is told to leave signals alone, so a write to a closed connection must not end the process.
class NoSigPipe {
public:
    NoSigPipe() {
        sigset_t pipe;
        ::sigemptyset(&pipe);
        ::sigaddset(&pipe, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &pipe, &before_);
    }
    ~NoSigPipe() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    NoSigPipe(const NoSigPipe&) = delete;
    NoSigPipe& operator=(const NoSigPipe&) = delete;

private:
    sigset_t before_{};
};

}  // namespace

Response Call(const Request& request) {
    if (base::Status started = SetUp(); !started) return Failed(End::kInvalid, started.error().message);
    Settings usual;
    if (!request.settings) {
        base::Result<Trust> trust = Trust::Load({});
        if (!trust) return Failed(End::kInvalid, trust.error().message);
        usual.trust = *std::move(trust);
    }
    const Settings& settings = request.settings ? *request.settings : usual;
    base::Result<Target> target = CheckRequest(request);
    if (!target) return Failed(End::kInvalid, target.error().message);
    const std::chrono::milliseconds left = TimeLeft(request.deadline);
    if (left.count() == 0) return Failed(End::kTimeout, "the deadline passed before the request was sent");
    const std::unique_ptr<Exchange> exchange = Exchange::Make("fanfare", settings, nullptr);
    if (!exchange || !exchange->Begin(request, *std::move(target), nullptr, left, {}))
        return Failed(End::kInvalid, "libcurl does not take the request; it is too long");
    const NoSigPipe guard;
    return exchange->Finish(curl_easy_perform(exchange->handle()));
}

}  // namespace fanfare::http_client
