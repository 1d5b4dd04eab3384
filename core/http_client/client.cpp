#include "http_client/client.hpp"

#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <deque>
#include <mutex>
#include <thread>

#include "base/text.hpp"
#include "http_client/check.hpp"
#include "http_client/exchange.hpp"
#include "http_client/resolver.hpp"
#include "http_client/setup.hpp"
#include "http_client/shard.hpp"
#include "http_client/sockets.hpp"

namespace fanfare::http_client {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kShards = 32;
constexpr std::size_t kIdleExchanges = 64;
// How often requests that wait for their turn are looked through for passed deadlines.
constexpr milliseconds kSweepEvery{100};

std::size_t OpenFileLimit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 65536;
    return std::clamp<std::size_t>(limit.rlim_cur, 256, 65536);
}

struct Waiting {
    Request request;
    Done done;
};

class CurlClient final : public Client {
public:
    explicit CurlClient(ExchangeOptions options) : options_(std::move(options)) {}
    ~CurlClient() override;
    CurlClient(const CurlClient&) = delete;
    CurlClient& operator=(const CurlClient&) = delete;

    base::Status Start();
    void Send(Request request, Done done) override;

private:
    void Run();
    bool TakeIncoming(std::deque<Waiting>& batch);
    bool MaySleep();
    int TimeoutMs() const;
    void Wait();
    void StartWaiting();
    void TakeAddresses();
    void Sweep();
    void SweepQueue(std::deque<Waiting>& queue, base::SteadyTime now, const std::string& why);
    void Begin(Waiting waiting);
    void Launch(Waiting waiting, Target target, const Addresses& addresses, milliseconds left);
    Shard* ShardOf(const Target& target);
    void CloseIdle();
    void Ended(std::unique_ptr<Exchange> exchange, CURLcode result);
    std::unique_ptr<Exchange> TakeIdle();
    std::unique_ptr<Exchange> Deactivate(Exchange& exchange);
    void StopAll();

    const ExchangeOptions options_;
    const std::size_t file_limit_ = OpenFileLimit();

    std::mutex mutex_;
    std::deque<Waiting> incoming_;  // guarded by mutex_
    bool asleep_ = false;           // guarded by mutex_
    bool stopping_ = false;         // guarded by mutex_

    // The thread's own. Order: connections live in shards and close through sockets.
    Sockets sockets_;
    std::array<std::unique_ptr<Shard>, kShards> shards_;
    std::vector<std::unique_ptr<Exchange>> active_;
    std::vector<std::unique_ptr<Exchange>> idle_;
    std::deque<Waiting> waiting_;    // for their turn
    std::deque<Waiting> unresolved_;  // for the address of their host
    base::SteadyTime next_sweep_;
    Resolver resolver_{&LookUp, [this] { sockets_.Wake(); }};

    std::thread thread_;
};

base::Status CurlClient::Start() {
    if (base::Status opened = sockets_.Open(); !opened) return opened;
    sockets_.SetLimit(file_limit_ / 4 * 3);
    thread_ = std::thread([this] { Run(); });
    return {};
}

CurlClient::~CurlClient() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    sockets_.Wake();
    thread_.join();
}

void CurlClient::Send(Request request, Done done) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        incoming_.push_back({std::move(request), std::move(done)});
        wake = std::exchange(asleep_, false);
    }
    if (wake) sockets_.Wake();
}

// Signals are for the main thread; SIGPIPE, which libcurl does not mask here, for nobody.
void BlockSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

void CurlClient::Run() {
    BlockSignals();
    std::deque<Waiting> batch;
    while (TakeIncoming(batch)) {
        std::move(batch.begin(), batch.end(), std::back_inserter(waiting_));
        batch.clear();
        TakeAddresses();
        StartWaiting();
        Sweep();
        const auto now = std::chrono::steady_clock::now();
        for (const auto& shard : shards_) {
            if (!shard) continue;
            shard->OnTimer(now);
            shard->Collect([this](Exchange& exchange, CURLcode result) { Ended(Deactivate(exchange), result); });
        }
        Wait();
    }
    StopAll();
}

// False: it is time to stop.
bool CurlClient::TakeIncoming(std::deque<Waiting>& batch) {
    const std::lock_guard lock(mutex_);
    asleep_ = false;
    if (stopping_) return false;
    batch.swap(incoming_);
    return true;
}

bool CurlClient::MaySleep() {
    const std::lock_guard lock(mutex_);
    asleep_ = incoming_.empty() && !stopping_;
    return asleep_;
}

int CurlClient::TimeoutMs() const {
    const auto now = std::chrono::steady_clock::now();
    std::optional<base::SteadyTime> next;
    if (!waiting_.empty() || !unresolved_.empty()) next = next_sweep_;
    if (!waiting_.empty() && active_.size() < file_limit_ / 4) next = now;
    for (const auto& shard : shards_) {
        if (shard && shard->due() && (!next || *shard->due() < *next)) next = shard->due();
    }
    if (!next) return -1;
    return static_cast<int>(std::clamp<long>(std::chrono::ceil<milliseconds>(*next - now).count(), 0, 60'000));
}

void CurlClient::Wait() {
    const int timeout_ms = TimeoutMs();
    for (const Sockets::Ready& ready : sockets_.Wait(MaySleep() ? timeout_ms : 0))
        ready.shard->OnSocket(ready.fd, ready.events);
}

void CurlClient::StartWaiting() {
    while (!waiting_.empty() && active_.size() < file_limit_ / 4) {
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        Begin(std::move(next));
    }
}

// A lookup that ended lets all requests that waited for any begin anew: those whose host is still unknown wait again.
void CurlClient::TakeAddresses() {
    if (unresolved_.empty() || !resolver_.TakeAnswers(std::chrono::steady_clock::now())) return;
    waiting_.insert(waiting_.begin(), std::make_move_iterator(unresolved_.begin()),
                    std::make_move_iterator(unresolved_.end()));
    unresolved_.clear();
}

void CurlClient::Sweep() {
    const auto now = std::chrono::steady_clock::now();
    if ((waiting_.empty() && unresolved_.empty()) || now < next_sweep_) return;
    next_sweep_ = now + kSweepEvery;
    SweepQueue(waiting_, now,
               "while " + std::to_string(active_.size()) + " requests before it were open; raise the limit of open files");
    SweepQueue(unresolved_, now, "while the name of its host was looked up; check the resolver");
}

void CurlClient::SweepQueue(std::deque<Waiting>& queue, base::SteadyTime now, const std::string& why) {
    const auto expired =
        std::stable_partition(queue.begin(), queue.end(), [now](const Waiting& w) { return w.request.deadline > now; });
    std::vector<Waiting> late(std::make_move_iterator(expired), std::make_move_iterator(queue.end()));
    queue.erase(expired, queue.end());
    for (Waiting& waiting : late) waiting.done(Failed(End::kTimeout, "the deadline passed " + why));
}

void CurlClient::Begin(Waiting waiting) {
    base::Result<Target> target = CheckRequest(waiting.request);
    if (!target) return waiting.done(Failed(End::kInvalid, target.error().message));
    const milliseconds left = TimeLeft(waiting.request.deadline);
    if (left.count() == 0)
        return waiting.done(Failed(End::kTimeout, "the deadline passed before the request was sent"));
    if (!target->NeedsLookup()) return Launch(std::move(waiting), *std::move(target), {}, left);

    const auto now = std::chrono::steady_clock::now();
    const std::string host = base::ToLower(target->host);
    const Addresses* addresses = resolver_.Find(host, now);
    if (addresses == nullptr) {
        resolver_.Ask(host, now);
        unresolved_.push_back(std::move(waiting));
        return;
    }
    if (addresses->list.empty())
        return waiting.done(Failed(End::kUnreachable, "name " + target->host + " cannot be resolved: " + addresses->error +
                                                          "; check the name and the resolver"));
    Launch(std::move(waiting), *std::move(target), *addresses, left);
}

void CurlClient::Launch(Waiting waiting, Target target, const Addresses& addresses, milliseconds left) {
    if (sockets_.open_count() >= file_limit_ / 2) CloseIdle();
    Shard* shard = ShardOf(target);
    std::unique_ptr<Exchange> exchange = shard == nullptr ? nullptr : TakeIdle();
    if (!exchange)
        return waiting.done(Failed(End::kUnreachable, "no connection to " + target.Name() +
                                                          ": out of memory or file descriptors; raise their limits"));
    const bool begun = exchange->Begin(std::move(waiting.request), std::move(target), std::move(waiting.done), left) &&
                       exchange->UseAddresses(addresses.list) && shard->Add(*exchange);
    if (!begun) {
        const Done done = exchange->TakeDone();
        return done(Failed(End::kInvalid, "libcurl does not take the request; it is too long"));
    }
    exchange->set_slot(active_.size());
    active_.push_back(std::move(exchange));
}

Shard* CurlClient::ShardOf(const Target& target) {
    std::unique_ptr<Shard>& shard = shards_[std::hash<std::string>()(target.Name()) % kShards];
    if (!shard) {
        base::Result<std::unique_ptr<Shard>> made = Shard::Make(sockets_, static_cast<long>(file_limit_ / 4));
        if (made) shard = *std::move(made);
    }
    return shard.get();
}

// Gives up the kept connections of the shard that has been without a request for longest.
void CurlClient::CloseIdle() {
    std::unique_ptr<Shard>* oldest = nullptr;
    for (auto& shard : shards_) {
        if (!shard || shard->running() != 0) continue;
        if (oldest == nullptr || shard->last_used() < (*oldest)->last_used()) oldest = &shard;
    }
    if (oldest != nullptr) oldest->reset();
}

std::unique_ptr<Exchange> CurlClient::TakeIdle() {
    if (idle_.empty()) return Exchange::Make(options_, &sockets_);
    std::unique_ptr<Exchange> exchange = std::move(idle_.back());
    idle_.pop_back();
    return exchange;
}

std::unique_ptr<Exchange> CurlClient::Deactivate(Exchange& exchange) {
    const std::size_t slot = exchange.slot();
    std::swap(active_[slot], active_.back());
    active_[slot]->set_slot(slot);
    std::unique_ptr<Exchange> taken = std::move(active_.back());
    active_.pop_back();
    return taken;
}

void CurlClient::Ended(std::unique_ptr<Exchange> exchange, CURLcode result) {
    const Done done = exchange->TakeDone();
    Response response = exchange->Finish(result);
    if (exchange->MayBeUsedAgain() && idle_.size() < kIdleExchanges) idle_.push_back(std::move(exchange));
    done(std::move(response));
}

void CurlClient::StopAll() {
    std::vector<Done> open;
    for (const auto& exchange : active_) open.push_back(exchange->TakeDone());
    active_.clear();
    idle_.clear();
    for (auto& shard : shards_) shard.reset();
    for (Waiting& waiting : waiting_) open.push_back(std::move(waiting.done));
    waiting_.clear();
    for (Waiting& waiting : unresolved_) open.push_back(std::move(waiting.done));
    unresolved_.clear();
    while (!open.empty()) {
        for (const Done& done : open) done(Failed(End::kStopped, "the HTTP client is stopping"));
        open.clear();
        const std::lock_guard lock(mutex_);
        for (Waiting& waiting : incoming_) open.push_back(std::move(waiting.done));
        incoming_.clear();
    }
}

}  // namespace

base::Result<std::unique_ptr<Client>> Client::Open(ClientOptions options) {
    base::Result<ExchangeOptions> set_up = SetUp(options);
    if (!set_up) return std::move(set_up).error();
    auto client = std::make_unique<CurlClient>(*std::move(set_up));
    if (base::Status started = client->Start(); !started) return std::move(started).error();
    return std::unique_ptr<Client>(std::move(client));
}

}  // namespace fanfare::http_client
