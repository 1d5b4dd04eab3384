// A receiver for tests that does exactly what a test tells it, byte by byte: the independent party that says what came
// over the wire. Listens on a free loopback port (or a Unix socket); every connection runs the script on a thread of its own.
//
//   ScriptedServer server([](ServerConnection& c) {
//       while (c.Read()) c.Send("HTTP/1.1 204 No Content\r\n\r\n");
//   });
//
// Threads: the script runs on the server's threads; everything else is safe from every thread. The end of the server ends
// all connections and waits for their scripts, so a script must return when Read, Send or Hold say that it is over.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace fanfare::tests {

struct ReceivedRequest {
    int connection = 0;  // from 1, in order of accept
    std::string head;    // request line and headers with their line ends, without the empty line
    std::string body;

    std::string Line() const { return head.substr(0, head.find("\r\n")); }

    // The values of every header of this name, in order.
    std::vector<std::string> Headers(std::string_view name) const {
        std::vector<std::string> values;
        for (std::size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at)) {
            at += 2;
            const std::string line = head.substr(at, head.find("\r\n", at) - at);
            const std::size_t colon = line.find(':');
            if (colon != name.size() || !std::equal(name.begin(), name.end(), line.begin(), [](char a, char b) {
                    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
                }))
                continue;
            const std::size_t from = line.find_first_not_of(' ', colon + 1);
            values.push_back(from == std::string::npos ? "" : line.substr(from));
        }
        return values;
    }

    // The value of the one header of this name; "" if there is none.
    std::string Header(std::string_view name) const {
        const std::vector<std::string> values = Headers(name);
        return values.empty() ? "" : values.front();
    }
};

class ScriptedServer;

class ServerConnection {
public:
    int number() const { return number_; }

    // The next whole request (Content-Length bodies). nullopt when the client went away before one was complete.
    std::optional<ReceivedRequest> Read();
    // The next line, without its line end. nullopt when the client went away before one was complete.
    std::optional<std::string> ReadLine();
    // Appends what comes next, for protocols that are not HTTP. False when the client went away.
    bool Receive(std::string& bytes);
    // Reads `bytes` bytes as they come and forgets them. False when the client went away.
    bool Skip(std::size_t bytes);
    // False when the client went away.
    bool Send(std::string_view bytes);
    // True after ScriptedServer::Release, false when the server ends.
    bool Hold();
    // As Hold, for at most `time`: to drip. False when the server ends.
    bool Pause(std::chrono::milliseconds time);
    // Ends the connection with a RST.
    void Reset();
    // Ends the connection in order, after what was sent.
    void Close();

private:
    friend class ScriptedServer;
    ServerConnection(ScriptedServer& server, int fd, int number) : server_(server), fd_(fd), number_(number) {}
    bool Fill();

    ScriptedServer& server_;
    int fd_;
    int number_;
    std::string buffer_;
};

class ScriptedServer {
public:
    using Script = std::function<void(ServerConnection&)>;

    explicit ScriptedServer(Script script, const std::string& unix_path = {}) : script_(std::move(script)) {
        if (unix_path.empty())
            ListenTcp();
        else
            ListenUnix(unix_path);
        acceptor_ = std::thread([this] { Accept(); });
    }

    ~ScriptedServer() {
        {
            const std::lock_guard lock(mutex_);
            over_ = true;
            for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
        }
        changed_.notify_all();
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        for (std::thread& thread : threads_) thread.join();
        ::close(listener_);
    }
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    int port() const { return port_; }
    std::string Url(const std::string& path = "/") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

    int connections() const {
        const std::lock_guard lock(mutex_);
        return connections_;
    }
    std::vector<ReceivedRequest> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    std::vector<ReceivedRequest> WaitForRequests(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return requests_.size() >= count; });
        return requests_;
    }

    // Lets every Hold, now and later, go on.
    void Release() {
        {
            const std::lock_guard lock(mutex_);
            released_ = true;
        }
        changed_.notify_all();
    }

private:
    friend class ServerConnection;

    static void Must(bool ok, const char* what) {
        if (ok) return;
        std::perror(what);
        std::abort();
    }

    void ListenTcp() {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        Must(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
        Must(::listen(listener_, 4096) == 0, "listen");
        Must(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
        port_ = ntohs(address.sin_port);
    }

    void ListenUnix(const std::string& path) {
        listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        Must(path.size() < sizeof address.sun_path, "path");
        path.copy(address.sun_path, path.size());
        Must(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "bind");
        Must(::listen(listener_, 4096) == 0, "listen");
    }

    void Accept() {
        while (true) {
            const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            const std::lock_guard lock(mutex_);
            if (fd < 0 || over_) {
                if (fd >= 0) ::close(fd);
                if (over_) return;
                continue;
            }
            open_.push_back(fd);
            threads_.emplace_back([this, fd, number = ++connections_] { Serve(fd, number); });
        }
    }

    void Serve(int fd, int number) {
        ServerConnection connection(*this, fd, number);
        script_(connection);
        connection.Close();
    }

    bool Wait(std::optional<std::chrono::milliseconds> time) {
        std::unique_lock lock(mutex_);
        if (time)
            changed_.wait_for(lock, *time, [this] { return over_; });
        else
            changed_.wait(lock, [this] { return over_ || released_; });
        return !over_;
    }

    void Note(const ReceivedRequest& request) {
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
        }
        changed_.notify_all();
    }

    void CloseSocket(int fd) {
        const std::lock_guard lock(mutex_);
        std::erase(open_, fd);
        ::close(fd);
    }

    Script script_;
    int listener_ = -1;
    int port_ = 0;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool over_ = false;
    bool released_ = false;
    int connections_ = 0;
    std::vector<int> open_;
    std::vector<ReceivedRequest> requests_;
    std::list<std::thread> threads_;
    std::thread acceptor_;
};

inline bool ServerConnection::Fill() {
    char bytes[16384];
    const ssize_t got = fd_ < 0 ? 0 : ::recv(fd_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
}

inline std::optional<ReceivedRequest> ServerConnection::Read() {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
        if (!Fill()) return std::nullopt;
    }
    ReceivedRequest request{number_, buffer_.substr(0, end + 2), {}};
    buffer_.erase(0, end + 4);
    const std::size_t length = std::strtoul(request.Header("content-length").c_str(), nullptr, 10);
    while (buffer_.size() < length) {
        if (!Fill()) return std::nullopt;
    }
    request.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    server_.Note(request);
    return request;
}

inline std::optional<std::string> ServerConnection::ReadLine() {
    std::size_t end = 0;
    while ((end = buffer_.find('\n')) == std::string::npos) {
        if (!Fill()) return std::nullopt;
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

inline bool ServerConnection::Receive(std::string& bytes) {
    if (buffer_.empty() && !Fill()) return false;
    bytes += buffer_;
    buffer_.clear();
    return true;
}

inline bool ServerConnection::Skip(std::size_t bytes) {
    while (buffer_.size() < bytes) {
        if (!Fill()) return false;
    }
    buffer_.erase(0, bytes);
    return true;
}

inline bool ServerConnection::Send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = fd_ < 0 ? -1 : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

inline bool ServerConnection::Hold() { return server_.Wait(std::nullopt); }

inline bool ServerConnection::Pause(std::chrono::milliseconds time) { return server_.Wait(time); }

inline void ServerConnection::Reset() {
    if (fd_ < 0) return;
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    Close();
}

inline void ServerConnection::Close() {
    if (fd_ < 0) return;
    server_.CloseSocket(fd_);
    fd_ = -1;
}

}  // namespace fanfare::tests
