// The far side of a webhook: answers 204 at once and counts which events came, and how long after they were to be sent.
//
//   http_sink PORT                  (0: the kernel chooses; the port is the first line of standard output)
//   POST /N                         a delivery to destination N, 0 to 15
//   POST /hang                      read, and never answered
//   POST /reset/RUN                 forgets all; from now on only the events of http_load --run RUN count
//   GET  /stats                     what came, by destination, as JSON
//   GET  /latencies                 of all that came, wherever
//
// An event's id is in the header ce-id, or in the body, as often as there are events in it: what a peer batches counts
// event by event. One thread.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "histogram.hpp"
#include "http_message.hpp"

namespace fanfare::bench {
namespace {

// What came for one destination.
class Arrivals {
public:
    void Add(std::uint32_t number, std::int64_t sent_ns, std::int64_t now) {
        const std::size_t word = number / 64;
        const std::uint64_t bit = std::uint64_t{1} << (number % 64);
        if (word >= seen_.size()) seen_.resize(word * 2 + 64);
        if (seen_[word] & bit) {
            ++repeated_;
            return;
        }
        seen_[word] |= bit;
        if (distinct_++ == 0) first_ns_ = now;
        last_ns_ = now;
        if (sent_ns > 0) latencies_.Add(now - sent_ns);
    }

    std::uint64_t requests = 0;

    std::string Json() const {
        char text[200];
        std::snprintf(text, sizeof text,
                      R"({"requests":%lu,"distinct":%lu,"repeated":%lu,"first_ns":%ld,"last_ns":%ld,)", requests,
                      distinct_, repeated_, first_ns_, last_ns_);
        return text + latencies_.Json() + "}";
    }
    const Histogram& latencies() const { return latencies_; }

private:
    std::vector<std::uint64_t> seen_;
    std::uint64_t distinct_ = 0;
    std::uint64_t repeated_ = 0;
    std::int64_t first_ns_ = 0;
    std::int64_t last_ns_ = 0;
    Histogram latencies_;
};

class Sink {
public:
    // The answer; empty: none, ever.
    std::string Take(const Message& message) {
        const std::size_t begin = message.head.find(' ') + 1;
        const std::string_view path = message.head.substr(begin, message.head.find(' ', begin) - begin);
        if (path == "/hang") return {};
        if (path == "/stats") return Answer(Stats());
        if (path == "/latencies") return Answer(Latencies());
        if (path.starts_with("/reset/")) {
            run_ = ParseNumber<std::uint32_t>(path.substr(7)).value_or(0);
            for (auto& arrivals : destinations_) arrivals = std::make_unique<Arrivals>();
        } else {
            Count(*destinations_[ParseNumber<std::size_t>(path.substr(1)).value_or(0) % destinations_.size()], message);
        }
        return "HTTP/1.1 204 No Content\r\n\r\n";
    }

private:
    void Count(Arrivals& arrivals, const Message& message) {
        ++arrivals.requests;
        const std::int64_t now = NowNs();
        const std::string_view id = Header(message.head, "ce-id");
        if (!id.empty()) return CountOne(arrivals, id, message.body, 0, now);
        for (std::size_t at = message.body.find(R"("id":")"); at != std::string_view::npos;
             at = message.body.find(R"("id":")", at)) {
            at += 6;
            CountOne(arrivals, message.body.substr(at, 16), message.body, at, now);
        }
    }

    void CountOne(Arrivals& arrivals, std::string_view id, std::string_view body, std::size_t from,
                  std::int64_t now) const {
        if (id.size() != 16 || ParseNumber<std::uint32_t>(id.substr(0, 8), 16) != run_) return;
        const auto number = ParseNumber<std::uint32_t>(id.substr(8), 16);
        if (!number) return;
        const std::size_t sent = body.find(R"("sent":")", from);
        arrivals.Add(
            *number,
            sent == std::string_view::npos ? 0 : ParseNumber<std::int64_t>(body.substr(sent + 8, 19)).value_or(0), now);
    }

    std::string Stats() const {
        std::string json = "{";
        for (std::size_t i = 0; i < destinations_.size(); ++i) {
            if (destinations_[i]->requests == 0) continue;
            json += (json.size() > 1 ? ",\"" : "\"") + std::to_string(i) + "\":" + destinations_[i]->Json();
        }
        return json + "}";
    }

    std::string Latencies() const {
        Histogram all;
        for (const auto& arrivals : destinations_) all.Add(arrivals->latencies());
        return "{" + all.Json() + "}";
    }

    static std::string Answer(const std::string& json) {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) +
               "\r\n\r\n" + json;
    }

    std::uint32_t run_ = 0;
    std::array<std::unique_ptr<Arrivals>, 16> destinations_ = [] {
        std::array<std::unique_ptr<Arrivals>, 16> made;
        for (auto& arrivals : made) arrivals = std::make_unique<Arrivals>();
        return made;
    }();
};

struct Connection {
    int fd;
    std::string received;
};

// False: it is to be closed.
bool Serve(Connection& connection, Sink& sink) {
    char bytes[262144];
    const ssize_t count = read(connection.fd, bytes, sizeof bytes);
    if (count < 0 && errno == EAGAIN) return true;
    if (count <= 0) return false;
    connection.received.append(bytes, static_cast<std::size_t>(count));
    std::size_t taken = 0;
    std::string answers;
    while (const auto message = TakeMessage(std::string_view(connection.received).substr(taken), false)) {
        answers += sink.Take(*message);
        taken += message->size;
    }
    connection.received.erase(0, taken);
    return send(connection.fd, answers.data(), answers.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(answers.size());
}

int Listen(const char* port) {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener, reinterpret_cast<const sockaddr*>(&address), size) != 0 || listen(listener, 4096) != 0 ||
        getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        std::fprintf(stderr, "http_sink: port %s: %s\n", port, std::strerror(errno));
        std::exit(1);
    }
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    return listener;
}

void Accept(int listener, int epoll) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = new Connection{fd, {}}}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

[[noreturn]] void Run(int listener) {
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    epoll_event listening{.events = EPOLLIN, .data = {.ptr = nullptr}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &listening);
    Sink sink;
    while (true) {
        epoll_event events[256];
        const int count = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < count; ++i) {
            if (!events[i].data.ptr) {
                Accept(listener, epoll);
                continue;
            }
            auto* const connection = static_cast<Connection*>(events[i].data.ptr);
            if (Serve(*connection, sink)) continue;
            close(connection->fd);
            delete connection;
        }
    }
}

}  // namespace
}  // namespace fanfare::bench

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: http_sink PORT\n");
        return 64;
    }
    fanfare::bench::Run(fanfare::bench::Listen(argv[1]));
}
