#include "net/resolver.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/un.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>

#include "net/descriptor.hpp"

namespace fanfare::plugins::net {
namespace {

std::vector<Address> Collect(const addrinfo* found) {
    std::vector<Address> out;
    for (; found != nullptr; found = found->ai_next) {
        Address& address = out.emplace_back();
        address.size = std::min<socklen_t>(found->ai_addrlen, sizeof address.storage);
        std::memcpy(&address.storage, found->ai_addr, address.size);
    }
    return out;
}

// Returns what getaddrinfo returns.
int LookUp(const std::string& host, std::uint16_t port, int flags, std::vector<Address>& addresses) {
    addrinfo hints = {};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV | flags;
    addrinfo* found = nullptr;
    const int status = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (status != 0) return status;
    addresses = Collect(found);
    ::freeaddrinfo(found);
    return addresses.empty() ? EAI_NONAME : 0;
}

}  // namespace

struct Resolver::Question {
    Descriptor over{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    std::atomic<bool> is_over = false;  // only then the two below may be read
    int status = 0;
    std::vector<Address> addresses;
};

std::string Address::text() const {
    if (storage.ss_family == AF_UNIX) {
        return std::string("unix:") + reinterpret_cast<const sockaddr_un*>(&storage)->sun_path;
    }
    char host[NI_MAXHOST] = "";
    char port[NI_MAXSERV] = "";
    if (::getnameinfo(reinterpret_cast<const sockaddr*>(&storage), size, host, sizeof host, port, sizeof port,
                      NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return {};
    }
    const std::string shown = storage.ss_family == AF_INET6 ? "[" + std::string(host) + "]" : host;
    return shown + ":" + port;
}

// An address that is written in numbers needs no question.
Resolver::Resolver(const std::string& host, std::uint16_t port) {
    if (LookUp(host, port, AI_NUMERICHOST, addresses_) == 0) return;
    try {
        question_ = std::make_shared<Question>();
        if (!question_->over.is_open()) throw std::system_error(errno, std::generic_category());
        std::thread([question = question_, host, port] {
            question->status = LookUp(host, port, AI_ADDRCONFIG, question->addresses);
            question->is_over = true;
            ::eventfd_write(question->over.get(), 1);
        }).detach();
    } catch (const std::system_error& e) {
        question_.reset();
        error_ = std::string("cannot look up the host: ") + e.what();
    }
}

int Resolver::fd() const { return question_ ? question_->over.get() : -1; }

bool Resolver::IsDone() {
    if (!question_) return true;
    if (!question_->is_over) return false;
    addresses_ = std::move(question_->addresses);
    if (question_->status != 0) {
        error_ = std::string("cannot look up the host: ") + ::gai_strerror(question_->status);
    }
    question_.reset();
    return true;
}

}  // namespace fanfare::plugins::net
