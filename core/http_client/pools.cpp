#include "http_client/pools.hpp"

#include <algorithm>

namespace fanfare::http_client {
namespace {

constexpr std::size_t kUsualShards = 32;
constexpr std::size_t kIdleExchanges = 64;

}  // namespace

Pool::Pool(std::shared_ptr<const Settings> settings, const std::string& user_agent, Sockets& sockets,
           std::size_t shards, long max_connections)
    : settings_(std::move(settings)),
      user_agent_(user_agent),
      sockets_(sockets),
      max_connections_(max_connections),
      shards_(shards),
      plain_(*settings_, user_agent, sockets) {
    if (settings_->authorization.oauth2) token_.emplace(*settings_->authorization.oauth2);
}

Shard* Pool::ShardOf(const Target& target) {
    const std::size_t index = shards_.size() == 1 ? 0 : std::hash<std::string>()(target.Name()) % shards_.size();
    std::unique_ptr<Shard>& shard = shards_[index];
    if (!shard) {
        base::Result<std::unique_ptr<Shard>> made =
            Shard::Make(sockets_, max_connections_, static_cast<long>(settings_->max_connections));
        if (made) shard = *std::move(made);
    }
    return shard.get();
}

std::unique_ptr<Exchange> Pool::Take() {
    if (idle_.empty()) {
        std::unique_ptr<Exchange> made = Exchange::Make(user_agent_, *settings_, &sockets_);
        if (made) made->set_pool(this);
        return made;
    }
    std::unique_ptr<Exchange> exchange = std::move(idle_.back());
    idle_.pop_back();
    return exchange;
}

void Pool::GiveBack(std::unique_ptr<Exchange> exchange) {
    if (exchange->MayBeUsedAgain() && idle_.size() < kIdleExchanges) idle_.push_back(std::move(exchange));
}

bool Pool::IsBusy() const {
    return plain_.running() != 0 || std::any_of(shards_.begin(), shards_.end(),
                                                [](const auto& shard) { return shard && shard->running() != 0; });
}

bool Pool::IsForgotten() const { return settings_.use_count() == 1 && !IsBusy(); }

Pool& Pools::Of(const std::shared_ptr<const Settings>& settings) {
    const std::shared_ptr<const Settings>& wanted = settings ? settings : usual_;
    const auto found = pools_.find(wanted.get());
    if (found != pools_.end()) return *found->second;
    std::erase_if(pools_, [](const auto& entry) { return entry.second->IsForgotten(); });
    const std::size_t shards = wanted == usual_ ? kUsualShards : 1;
    auto made = std::make_unique<Pool>(wanted, user_agent_, sockets_, shards, max_connections_);
    return *pools_.emplace(wanted.get(), std::move(made)).first->second;
}

void Pools::ForEach(const std::function<void(Pool&)>& visit) {
    for (const auto& [settings, pool] : pools_) visit(*pool);
}

void Pools::ForEachShard(const std::function<void(Shard&)>& visit) {
    for (const auto& [settings, pool] : pools_) {
        for (const auto& shard : pool->shards()) {
            if (shard) visit(*shard);
        }
    }
}

void Pools::CloseIdle() {
    std::unique_ptr<Shard>* oldest = nullptr;
    Plain* plain = nullptr;
    for (const auto& [settings, pool] : pools_) {
        const auto since = pool->plain().idle_since();
        if (since && (plain == nullptr || *since < *plain->idle_since())) plain = &pool->plain();
        for (auto& shard : pool->shards()) {
            if (!shard || shard->running() != 0) continue;
            if (oldest == nullptr || shard->last_used() < (*oldest)->last_used()) oldest = &shard;
        }
    }
    if (plain != nullptr && (oldest == nullptr || *plain->idle_since() < (*oldest)->last_used()))
        plain->CloseIdle();
    else if (oldest != nullptr)
        oldest->reset();
}

}  // namespace fanfare::http_client
