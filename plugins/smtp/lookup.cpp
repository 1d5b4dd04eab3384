#include "lookup.hpp"

#include <netdb.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <system_error>
#include <thread>

#include "failure.hpp"

namespace fanfare::plugins::smtp {
namespace {

// Lives until both have let go of it: who asked, and the thread that looks up.
struct Query {
    const std::string host;
    const std::string port;
    const int done;
    // Of the thread, until it is finished.
    addrinfo* found = nullptr;
    int error = 0;
    std::atomic<bool> is_finished{false};

    Query(const std::string& name, std::uint16_t number)
        : host(name), port(std::to_string(number)), done(::eventfd(0, EFD_CLOEXEC)) {}
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    ~Query() {
        if (found != nullptr) ::freeaddrinfo(found);
        if (done >= 0) ::close(done);
    }

    void Run(int flags) {
        addrinfo hints{};
        hints.ai_family = AF_UNSPEC;
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_flags = AI_NUMERICSERV | flags;
        error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
    }
    std::vector<Poco::Net::SocketAddress> Addresses() const {
        std::vector<Poco::Net::SocketAddress> addresses;
        for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
            addresses.emplace_back(each->ai_addr, each->ai_addrlen);
        }
        return addresses;
    }
};

void StartThread(const std::shared_ptr<Query>& query) {
    try {
        std::thread([query] {
            query->Run(0);
            query->is_finished = true;
            ::eventfd_write(query->done, 1);
        }).detach();
    } catch (const std::system_error& e) {
        throw Failure(FailureKind::kUnusable, "cannot look up " + query->host + ": " + e.what());
    }
}

}  // namespace

std::vector<Poco::Net::SocketAddress> LookUp(const std::string& host, std::uint16_t port,
                                             const std::function<void(int)>& wait) {
    const auto query = std::make_shared<Query>(host, port);
    if (query->done < 0) {
        throw Failure(FailureKind::kUnusable, "no file descriptor is left: raise the limit of open files");
    }
    query->Run(AI_NUMERICHOST);
    if (query->error == 0) return query->Addresses();
    StartThread(query);
    while (!query->is_finished) wait(query->done);
    if (query->error != 0) {
        throw Failure(FailureKind::kUnusable,
                      "cannot look up " + host + ": " + ::gai_strerror(query->error) + ": check host and DNS");
    }
    return query->Addresses();
}

}  // namespace fanfare::plugins::smtp
