#include "http/server.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>

#include "base/text.hpp"
#include "http/loop.hpp"
#include "http/response.hpp"

namespace fanfare::http {
namespace {

class LoopServer final : public Server {
public:
    LoopServer(std::unique_ptr<impl::Listener> listener, std::shared_ptr<impl::Shared> shared,
               std::vector<std::shared_ptr<impl::Loop>> loops)
        : address_(listener->address()),
          listener_(std::move(listener)),
          shared_(std::move(shared)),
          loops_(std::move(loops)) {}
    ~LoopServer() override { Stop(std::chrono::milliseconds(0)); }

    void Start() override {
        if (!threads_.empty() || !listener_) return;
        for (const auto& loop : loops_) threads_.emplace_back([loop] { loop->Run(); });
    }

    void SetTls(std::shared_ptr<const Tls> tls) override { shared_->SetTls(std::move(tls)); }

    void Stop(std::chrono::milliseconds grace) override {
        if (!listener_) return;
        const base::SteadyTime until = std::chrono::steady_clock::now() + grace;
        listener_->Refuse();
        for (const auto& loop : loops_) loop->Stop(until);
        for (std::thread& thread : threads_) thread.join();
        listener_.reset();
    }

    std::string address() const override { return address_; }

    ServerStats stats() const override {
        ServerStats sum;
        for (const auto& loop : loops_) {
            const impl::Counters& counters = std::as_const(*loop).counters();
            sum.connections += counters.connections.Get();
            sum.requests += counters.requests.Get();
            sum.refused += counters.refused.Get();
            sum.evicted += counters.evicted.Get();
        }
        return sum;
    }

private:
    const std::string address_;
    std::unique_ptr<impl::Listener> listener_;  // null once stopped
    const std::shared_ptr<impl::Shared> shared_;
    const std::vector<std::shared_ptr<impl::Loop>> loops_;
    std::vector<std::thread> threads_;
};

}  // namespace

std::size_t UsualThreads(unsigned processors) { return processors < 4 ? 1 : 2; }

base::Result<std::unique_ptr<Server>> Server::Open(std::string address, Limits limits, Handler& handler,
                                                   std::size_t threads, std::shared_ptr<const Tls> tls) {
    base::Result<std::unique_ptr<impl::Listener>> listener = impl::Listener::Open(address);
    if (!listener) return std::move(listener).error();
    auto shared = std::make_shared<impl::Shared>(limits, handler, std::move(tls));
    std::vector<std::shared_ptr<impl::Loop>> loops;
    for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i) {
        base::Result<std::shared_ptr<impl::Loop>> loop = impl::Loop::Make(shared, **listener);
        if (!loop) return std::move(loop).error();
        shared->loops.push_back((*loop).get());
        loops.push_back(*std::move(loop));
    }
    return std::unique_ptr<Server>(
        std::make_unique<LoopServer>(*std::move(listener), std::move(shared), std::move(loops)));
}

Exchange::Exchange(std::shared_ptr<impl::Loop> loop, std::uint64_t connection)
    : loop_(std::move(loop)), connection_(connection) {}

Exchange& Exchange::operator=(Exchange&& other) noexcept {
    Exchange old(std::move(*this));  // answers 500 if it was outstanding
    loop_ = std::move(other.loop_);
    watch_ = std::move(other.watch_);
    connection_ = other.connection_;
    return *this;
}

Exchange::~Exchange() {
    if (loop_) Respond(Problem(500, impl::Reason(500), "This server dropped the request without an answer."));
}

void Exchange::Respond(Response response) {
    const std::shared_ptr<impl::Loop> loop = std::move(loop_);
    if (!loop) return;
    if (watch_) (*watch_)(response.status);
    loop->Answer(connection_, std::move(response));
}

void Exchange::Watch(std::function<void(int)> watch) { watch_ = std::make_unique<std::function<void(int)>>(std::move(watch)); }

void Exchange::OnGone(std::function<void()> gone) {
    if (loop_) loop_->TellWhenGone(connection_, std::move(gone));
}

const std::string_view* RequestHead::Find(std::string_view name) const {
    for (const Header& header : headers) {
        if (header.name.size() == name.size() && base::EqualsIgnoreCase(header.name, name)) return &header.value;
    }
    return nullptr;
}

std::size_t RequestHead::Count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(headers.begin(), headers.end(), [name](const Header& header) {
        return base::EqualsIgnoreCase(header.name, name);
    }));
}

}  // namespace fanfare::http
