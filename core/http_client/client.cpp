#include "http_client/client.hpp"

#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <thread>

#include "base/text.hpp"
#include "base/thread_name.hpp"
#include "http_client/check.hpp"
#include "http_client/failure.hpp"
#include "http_client/policy.hpp"
#include "http_client/pools.hpp"
#include "http_client/resolver.hpp"
#include "http_client/setup.hpp"
#include "http_client/sockets.hpp"

namespace fanfare::http_client {
namespace {

using std::chrono::milliseconds;

// How often requests that wait for their turn are looked through for passed deadlines.
constexpr milliseconds kSweepEvery{100};

std::size_t OpenFileLimit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 65536;
    return std::clamp<std::size_t>(limit.rlim_cur, 256, 65536);
}

// Of what a name resolves to, the addresses that may be connected to. In public one that may not denies them all: who
// controls the name would try again until it is the other's turn. Errors: kInvalid, what the policy has against it.
base::Result<std::vector<std::string>> AllowedOf(const Addresses& addresses, const Policy& policy,
                                                 const Target& target) {
    std::vector<std::string> allowed;
    std::string denied;
    for (const std::string& text : addresses.list) {
        const auto address = base::ParseAddress(text);
        auto why = address ? policy.WhyNot(*address, target.port, IsWrittenLoopback(target.host)) : std::nullopt;
        if (why)
            denied = *std::move(why);
        else
            allowed.push_back(text);
    }
    if (!denied.empty() && (allowed.empty() || policy.reach == Reach::kPublic))
        return base::MakeError(base::Code::kInvalid, Denied(target, denied));
    return allowed;
}

bool HasAuthorization(const Request& request) {
    return std::any_of(request.headers.begin(), request.headers.end(),
                       [](const auto& header) { return base::EqualsIgnoreCase(header.first, "authorization"); });
}

class CurlClient final : public Client {
public:
    CurlClient(std::string user_agent, std::shared_ptr<const Settings> usual)
        : pools_(std::move(usual), std::move(user_agent), sockets_, static_cast<long>(file_limit_ / 4)) {}
    ~CurlClient() override;
    CurlClient(const CurlClient&) = delete;
    CurlClient& operator=(const CurlClient&) = delete;

    base::Status Start();
    void Send(Request request, Done done) override;
    void AfterThese(std::function<void()> call) override { after_these_.push_back(std::move(call)); }

private:
    void Run();
    bool TakeIncoming(std::deque<Waiting>& batch);
    bool MaySleep();
    int TimeoutMs();
    void Wait();
    void StartWaiting();
    void TakeAddresses();
    void Sweep();
    void SweepHeldBack(base::SteadyTime now);
    bool IsAnyWaiting();
    void SweepQueue(std::deque<Waiting>& queue, base::SteadyTime now, const std::string& why);
    void Begin(Waiting waiting);
    std::optional<base::Secret> Authorize(Pool& pool, Waiting& waiting);
    void AskForToken(Pool& pool, Token& token, base::SteadyTime now);
    void Launch(Pool& pool, Waiting waiting, Target target, std::vector<std::string> addresses, milliseconds left,
                base::Secret authorization);
    void Collect();
    void Ended(std::unique_ptr<Exchange> exchange, CURLcode result);
    void Conclude(Pool& pool, Waiting waiting, const base::Secret& authorization, Response response);
    bool HasRoom() const { return running_ < file_limit_ / 4; }
    std::unique_ptr<Exchange> Deactivate(Exchange& exchange);
    void CallAfterThese();
    void StopAll();

    const std::size_t file_limit_ = OpenFileLimit();

    std::mutex mutex_;
    std::deque<Waiting> incoming_;  // guarded by mutex_
    bool asleep_ = false;           // guarded by mutex_
    bool stopping_ = false;         // guarded by mutex_

    // The thread's own. Order: connections live in pools and close through sockets.
    Sockets sockets_;
    Pools pools_;
    std::size_t running_ = 0;  // requests, of libcurl or not
    std::vector<std::unique_ptr<Exchange>> active_;
    std::deque<Waiting> waiting_;     // for their turn
    std::deque<Waiting> unresolved_;  // for the address of their host
    std::vector<std::function<void()>> after_these_;
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
        incoming_.push_back({.request = std::move(request), .done = std::move(done)});
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
    base::NameThisThread("http-client");
    BlockSignals();
    std::deque<Waiting> batch;
    while (TakeIncoming(batch)) {
        std::move(batch.begin(), batch.end(), std::back_inserter(waiting_));
        batch.clear();
        TakeAddresses();
        StartWaiting();
        Sweep();
        Collect();
        CallAfterThese();
        Wait();
    }
    StopAll();
}

void CurlClient::Collect() {
    const auto now = std::chrono::steady_clock::now();
    pools_.ForEach([&](Pool& pool) {
        pool.plain().OnTimer(now);
        pool.plain().Collect([&](Waiting waiting, const base::Secret& authorization, Response response) {
            Conclude(pool, std::move(waiting), authorization, std::move(response));
        });
    });
    pools_.ForEachShard([&](Shard& shard) {
        shard.OnTimer(now);
        shard.Collect([this](Exchange& exchange, CURLcode result) { Ended(Deactivate(exchange), result); });
    });
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

int CurlClient::TimeoutMs() {
    const auto now = std::chrono::steady_clock::now();
    std::optional<base::SteadyTime> next;
    if (IsAnyWaiting()) next = next_sweep_;
    if (!waiting_.empty() && HasRoom()) next = now;
    const auto note = [&](std::optional<base::SteadyTime> due) {
        if (due && (!next || *due < *next)) next = due;
    };
    pools_.ForEach([&](const Pool& pool) { note(pool.plain().due()); });
    pools_.ForEachShard([&](const Shard& shard) { note(shard.due()); });
    if (!next) return -1;
    return static_cast<int>(std::clamp<long>(std::chrono::ceil<milliseconds>(*next - now).count(), 0, 60'000));
}

void CurlClient::Wait() {
    const int timeout_ms = TimeoutMs();
    for (const Sockets::Ready& ready : sockets_.Wait(MaySleep() ? timeout_ms : 0)) sockets_.Tell(ready);
}

void CurlClient::StartWaiting() {
    while (!waiting_.empty() && HasRoom()) {
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
    if (now < next_sweep_ || !IsAnyWaiting()) return;
    next_sweep_ = now + kSweepEvery;
    SweepQueue(waiting_, now,
               "while " + std::to_string(running_) + " requests before it were open; raise the limit of open files");
    SweepQueue(unresolved_, now, "while the name of its host was looked up; check the resolver");
    SweepHeldBack(now);
    pools_.ForEach([&](Pool& pool) {
        SweepQueue(pool.waiting(), now, "while an access token was asked for; check 'token_url' of the destination");
    });
}

void CurlClient::SweepHeldBack(base::SteadyTime now) {
    for (std::size_t slot = active_.size(); slot-- > 0;) {
        Exchange& exchange = *active_[slot];
        if (!exchange.HasWaitedTooLong(now)) continue;
        exchange.shard()->Remove(exchange);
        Ended(Deactivate(exchange), CURLE_OPERATION_TIMEDOUT);
    }
}

bool CurlClient::IsAnyWaiting() {
    bool any = !waiting_.empty() || !unresolved_.empty();
    pools_.ForEach([&](const Pool& pool) { any = any || !pool.waiting().empty() || pool.MayHoldBack(); });
    return any;
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
    Pool& pool = pools_.Of(waiting.request.settings);
    std::optional<base::Secret> authorization = Authorize(pool, waiting);
    if (!authorization) return;
    const ProxyServer* const proxy = pool.settings()->proxies.For(*target);
    const Target& next_hop = proxy == nullptr ? *target : proxy->target;
    if (!next_hop.NeedsLookup())
        return Launch(pool, std::move(waiting), *std::move(target), {}, left, *std::move(authorization));

    const auto now = std::chrono::steady_clock::now();
    const std::string host = base::ToLower(next_hop.host);
    const Addresses* addresses = resolver_.Find(host, now);
    if (addresses == nullptr) {
        resolver_.Ask(host, now);
        unresolved_.push_back(std::move(waiting));
        return;
    }
    if (addresses->list.empty())
        return waiting.done(Failed(End::kUnreachable, "name " + next_hop.host + " cannot be resolved: " +
                                                          addresses->error + "; check the name and the resolver"));
    base::Result<std::vector<std::string>> allowed = AllowedOf(*addresses, pool.settings()->policy, next_hop);
    if (!allowed) return waiting.done(Failed(End::kInvalid, std::move(allowed).error().message));
    Launch(pool, std::move(waiting), *std::move(target), *std::move(allowed), left, *std::move(authorization));
}

// What to send as Authorization; empty: nothing. nullopt: the request has been dealt with, it waits or has failed.
std::optional<base::Secret> CurlClient::Authorize(Pool& pool, Waiting& waiting) {
    const Authorization& settings = pool.settings()->authorization;
    Token* const token = pool.token();
    const bool needs_none = settings.header.empty() && token == nullptr;
    if (needs_none || waiting.is_for_token || HasAuthorization(waiting.request)) return base::Secret();
    if (token == nullptr) return settings.header;
    const auto now = std::chrono::steady_clock::now();
    if (token->IsDue(now)) AskForToken(pool, *token, now);
    if (const base::Secret* header = token->Header(now)) return *header;
    if (const std::string* failure = token->Failure(now))
        waiting.done(Failed(End::kUnreachable, *failure));
    else
        pool.waiting().push_back(std::move(waiting));
    return std::nullopt;
}

void CurlClient::AskForToken(Pool& pool, Token& token, base::SteadyTime now) {
    Request request = token.Ask(now);
    request.settings = pool.settings();
    // The pool is there as long as a request has its settings, and the answer to that request is its last use of it.
    Done done = [this, &pool](const Response& response) {
        if (response.end == End::kStopped) return;
        pool.token()->Take(response, std::chrono::steady_clock::now());
        std::move(pool.waiting().begin(), pool.waiting().end(), std::back_inserter(waiting_));
        pool.waiting().clear();
    };
    waiting_.push_back({.request = std::move(request), .done = std::move(done), .is_for_token = true});
}

void CurlClient::Launch(Pool& pool, Waiting waiting, Target target, std::vector<std::string> addresses,
                        milliseconds left, base::Secret authorization) {
    if (sockets_.open_count() >= file_limit_ / 2) pools_.CloseIdle();
    if (pool.plain().Carries(target)) {
        ++running_;
        return pool.plain().Begin(std::move(waiting), std::move(target), std::move(addresses), left,
                                  std::move(authorization));
    }
    Shard* shard = pool.ShardOf(target);
    std::unique_ptr<Exchange> exchange = shard == nullptr ? nullptr : pool.Take();
    if (!exchange)
        return waiting.done(Failed(End::kUnreachable, "no connection to " + target.Name() +
                                                          ": out of memory or file descriptors; raise their limits"));
    exchange->set_repeated(waiting.is_repeated);
    const bool begun = exchange->Begin(std::move(waiting.request), std::move(target), std::move(waiting.done), left,
                                       std::move(authorization)) &&
                       exchange->UseAddresses(addresses) && shard->Add(*exchange);
    if (!begun) {
        const Done done = exchange->TakeDone();
        return done(Failed(End::kInvalid, "libcurl does not take the request; it is too long"));
    }
    ++running_;
    exchange->set_shard(shard);
    exchange->set_slot(active_.size());
    active_.push_back(std::move(exchange));
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
    Done done = exchange->TakeDone();
    Response response = exchange->Finish(result);
    const base::Secret authorization = exchange->authorization();
    Waiting waiting{
        .request = exchange->TakeRequest(), .done = std::move(done), .is_repeated = exchange->is_repeated()};
    Pool& pool = *exchange->pool();
    pool.GiveBack(std::move(exchange));
    Conclude(pool, std::move(waiting), authorization, std::move(response));
}

void CurlClient::Conclude(Pool& pool, Waiting waiting, const base::Secret& authorization, Response response) {
    --running_;
    const bool is_refused = response.status == 401 && pool.token() != nullptr && !authorization.empty();
    if (is_refused) pool.token()->Refuse(authorization);
    // The token may have ended before its time. A 401 says that nothing was done, so the same can be sent with another.
    if (is_refused && !waiting.is_repeated) {
        waiting.is_repeated = true;
        waiting_.push_back(std::move(waiting));
        return;
    }
    waiting.done(std::move(response));
}

void CurlClient::CallAfterThese() {
    for (const std::function<void()>& call : after_these_) call();
    after_these_.clear();
}

void CurlClient::StopAll() {
    std::vector<Done> open;
    for (const auto& exchange : active_) open.push_back(exchange->TakeDone());
    active_.clear();
    pools_.ForEach([&](Pool& pool) {
        for (Waiting& waiting : pool.waiting()) open.push_back(std::move(waiting.done));
        for (Done& done : pool.plain().GiveUp()) open.push_back(std::move(done));
    });
    pools_.Clear();
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
    CallAfterThese();
}

}  // namespace

base::Result<std::unique_ptr<Client>> Client::Open(ClientOptions options) {
    if (base::Status set_up = SetUp(); !set_up) return std::move(set_up).error();
    base::Result<Trust> trust = Trust::Load(options.ca_file);
    if (!trust) return std::move(trust).error();
    auto usual = std::make_shared<Settings>();
    usual->trust = *std::move(trust);
    auto client = std::make_unique<CurlClient>(std::move(options.user_agent), std::move(usual));
    if (base::Status started = client->Start(); !started) return std::move(started).error();
    return std::unique_ptr<Client>(std::move(client));
}

}  // namespace fanfare::http_client
