// A place that connections are begun to and never made: its queue is full, so the system drops what comes.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

namespace fanfare::http_client {

class DeafListener {
public:
    explicit DeafListener(const std::string& address, int port = 0) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(port));
        ::inet_pton(AF_INET, address.c_str(), &to.sin_addr);
        socklen_t size = sizeof to;
        EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&to), size), 0);
        EXPECT_EQ(::listen(listener_, 0), 0);
        EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&to), &size), 0);
        port_ = ntohs(to.sin_port);
        for (int& filler : fillers_) {
            filler = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            if (::connect(filler, reinterpret_cast<sockaddr*>(&to), size) != 0) {
                EXPECT_EQ(errno, EINPROGRESS);
            }
        }
    }
    ~DeafListener() {
        for (const int filler : fillers_) ::close(filler);
        ::close(listener_);
    }
    DeafListener(const DeafListener&) = delete;
    DeafListener& operator=(const DeafListener&) = delete;

    int port() const { return port_; }

private:
    int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int port_ = 0;
    std::array<int, 3> fillers_{};
};

}  // namespace fanfare::http_client
