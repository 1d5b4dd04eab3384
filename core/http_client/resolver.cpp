#include "http_client/resolver.hpp"
#include "base/thread_name.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace fanfare::http_client {
namespace {

// As many as could be tried before a deadline; some names have hundreds.
constexpr std::size_t kMaxAddresses = 16;
constexpr std::size_t kMaxKnown = 4096;

std::string Numeric(const addrinfo& address) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(address.ai_addr, address.ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0)
        return {};
    return text.data();
}

}  // namespace

Addresses LookUp(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* first = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &first); error != 0)
        return {{}, ::gai_strerror(error)};
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(first, &::freeaddrinfo);
    Addresses found;
    for (const addrinfo* a = first; a != nullptr && found.list.size() < kMaxAddresses; a = a->ai_next) {
        std::string text = Numeric(*a);
        const bool of_one_link = text.find('%') != std::string::npos;
        if (!text.empty() && !of_one_link) found.list.push_back(std::move(text));
    }
    if (found.list.empty()) found.error = "it has no address";
    return found;
}

struct Resolver::Shared {
    std::function<Addresses(const std::string&)> look_up;
    std::function<void()> wake;
    std::mutex mutex;
    std::condition_variable changed;
    // All guarded by mutex.
    std::deque<std::string> questions;
    std::vector<std::pair<std::string, Addresses>> answers;
    std::size_t threads = 0;
    std::size_t idle = 0;
    bool over = false;
};

Resolver::Resolver(std::function<Addresses(const std::string&)> look_up, std::function<void()> wake)
    : shared_(std::make_shared<Shared>()) {
    shared_->look_up = std::move(look_up);
    shared_->wake = std::move(wake);
}

Resolver::~Resolver() {
    std::unique_lock lock(shared_->mutex);
    shared_->over = true;
    shared_->changed.notify_all();
    shared_->changed.wait(lock, [this] { return shared_->idle == 0; });
}

void Resolver::Work(const std::shared_ptr<Shared>& shared) {
    base::NameThisThread("resolver");
    std::unique_lock lock(shared->mutex);
    while (true) {
        ++shared->idle;
        shared->changed.wait(lock, [&] { return shared->over || !shared->questions.empty(); });
        --shared->idle;
        if (shared->over) break;
        std::string host = std::move(shared->questions.front());
        shared->questions.pop_front();
        lock.unlock();
        Addresses found = shared->look_up(host);
        lock.lock();
        if (shared->over) break;
        shared->answers.emplace_back(std::move(host), std::move(found));
        shared->wake();
    }
    shared->changed.notify_all();
}

const Addresses* Resolver::Find(const std::string& host, base::SteadyTime now) const {
    const auto found = known_.find(host);
    if (found == known_.end() || !found->second.answered || found->second.until <= now) return nullptr;
    return &found->second.addresses;
}

void Resolver::Ask(const std::string& host, base::SteadyTime now) {
    if (known_.size() >= kMaxKnown) Forget(now);
    Known& known = known_[host];
    if (known.asking) return;
    known.asking = true;
    known.answered = false;
    known.until = now + kLookupTimeout;
    const std::lock_guard lock(shared_->mutex);
    shared_->questions.push_back(host);
    if (shared_->idle >= shared_->questions.size() || shared_->threads >= kMaxThreads) {
        shared_->changed.notify_one();
        return;
    }
    try {
        std::thread(&Resolver::Work, shared_).detach();
        ++shared_->threads;
    } catch (const std::system_error&) {
        // Out of threads: those that run will take the question, or it is given up when its time is over.
        shared_->changed.notify_one();
    }
}

bool Resolver::TakeAnswers(base::SteadyTime now) {
    std::vector<std::pair<std::string, Addresses>> answers;
    {
        const std::lock_guard lock(shared_->mutex);
        answers.swap(shared_->answers);
    }
    bool any = !answers.empty();
    for (auto& [host, addresses] : answers) {
        Known& known = known_[host];
        known.asking = false;
        Remember(known, std::move(addresses), now);
    }
    for (auto& [host, known] : known_) {
        if (!known.asking || known.answered || known.until > now) continue;
        Remember(known, {{}, "no answer within 5 seconds"}, now);
        any = true;
    }
    return any;
}

void Resolver::Remember(Known& known, Addresses addresses, base::SteadyTime now) {
    known.until = now + (addresses.list.empty() ? kFailureRemembered : kRemembered);
    known.addresses = std::move(addresses);
    known.answered = true;
}

void Resolver::Forget(base::SteadyTime now) {
    std::erase_if(known_, [now](const auto& entry) { return !entry.second.asking && entry.second.until <= now; });
}

}  // namespace fanfare::http_client
