// The connections of the client, by whose they are: one pool for each Settings that requests come with.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "http_client/exchange.hpp"
#include "http_client/plain.hpp"
#include "http_client/settings.hpp"
#include "http_client/shard.hpp"
#include "http_client/token.hpp"
#include "http_client/waiting.hpp"

namespace fanfare::http_client {

class Pool {
public:
    // shards: over how many the targets are spread. max_connections: how many each of them keeps. `sockets` outlives
    // it.
    Pool(std::shared_ptr<const Settings> settings, const std::string& user_agent, Sockets& sockets, std::size_t shards,
         long max_connections);
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    const std::shared_ptr<const Settings>& settings() const { return settings_; }
    // nullptr: requests need none.
    Token* token() { return token_ ? &*token_ : nullptr; }
    // Requests that wait for it.
    std::deque<Waiting>& waiting() { return waiting_; }
    const std::deque<Waiting>& waiting() const { return waiting_; }
    // For the requests that it carries; the others need a shard and an exchange.
    Plain& plain() { return plain_; }
    const Plain& plain() const { return plain_; }
    // nullptr: out of file descriptors.
    Shard* ShardOf(const Target& target);
    // nullptr: out of memory.
    std::unique_ptr<Exchange> Take();
    void GiveBack(std::unique_ptr<Exchange> exchange);

    // A request may have to wait for the connection of another.
    bool MayHoldBack() const { return settings_->max_connections > 0 && IsBusy(); }
    // Nobody can send a request with these settings any more, and none is under way.
    bool IsForgotten() const;
    std::vector<std::unique_ptr<Shard>>& shards() { return shards_; }

private:
    bool IsBusy() const;

    const std::shared_ptr<const Settings> settings_;
    const std::string& user_agent_;
    Sockets& sockets_;
    const long max_connections_;
    std::optional<Token> token_;
    std::deque<Waiting> waiting_;
    std::vector<std::unique_ptr<Shard>> shards_;  // made when they are needed
    std::vector<std::unique_ptr<Exchange>> idle_;
    Plain plain_;
};

class Pools {
public:
    // usual: the settings that most requests come with; their targets are spread over more shards.
    Pools(std::shared_ptr<const Settings> usual, std::string user_agent, Sockets& sockets, long max_connections)
        : usual_(std::move(usual)),
          user_agent_(std::move(user_agent)),
          sockets_(sockets),
          max_connections_(max_connections) {}

    const std::shared_ptr<const Settings>& usual() const { return usual_; }
    // Made if it is not there; those that are forgotten go then.
    Pool& Of(const std::shared_ptr<const Settings>& settings);
    void ForEach(const std::function<void(Pool&)>& visit);
    void ForEachShard(const std::function<void(Shard&)>& visit);
    // Gives up the kept connection that has been idle for longest, or all those of a shard.
    void CloseIdle();
    void Clear() { pools_.clear(); }

private:
    const std::shared_ptr<const Settings> usual_;
    const std::string user_agent_;
    Sockets& sockets_;
    const long max_connections_;
    std::unordered_map<const Settings*, std::unique_ptr<Pool>> pools_;
};

}  // namespace fanfare::http_client
