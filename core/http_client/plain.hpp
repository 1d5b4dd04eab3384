// HTTP/1.1 over TCP without TLS and proxy, for one Settings: the requests that need nothing of libcurl. They go the
// same way and end the same way as those that do, for less than half of the processor time; libcurl sets up each request anew
// and looks at every open connection of the host for it.
//
// Kept connections are watched while they are idle, so one that the far side closed is mostly gone before it is used.
// A request that dies on one without a line of an answer is sent once more, on a new connection (client.hpp).
//
// Threads: one. Source: RFC 9112, sections 9.3 and 9.5.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "http_client/answer.hpp"
#include "http_client/answer_reader.hpp"
#include "http_client/check.hpp"
#include "http_client/dial.hpp"
#include "http_client/line.hpp"
#include "http_client/settings.hpp"
#include "http_client/waiting.hpp"

namespace fanfare::http_client {

// A request under way.
struct Job {
    Waiting waiting;
    Target target;
    base::Secret authorization;
    std::vector<std::string> addresses;
    std::chrono::milliseconds left{};  // the time it had
    base::SteadyTime connect_until;    // while it has a dial

    std::string head;
    std::size_t sent = 0;  // of head and body
    int send_error = 0;    // errno
    int sends = 0;
    bool on_kept_line = false;
    std::unique_ptr<Line> line;  // as soon as it is connected
    std::unique_ptr<Dial> dial;  // until then
    Answer answer;
    AnswerReader reader;
    std::size_t slot = 0;

    std::size_t size() const { return head.size() + waiting.request.body.size(); }
    bool is_sent() const { return sent == size(); }
};

class Plain final : public Line::Owner {
public:
    // What is borrowed outlives it.
    Plain(const Settings& settings, const std::string& user_agent, Sockets& sockets)
        : settings_(settings), user_agent_(user_agent), sockets_(sockets) {}

    // Whether a request to there may be given to Begin.
    bool Carries(const Target& target) const;
    // addresses: of the target's host, if it is a name that needs a lookup.
    void Begin(Waiting waiting, Target target, std::vector<std::string> addresses, std::chrono::milliseconds left,
               base::Secret authorization);

    void OnTimer(base::SteadyTime now);  // if it is due
    std::optional<base::SteadyTime> due() const { return due_; }

    using Ended = std::function<void(Waiting, const base::Secret& authorization, Response)>;
    // Hands over what has ended.
    void Collect(const Ended& ended);
    // Of all requests under way, without a response.
    std::vector<Done> GiveUp();

    std::size_t running() const { return jobs_.size() + over_.size(); }
    // Since when its kept connection that has been idle for longest is so.
    std::optional<base::SteadyTime> idle_since() const;
    // Closes that one.
    void CloseIdle();

private:
    struct Over {
        std::unique_ptr<Job> job;
        Response response;
    };
    using Lines = std::vector<std::unique_ptr<Line>>;  // of one host; the last was used last

    void OnLine(Line& line, std::uint32_t events) override;
    std::unique_ptr<Line> TakeKept(const std::string& host, base::SteadyTime now);
    void Drop(const Line& idle);
    const Lines* LongestIdle() const;
    void Prune(base::SteadyTime now);

    void Connect(Job& job, base::SteadyTime now);
    void AfterDial(Job& job, Dial::State state);
    void Send(Job& job);
    void Write(Job& job);
    void Read(Job& job);
    void TakeBytes(Job& job, std::string_view bytes);
    void TakeEnd(Job& job);
    void Broke(Job& job, CURLcode result, int system_error);
    void Finish(Job& job, CURLcode result, int system_error = 0);
    void Keep(std::unique_ptr<Line> line);
    void CheckTime(Job& job, base::SteadyTime now);
    void NoteDue(base::SteadyTime time);
    void NoteDue(const Job& job);

    const Settings& settings_;
    const std::string& user_agent_;
    Sockets& sockets_;
    std::optional<base::SteadyTime> due_;  // not later than the first of jobs_
    std::unordered_map<std::string, Lines> idle_;
    base::SteadyTime next_prune_{};
    std::vector<std::unique_ptr<Job>> jobs_;
    std::vector<Over> over_;
    std::vector<std::unique_ptr<Job>> spare_;  // for their memory
};

}  // namespace fanfare::http_client
