// One TCP connection of Plain, from connect to close.
//
// Owns its socket. Threads: one.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "http_client/endpoint.hpp"
#include "http_client/sockets.hpp"

namespace fanfare::http_client {

struct Job;

class Line final : public Watcher {
public:
    class Owner {
    public:
        virtual ~Owner() = default;
        // May destroy the line.
        virtual void OnLine(Line& line, std::uint32_t events) = 0;
    };

    Line(Sockets& sockets, Owner& owner, std::string host) : sockets_(sockets), owner_(owner), host_(std::move(host)) {}
    ~Line() override;
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    // Begins to connect. 0, or an errno.
    int Connect(const Endpoint& to);
    // What has come of that. 0: it is connected; EINPROGRESS: nothing yet.
    int Progress();

    void Want(std::uint32_t events) { sockets_.Want(fd_, events, this); }
    void OnSocket(int, std::uint32_t events) override { owner_.OnLine(*this, events); }

    int fd() const { return fd_; }
    const std::string& host() const { return host_; }      // "name:port"
    const std::string& remote() const { return remote_; }  // the address, as RemoteName writes it
    Job* job() const { return job_; }                      // nullptr: it is idle
    void set_job(Job* job) { job_ = job; }
    base::SteadyTime idle_since() const { return idle_since_; }
    void set_idle_since(base::SteadyTime time) { idle_since_ = time; }
    // Not to be used for another request: idle or alive for too long.
    bool IsStale(base::SteadyTime now) const;
    // Not to be used either: the far side closed it, or said what nobody asked for (a 408, say), since it was last
    // waited for.
    bool HasWord() const;

private:
    Sockets& sockets_;
    Owner& owner_;
    const std::string host_;
    std::string remote_;
    int fd_ = -1;
    Job* job_ = nullptr;
    base::SteadyTime opened_{};
    base::SteadyTime idle_since_{};
};

}  // namespace fanfare::http_client
