#include "resolver.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <mutex>

namespace fanfare::plugins::redis {

struct Resolver::Question {
    std::string host;
    std::string service;
    addrinfo hints = {};
    gaicb request = {};

    Question(const std::string& name, std::uint16_t port) : host(name), service(std::to_string(port)) {
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
        request.ar_name = host.c_str();
        request.ar_service = service.c_str();
        request.ar_request = &hints;
    }
    ~Question() {
        if (request.ar_result != nullptr) ::freeaddrinfo(request.ar_result);
    }
    Question(const Question&) = delete;
    Question& operator=(const Question&) = delete;

    bool IsOpen() { return ::gai_error(&request) == EAI_INPROGRESS; }
};

namespace {

// The C library still writes to these. Never destroyed, and in reach of leak checkers.
template <class Question>
void Abandon(std::unique_ptr<Question> question) {
    static std::mutex mutex;
    static auto& abandoned = *new std::vector<std::unique_ptr<Question>>;
    const std::lock_guard lock(mutex);
    std::erase_if(abandoned, [](const auto& each) { return !each->IsOpen(); });
    abandoned.push_back(std::move(question));
}

std::vector<Address> Collect(const addrinfo* found) {
    std::vector<Address> out;
    for (; found != nullptr; found = found->ai_next) {
        Address& address = out.emplace_back();
        address.size = std::min<socklen_t>(found->ai_addrlen, sizeof address.storage);
        std::memcpy(&address.storage, found->ai_addr, address.size);
    }
    return out;
}

// An address that is written in numbers needs no question.
std::vector<Address> Numeric(const std::string& host, std::uint16_t port) {
    addrinfo hints = {};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return {};
    std::vector<Address> out = Collect(found);
    ::freeaddrinfo(found);
    return out;
}

}  // namespace

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

Resolver::Resolver(const std::string& host, std::uint16_t port) : addresses_(Numeric(host, port)) {
    if (!addresses_.empty()) return;
    question_ = std::make_unique<Question>(host, port);
    gaicb* requests[] = {&question_->request};
    const int status = ::getaddrinfo_a(GAI_NOWAIT, requests, 1, nullptr);
    if (status == 0) return;
    question_.reset();
    error_ = std::string("cannot look up the host: ") + ::gai_strerror(status);
}

Resolver::~Resolver() {
    if (!question_) return;
    if (::gai_cancel(&question_->request) == EAI_NOTCANCELED) Abandon(std::move(question_));
}

bool Resolver::IsDone() {
    if (!question_) return true;
    const int status = ::gai_error(&question_->request);
    if (status == EAI_INPROGRESS) return false;
    if (status == 0) addresses_ = Collect(question_->request.ar_result);
    if (addresses_.empty()) {
        error_ = std::string("cannot look up the host: ") + ::gai_strerror(status == 0 ? EAI_NONAME : status);
    }
    question_.reset();
    return true;
}

}  // namespace fanfare::plugins::redis
