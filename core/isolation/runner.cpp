#include "isolation/runner.hpp"

#include <poll.h>
#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "base/log.hpp"
#include "http_client/client.hpp"
#include "isolation/channel.hpp"
#include "isolation/message.hpp"
#include "plugin/catalog.hpp"

namespace fanfare::isolation {
namespace {

constexpr int kSocket = 3;
// Between two tries to hand over what the plugin was too busy for.
constexpr int kBusyPauseMs = 5;
// A plugin may close our end: a poll that is under way does not see it, and keeps the daemon from seeing it.
constexpr int kLookPauseMs = 1000;

class Runner {
public:
    int Run() {
        while (true) {
            TryBacklog();
            pollfd socket{kSocket, static_cast<short>(backlog_.empty() ? POLLIN : 0), 0};
            poll(&socket, 1, backlog_.empty() ? kLookPauseMs : kBusyPauseMs);
            if ((socket.revents & POLLNVAL) != 0) return EX_IOERR;
            if ((socket.revents & (POLLHUP | POLLERR)) != 0 && (socket.revents & POLLIN) == 0) return EX_OK;
            if ((socket.revents & POLLIN) == 0) continue;
            if (reader_.ReadFrom(kSocket) == FrameReader::Read::kEnd) return EX_OK;
            while (const std::optional<Frame> frame = reader_.Next()) {
                if (!Take(*frame)) return EX_OK;
            }
        }
    }

private:
    // False: that was all.
    bool Take(const Frame& frame) {
        switch (frame.kind) {
            case Kind::kMake:
                Write(Kind::kReply, PackReply(Make(frame.content)));
                return true;
            case Kind::kStart:
                Write(Kind::kReply,
                      PackReply(sink_->Start([this](std::vector<sink::Answer> answers) { Tell(answers); })));
                return true;
            case Kind::kDeliver:
                if (auto batch = UnpackBatch(frame.content)) backlog_.push_back(*std::move(batch));
                TryBacklog();
                return true;
            case Kind::kAbandon:
                if (const auto id = UnpackNumber(frame.content)) Abandon(*id);
                return true;
            case Kind::kStop:
                Stop(UnpackNumber(frame.content).value_or(0));
                return false;
            case Kind::kReply:
            case Kind::kAnswers:
            case Kind::kMisbehaviour:
                break;
        }
        return true;
    }

    base::Status Make(const std::string& content) {
        auto order = UnpackOrder(content);
        if (!order) return base::MakeError(base::Code::kInternal, "the daemon's order cannot be read");
        log::Configure(order->level, order->format);
        auto client = http_client::Client::Open({order->user_agent, {}});
        if (!client) return std::move(client).error();
        client_ = *std::move(client);
        catalog_ = std::make_unique<plugin::Catalog>(order->directories, *client_);
        const auto library = catalog_->Load(order->plugin);
        if (!library) return library.error();
        auto sink = catalog_->Make(**library, std::move(order->options));
        if (!sink) return std::move(sink).error();
        sink_ = *std::move(sink);
        return {};
    }

    void TryBacklog() {
        while (!backlog_.empty()) {
            NumberedBatch& next = backlog_.front();
            // Kept: what is busy is asked once more, with the same batch.
            if (sink_->Deliver(next.id, next.batch) == sink::Taken::kBusy) return;
            backlog_.pop_front();
        }
    }

    // The daemon no longer waits, but wants to know when the plugin has let go: an answer for the batch is still sent.
    void Abandon(sink::BatchId id) {
        std::erase_if(backlog_, [&](const NumberedBatch& one) { return one.id == id; });
    }

    void Stop(std::uint64_t deadline_ns) {
        sink_->Stop(base::SteadyTime(std::chrono::nanoseconds(static_cast<std::int64_t>(deadline_ns))));
        TellMisbehaviour();
        Write(Kind::kStop, {});
    }

    void Tell(const std::vector<sink::Answer>& answers) {
        Write(Kind::kAnswers, Pack(answers));
        TellMisbehaviour();
    }

    void TellMisbehaviour() {
        for (const plugin::Misbehaviour& one : catalog_->misbehaviour()) {
            std::uint64_t more = 0;
            {
                const std::lock_guard lock(mutex_);
                more = one.count - std::exchange(told_[one.kind], one.count);
            }
            if (more > 0) Write(Kind::kMisbehaviour, one.kind + "\n" + PackNumber(more));
        }
    }

    // Waits until it is written: the daemon always reads.
    void Write(Kind kind, std::string_view content) {
        std::string out;
        AppendFrame(out, kind, content);
        const std::lock_guard lock(write_mutex_);
        while (!out.empty()) {
            if (!WriteSome(kSocket, out)) _exit(EX_IOERR);
            pollfd socket{kSocket, POLLOUT, 0};
            if (!out.empty()) poll(&socket, 1, -1);
        }
    }

    FrameReader reader_;
    std::deque<NumberedBatch> backlog_;
    std::mutex write_mutex_;
    std::mutex mutex_;
    std::map<std::string, std::uint64_t> told_;  // guarded by mutex_
    std::unique_ptr<http_client::Client> client_;
    std::unique_ptr<plugin::Catalog> catalog_;
    std::unique_ptr<sink::Sink> sink_;
};

}  // namespace

int RunPlugin() {
    // They are sent to the whole group; the daemon says when it is time.
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) signal(number, SIG_IGN);
    Runner runner;
    const int status = runner.Run();
    // What a plugin left running must not hold the process.
    _exit(status);
}

}  // namespace fanfare::isolation
