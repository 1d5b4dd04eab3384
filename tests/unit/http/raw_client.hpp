// A client that sends exactly the bytes it is told to, and a handler that tells what it saw.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/server.hpp"

namespace fanfare::http {

struct Answer {
    int status = 0;  // 0: the connection ended without one
    std::string head;
    std::string body;
    bool Says(const std::string& text) const { return head.find(text) != std::string::npos; }
};

class RawClient {
public:
    // As Server::address() says it.
    explicit RawClient(const std::string& address) {
        if (address.rfind("unix:", 0) == 0) {
            sockaddr_un to{};
            to.sun_family = AF_UNIX;
            std::strncpy(to.sun_path, address.c_str() + 5, sizeof to.sun_path - 1);
            Connect(AF_UNIX, reinterpret_cast<sockaddr*>(&to), sizeof to);
        } else if (address.front() == '[') {
            sockaddr_in6 to{};
            to.sin6_family = AF_INET6;
            to.sin6_addr = in6addr_loopback;
            to.sin6_port = htons(PortOf(address));
            Connect(AF_INET6, reinterpret_cast<sockaddr*>(&to), sizeof to);
        } else {
            sockaddr_in to{};
            to.sin_family = AF_INET;
            to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            to.sin_port = htons(PortOf(address));
            Connect(AF_INET, reinterpret_cast<sockaddr*>(&to), sizeof to);
        }
    }
    RawClient(RawClient&& other) noexcept
        : socket_(std::exchange(other.socket_, -1)), connected_(other.connected_), read_(std::move(other.read_)) {}
    virtual ~RawClient() { Close(); }

    bool connected() const { return connected_; }
    void Close() {
        if (socket_ >= 0) close(std::exchange(socket_, -1));
    }
    // Ends with RST instead of FIN.
    void Reset() {
        const linger hard{1, 0};
        setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        Close();
    }
    void EndSending() { shutdown(socket_, SHUT_WR); }
    // True if the server cuts the connection while the client reads nothing.
    bool AwaitsHangUp() {
        pollfd waited{socket_, 0, 0};
        return poll(&waited, 1, 20'000) == 1 && (waited.revents & (POLLHUP | POLLERR));
    }

    // False if the server no longer takes them.
    bool Send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = Put(bytes.data(), bytes.size());
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    Answer Read(bool to_head = false) {
        Answer answer;
        std::size_t end;
        while ((end = read_.find("\r\n\r\n")) == std::string::npos) {
            if (!More()) return answer;
        }
        answer.head = read_.substr(0, end + 4);
        answer.status = std::stoi(answer.head.substr(9, 3));
        read_.erase(0, end + 4);
        const std::size_t length = answer.head.find("Content-Length: ");
        if (to_head || length == std::string::npos) return answer;
        const std::size_t size = std::stoul(answer.head.substr(length + 16));
        while (read_.size() < size && More()) {
        }
        answer.body = read_.substr(0, size);
        read_.erase(0, answer.body.size());
        return answer;
    }
    Answer Ask(std::string_view bytes) {
        Send(bytes);
        return Read();
    }
    // What comes next; empty if the server has ended the connection.
    std::string ReadSome() {
        if (read_.empty()) More();
        return std::exchange(read_, {});
    }
    // Everything until the server closes.
    std::string ReadAll() {
        while (More()) {
        }
        return std::exchange(read_, {});
    }
    // True if the server has ended the connection and sent nothing (more) before.
    bool IsClosed() { return ReadAll().empty() && closed_; }
    // True if it ended with FIN, not with RST.
    bool IsEndedInPeace() { return ReadAll().empty() && closed_ && !reset_; }

protected:
    int descriptor() const { return socket_; }
    virtual ssize_t Put(const char* bytes, std::size_t size) { return send(socket_, bytes, size, MSG_NOSIGNAL); }
    virtual ssize_t Get(char* bytes, std::size_t room) { return recv(socket_, bytes, room, 0); }

private:
    static std::uint16_t PortOf(const std::string& address) {
        return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    }
    void Connect(int family, const sockaddr* to, socklen_t size) {
        socket_ = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const timeval patience{20, 0};  // only a server that has failed makes anyone wait so long
        setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        connected_ = connect(socket_, to, size) == 0;
    }
    bool More() {
        char bytes[16384];
        const ssize_t count = Get(bytes, sizeof bytes);
        if (count > 0) read_.append(bytes, static_cast<std::size_t>(count));
        closed_ = count == 0 || (count < 0 && errno != EAGAIN);
        reset_ = count < 0;
        return count > 0;
    }

    int socket_ = -1;
    bool connected_ = false;
    bool closed_ = false;
    bool reset_ = false;
    std::string read_;
};

// Answers "METHOD path body" at once, or keeps the exchange when told to.
class TestHandler : public Handler {
public:
    std::optional<Response> OnHead(const RequestHead& head) override {
        const std::lock_guard lock(mutex_);
        heads_.emplace_back(head.path);
        changed_.notify_all();
        if (head.path == "/forbidden") return Problem(403, "Forbidden", "Not this one.");
        return std::nullopt;
    }
    void OnRequest(const Request& request, Exchange exchange) override {
        std::unique_lock lock(mutex_);
        seen_.emplace_back(std::string(request.head.path) + " " + std::string(request.body));
        if (request.head.path.substr(0, 5) == "/hold") {
            held_.push_back({request.body, std::move(exchange)});
            changed_.notify_all();
            return;
        }
        changed_.notify_all();
        lock.unlock();
        if (on_request) return on_request(request, std::move(exchange));
        exchange.Respond(Echo(request));
    }
    static Response Echo(const Request& request) {
        Response response;
        response.content_type = "text/plain";
        response.body =
            std::string(request.head.method) + " " + std::string(request.head.path) + " " + std::string(request.body);
        return response;
    }

    std::function<void(const Request&, Exchange)> on_request;  // set before the server starts

    std::vector<std::string> seen() {
        const std::lock_guard lock(mutex_);
        return seen_;
    }
    // False if there are not that many after a time in which there should be.
    bool AwaitHeads(std::size_t count) {
        return Await([&] { return heads_.size() >= count; });
    }
    bool AwaitHeld(std::size_t count) {
        return Await([&] { return held_.size() >= count; });
    }
    struct Held {
        std::string_view body;
        Exchange exchange;
    };
    std::vector<Held> TakeHeld() {
        const std::lock_guard lock(mutex_);
        return std::exchange(held_, {});
    }

private:
    template <class Condition>
    bool Await(Condition condition) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20), condition);
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> heads_;
    std::vector<std::string> seen_;
    std::vector<Held> held_;
};

struct TestServer {
    explicit TestServer(Limits limits = {}, std::size_t threads = 2, std::string address = "127.0.0.1:0",
                        std::function<void(const Request&, Exchange)> on_request = {}, std::shared_ptr<const Tls> tls = nullptr) {
        handler.on_request = std::move(on_request);
        server = *Server::Open(std::move(address), limits, handler, threads, std::move(tls));
        server->Start();
    }
    ~TestServer() { server->Stop(std::chrono::milliseconds(0)); }
    RawClient Connect() { return RawClient(server->address()); }

    TestHandler handler;
    std::unique_ptr<Server> server;
};

inline Response TextResponse(std::string text) {
    Response response;
    response.content_type = "text/plain";
    response.body = std::move(text);
    return response;
}

}  // namespace fanfare::http
