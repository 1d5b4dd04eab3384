// A load of events over HTTP: one thread, N connections, one request at a time on each.
//
//   http_load HOST:PORT PATH [--connections N] [--batch N] [--bytes N] [--events N | --seconds S] [--rate N] [--run N]
//
// Without --rate the loop is closed: each answer is followed by the next request; that measures what a server can take.
// With --rate (events a second) it is open: every request has its time beforehand, whatever became of those before, and
// its latency counts from that time, also if no connection was free then. A server that stalls is charged for all that
// waited (no coordinated omission).
// --bytes: of one event. --run: a number below 2^32, the first half of all ids, by which http_sink tells loads apart.
// Each event is a CloudEvent in structured mode, or --batch of them in batched mode, with an id of its own and, in its
// data, the time when it was to be sent. Prints one line of JSON. Exits with 1 if there was no answer for 30 s.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "histogram.hpp"
#include "http_message.hpp"

namespace fanfare::bench {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

struct Options {
    std::string address;
    std::string path;
    std::size_t connections = 64;
    std::size_t batch = 1;
    std::size_t bytes = 594;
    std::uint64_t events = std::numeric_limits<std::uint64_t>::max();
    double seconds = 0;
    double rate = 0;
    std::uint32_t run = 1;
};

[[noreturn]] void Die(const std::string& what, int status = 1) {
    std::fprintf(stderr, "http_load: %s\n", what.c_str());
    std::exit(status);
}

Options Parse(int argc, char** argv) {
    if (argc < 3 || argc % 2 == 0)
        Die("usage: http_load HOST:PORT PATH [--connections N] [--batch N] [--bytes N] [--events N | --seconds S] "
            "[--rate N] "
            "[--run N]",
            64);
    Options options;
    options.address = argv[1];
    options.path = argv[2];
    for (int i = 3; i < argc; i += 2) {
        const std::string name = argv[i];
        const double value = std::atof(argv[i + 1]);
        if (name == "--connections")
            options.connections = static_cast<std::size_t>(value);
        else if (name == "--batch")
            options.batch = static_cast<std::size_t>(value);
        else if (name == "--bytes")
            options.bytes = static_cast<std::size_t>(value);
        else if (name == "--events")
            options.events = static_cast<std::uint64_t>(value);
        else if (name == "--seconds")
            options.seconds = value;
        else if (name == "--rate")
            options.rate = value;
        else if (name == "--run")
            options.run = static_cast<std::uint32_t>(value);
        else
            Die("no option " + name, 64);
    }
    if (options.seconds == 0 && options.events == std::numeric_limits<std::uint64_t>::max())
        Die("say --events or --seconds", 64);
    if (options.connections == 0 || options.batch == 0) Die("--connections and --batch are at least 1", 64);
    return options;
}

// The bytes of a request. What differs from one to the next is written over in place; the filling of a single event,
// which may be long, is shared by all connections.
class Template {
public:
    Template(const Options& options) : run_(options.run) {
        const std::string begin =
            R"({"specversion":"1.0","id":"0000000000000000","source":"/bench","type":"bench.event",)"
            R"("datacontenttype":"application/json","data":{"sent":"0000000000000000000","fill":")";
        const std::string end = R"("}})";
        const std::size_t framing = begin.size() + end.size();
        if (options.bytes < framing) Die("--bytes is at least " + std::to_string(framing), 64);
        const std::string filled = std::string(options.bytes - framing, 'x') + end;
        const bool batched = options.batch > 1;
        std::string body = batched ? "[" : begin;
        for (std::size_t i = 0; batched && i < options.batch; ++i) body += (i ? "," : "") + begin + filled;
        if (batched) body += "]";
        shared_ = batched ? "" : filled;
        own_ = "POST " + options.path + " HTTP/1.1\r\nHost: " + options.address +
               "\r\nContent-Type: application/cloudevents" + (batched ? "-batch" : "") +
               "+json\r\nContent-Length: " + std::to_string(body.size() + shared_.size()) + "\r\n\r\n";
        const std::size_t head = own_.size();
        own_ += body;
        for (std::size_t at = own_.find(R"("id":")", head); at != std::string::npos;
             at = own_.find(R"("id":")", at + 1)) {
            places_.push_back({at + 6, own_.find(R"("sent":")", at) + 8});
        }
    }

    const std::string& own() const { return own_; }
    const std::string& shared() const { return shared_; }

    void Fill(std::string& request, std::uint64_t first_event, std::int64_t sent_ns) const {
        char text[40];
        for (const Place& place : places_) {
            std::snprintf(text, sizeof text, "%08x%08x", run_, static_cast<std::uint32_t>(first_event++));
            request.replace(place.id, 16, text);
            std::snprintf(text, sizeof text, "%019ld", sent_ns);
            request.replace(place.sent, 19, text);
        }
    }

private:
    struct Place {
        std::size_t id;
        std::size_t sent;
    };
    std::uint32_t run_;
    std::string own_;
    std::string shared_;
    std::vector<Place> places_;
};

struct Connection {
    int fd = -1;
    bool busy = false;
    bool wants_to_write = false;
    std::int64_t intended = 0;
    std::size_t written = 0;
    std::string request;
    std::string answer;
};

class Load {
public:
    explicit Load(const Options& options)
        : options_(options), template_(options), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
        const std::size_t colon = options.address.rfind(':');
        address_.sin_family = AF_INET;
        address_.sin_port = htons(static_cast<std::uint16_t>(std::atoi(options.address.c_str() + colon + 1)));
        if (colon == std::string::npos ||
            inet_pton(AF_INET, options.address.substr(0, colon).c_str(), &address_.sin_addr) != 1)
            Die("an address is IPv4:PORT, not " + options.address, 64);
        connections_.resize(options.connections);
        for (Connection& connection : connections_) {
            Open(connection);
            connection.request = template_.own();
            idle_.push_back(&connection);
        }
    }

    void Run() {
        start_ = last_answer_ = NowNs();
        interval_ = options_.rate > 0 ? static_cast<double>(options_.batch) * 1e9 / options_.rate : 0;
        end_ = options_.seconds > 0 ? start_ + static_cast<std::int64_t>(options_.seconds * 1e9)
                                    : std::numeric_limits<std::int64_t>::max();
        while (true) {
            SendWhatIsDue();
            if (idle_.size() == connections_.size() && IsOver()) return;
            const std::int64_t now = NowNs();
            if (now - std::max(last_answer_, last_sent_) > 30 * kSecond) Die("no answer for 30 s", 1);
            Wait(now);
        }
    }

    void Print() const {
        rusage used{};
        getrusage(RUSAGE_SELF, &used);
        const auto seconds = [](const timeval& t) {
            return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
        };
        const double took = static_cast<double>(last_answer_ - start_) / 1e9;
        std::printf(
            R"({"events":%lu,"requests":%lu,"seconds":%.6f,"start_ns":%ld,"busy":%.3f,"broken":%lu,"refused":{)",
            accepted_ * options_.batch, accepted_, took, start_,
            (seconds(used.ru_utime) + seconds(used.ru_stime)) / took, broken_);
        const char* comma = "";
        for (const auto& [status, count] : refused_) {
            std::printf(R"(%s"%d":%lu)", comma, status, count);
            comma = ",";
        }
        std::printf("},%s}\n", latencies_.Json().c_str());
    }

private:
    void Open(Connection& connection) {
        connection.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(connection.fd, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0)
            Die("connect to " + options_.address + ": " + std::strerror(errno));
        const int one = 1;
        setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        fcntl(connection.fd, F_SETFL, O_NONBLOCK);
        epoll_event event{.events = EPOLLIN, .data = {.ptr = &connection}};
        epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
    }

    bool IsOver() const { return sent_ * options_.batch >= options_.events || NextDue() >= end_; }
    std::int64_t NextDue() const {
        return interval_ > 0 ? start_ + static_cast<std::int64_t>(interval_ * static_cast<double>(sent_)) : NowNs();
    }

    void SendWhatIsDue() {
        while (!idle_.empty() && !IsOver()) {
            const std::int64_t due = NextDue();
            if (interval_ > 0 && due > NowNs()) return;
            Connection& connection = *idle_.back();
            idle_.pop_back();
            connection.busy = true;
            connection.intended = due;
            connection.written = 0;
            template_.Fill(connection.request, sent_ * options_.batch, due);
            ++sent_;
            last_sent_ = NowNs();
            Write(connection);
        }
    }

    void Write(Connection& connection) {
        const std::string& shared = template_.shared();
        const std::size_t total = connection.request.size() + shared.size();
        while (connection.written < total) {
            const std::size_t own = std::min(connection.written, connection.request.size());
            const std::size_t rest = connection.written - own;
            iovec parts[] = {{connection.request.data() + own, connection.request.size() - own},
                             {const_cast<char*>(shared.data()) + rest, shared.size() - rest}};
            const ssize_t count = writev(connection.fd, parts, 2);
            if (count < 0 && errno == EAGAIN) return Watch(connection, true);
            if (count < 0) return Reopen(connection);
            connection.written += static_cast<std::size_t>(count);
        }
        if (connection.wants_to_write) Watch(connection, false);
    }

    void Watch(Connection& connection, bool writing) {
        connection.wants_to_write = writing;
        epoll_event event{.events = EPOLLIN | (writing ? EPOLLOUT : 0u), .data = {.ptr = &connection}};
        epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd, &event);
    }

    // The request on it counts as broken and is not repeated.
    void Reopen(Connection& connection) {
        close(connection.fd);
        if (connection.busy) {
            ++broken_;
            idle_.push_back(&connection);
        }
        connection.busy = connection.wants_to_write = false;
        connection.answer.clear();
        Open(connection);
    }

    void Wait(std::int64_t now) {
        const std::int64_t due = interval_ > 0 && !idle_.empty() && !IsOver() ? NextDue() - now : kSecond;
        const std::int64_t patience = std::clamp<std::int64_t>(due, 0, kSecond);
        const timespec timeout{patience / kSecond, patience % kSecond};
        epoll_event events[256];
        const int count = epoll_pwait2(epoll_, events, 256, &timeout, nullptr);
        for (int i = 0; i < count; ++i) {
            auto& connection = *static_cast<Connection*>(events[i].data.ptr);
            if (events[i].events & EPOLLOUT) Write(connection);
            if (events[i].events & ~EPOLLOUT) Read(connection);
        }
    }

    void Read(Connection& connection) {
        char bytes[65536];
        const ssize_t count = read(connection.fd, bytes, sizeof bytes);
        if (count < 0 && errno == EAGAIN) return;
        if (count <= 0) return Reopen(connection);
        connection.answer.append(bytes, static_cast<std::size_t>(count));
        const int status = connection.answer.size() >= 12 ? std::atoi(connection.answer.c_str() + 9) : 0;
        const auto message = TakeMessage(connection.answer, status == 204 || status == 304);
        if (!message) return;
        const bool closes = Header(message->head, "connection") == "close";
        Answered(connection, status);
        connection.answer.erase(0, message->size);
        if (closes) Reopen(connection);
    }

    void Answered(Connection& connection, int status) {
        last_answer_ = NowNs();
        latencies_.Add(last_answer_ - connection.intended);
        if (status / 100 == 2)
            ++accepted_;
        else
            ++refused_[status];
        connection.busy = false;
        idle_.push_back(&connection);
    }

    const Options options_;
    const Template template_;
    const int epoll_;
    sockaddr_in address_{};
    std::vector<Connection> connections_;
    std::vector<Connection*> idle_;
    double interval_ = 0;  // nanoseconds between two requests of an open loop
    std::int64_t start_ = 0;
    std::int64_t end_ = 0;
    std::int64_t last_sent_ = 0;
    std::int64_t last_answer_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t accepted_ = 0;
    std::uint64_t broken_ = 0;
    std::map<int, std::uint64_t> refused_;
    Histogram latencies_;
};

}  // namespace
}  // namespace fanfare::bench

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    fanfare::bench::Load load(fanfare::bench::Parse(argc, argv));
    load.Run();
    load.Print();
}
