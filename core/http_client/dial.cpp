#include "http_client/dial.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace fanfare::http_client {
namespace {

// RFC 8305, section 8: "Connection Attempt Delay".
constexpr std::chrono::milliseconds kNextAfter{250};

}  // namespace

Dial::State Dial::Start(Job* job, base::SteadyTime now) {
    job_ = job;
    return Go(now);
}

Dial::State Dial::Go(base::SteadyTime now) {
    next_ = base::SteadyTime::max();
    while (next_address_ < addresses_.size()) {
        if (!Begin(addresses_[next_address_++])) continue;
        if (next_address_ < addresses_.size()) next_ = now + kNextAfter;
        return State::kOpen;
    }
    return lines_.empty() ? State::kFailed : State::kOpen;
}

bool Dial::Begin(const std::string& text) {
    const auto address = base::ParseAddress(text);
    if (!address) return false;
    if (auto why = policy_.WhyNot(*address, target_.port, IsWrittenLoopback(target_.host))) {
        denied_ = *std::move(why);
        return false;
    }
    auto line = std::make_unique<Line>(sockets_, owner_, target_.Name());
    line->set_job(job_);
    if (const int error = line->Connect({*address, target_.port}); error != 0) {
        system_error_ = error;
        return false;
    }
    lines_.push_back(std::move(line));
    return true;
}

Dial::State Dial::OnLine(Line& line, base::SteadyTime now) {
    const int error = line.Progress();
    if (error == EINPROGRESS) return State::kOpen;
    const auto at = std::find_if(lines_.begin(), lines_.end(), [&](const auto& each) { return each.get() == &line; });
    std::unique_ptr<Line> taken = std::move(*at);
    lines_.erase(at);
    if (error == 0) {
        connected_ = std::move(taken);
        lines_.clear();
        return State::kConnected;
    }
    system_error_ = error;
    return Go(now);
}

Dial::State Dial::OnTimer(base::SteadyTime now) { return now < next_ ? State::kOpen : Go(now); }

}  // namespace fanfare::http_client
