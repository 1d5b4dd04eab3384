#include "lookup.hpp"

#include <netdb.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <memory>

#include "failure.hpp"

namespace fanfare::plugins::smtp {
namespace {

// Lives until both have let go of it: who asked, and glibc.
struct Query {
    std::string host;
    std::string port;
    addrinfo hints{};
    gaicb request{};
    int done = -1;
    std::shared_ptr<Query> held;  // for glibc

    Query(const std::string& name, std::uint16_t number)
        : host(name), port(std::to_string(number)), done(::eventfd(0, EFD_CLOEXEC)) {
        hints.ai_family = AF_UNSPEC;
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_flags = AI_NUMERICSERV;
        request.ar_name = host.c_str();
        request.ar_service = port.c_str();
        request.ar_request = &hints;
    }
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    ~Query() {
        if (request.ar_result != nullptr) ::freeaddrinfo(request.ar_result);
        if (done >= 0) ::close(done);
    }
};

void Done(sigval value) {
    const std::shared_ptr<Query> query = std::move(static_cast<Query*>(value.sival_ptr)->held);
    ::eventfd_write(query->done, 1);
}

std::vector<Poco::Net::SocketAddress> AddressesIn(const addrinfo* found) {
    std::vector<Poco::Net::SocketAddress> addresses;
    for (; found != nullptr; found = found->ai_next) addresses.emplace_back(found->ai_addr, found->ai_addrlen);
    return addresses;
}

// Empty: `host` is a name.
std::vector<Poco::Net::SocketAddress> Numeric(const Query& query) {
    addrinfo hints = query.hints;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(query.host.c_str(), query.port.c_str(), &hints, &found) != 0) return {};
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, &::freeaddrinfo);
    return AddressesIn(found);
}

}  // namespace

std::vector<Poco::Net::SocketAddress> LookUp(const std::string& host, std::uint16_t port,
                                             const std::function<void(int)>& wait) {
    const auto query = std::make_shared<Query>(host, port);
    std::vector<Poco::Net::SocketAddress> addresses = Numeric(*query);
    if (!addresses.empty()) return addresses;
    if (query->done < 0)
        throw Failure(FailureKind::kUnusable, "no file descriptor is left: raise the limit of open files");
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD;
    event.sigev_notify_function = &Done;
    event.sigev_value.sival_ptr = query.get();
    query->held = query;
    gaicb* const list[] = {&query->request};
    const int refused = ::getaddrinfo_a(GAI_NOWAIT, const_cast<gaicb**>(list), 1, &event);
    if (refused != 0) {
        query->held.reset();
        throw Failure(FailureKind::kUnusable, "cannot look up " + host + ": " + ::gai_strerror(refused));
    }
    wait(query->done);
    const int result = ::gai_error(&query->request);
    if (result != 0) {
        throw Failure(FailureKind::kUnusable,
                      "cannot look up " + host + ": " + ::gai_strerror(result) + ": check host and DNS");
    }
    return AddressesIn(query->request.ar_result);
}

}  // namespace fanfare::plugins::smtp
