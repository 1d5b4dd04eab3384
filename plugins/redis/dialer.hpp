// Finds a server that takes writes: one candidate after the other, or the master that a Sentinel names.
//
// Threads: one. Never waits.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <fanfare/host.hpp>

#include "link.hpp"
#include "options.hpp"

namespace fanfare::plugins::redis {

class Dialer {
public:
    // Begins with candidate number `first` and tries each once. Not empty; `options` and `candidates` outlive it.
    Dialer(const Options& options, const Config& config, const std::vector<Endpoint>& candidates, std::size_t first,
           Deadline now);

    const Link& link() const { return *link_; }
    void Advance(short events, Deadline now);

    // The connection, once: null before it is ready.
    std::unique_ptr<Link> Take();
    bool has_failed() const { return failed_; }
    // Why, of every candidate.
    const std::string& fault() const { return fault_; }
    // The same, if there were no more time.
    std::string fault_by_now() const;

private:
    void Try(Deadline now);
    bool GoesOn(Deadline now);
    void Note(const std::string& fault);

    const Options& options_;
    const Config config_;
    const std::vector<Endpoint>& candidates_;
    const std::size_t first_;
    std::size_t tried_ = 0;
    bool asks_sentinel_ = false;
    Endpoint master_;
    std::unique_ptr<Link> link_;
    bool failed_ = false;
    std::string fault_;
};

}  // namespace fanfare::plugins::redis
