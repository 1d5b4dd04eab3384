#include "app/error_history.hpp"

#include <utility>
#include <vector>

#include "base/log.hpp"
#include "profile/error_history.hpp"

namespace fanfare::app {
namespace {

using profile::ErrorEntry;

ErrorEntry EntryOf(const model::Attempt& attempt, const std::string& delivery, const std::string& destination) {
    return {ErrorEntry::Kind::kSoft,
            delivery + "/" + std::to_string(attempt.number) + "/" + base::FormatTime(attempt.started_at),
            destination,
            attempt.reason,
            attempt.started_at + attempt.took,
            attempt.code,
            attempt.response};
}

// The attempts that failed at a far side; those that reached nobody are none of the message's.
std::vector<ErrorEntry> FailuresOf(const model::DeliveryId& id, const std::string& destination, store::Ledger& ledger) {
    const auto detail = ledger.FindDelivery(id);
    if (!detail) {
        log::Warn("error_history.unread", {{"delivery", model::ToText(id)}, {"error", detail.error().message}});
        return {};
    }
    std::vector<ErrorEntry> entries;
    for (const model::Attempt& attempt : detail->attempts) {
        const bool failed =
            attempt.outcome == model::OutcomeKind::kRetry || attempt.outcome == model::OutcomeKind::kRejected;
        if (failed) entries.push_back(EntryOf(attempt, model::ToText(id), destination));
    }
    return entries;
}

// Of what is sent: rendered, or as it came.
const std::string& BodyOf(const model::RequestPtr& request, const model::StoredEventPtr& event) {
    return request && request->payload ? request->payload->body : event->envelope.event.data;
}

class Historian final : public sink::Sink {
public:
    Historian(std::unique_ptr<sink::Sink> sink, std::string destination, store::Ledger& ledger)
        : sink_(std::move(sink)), destination_(std::move(destination)), ledger_(ledger) {}

    base::Status Start(sink::Listener listener) override { return sink_->Start(std::move(listener)); }
    sink::Taken Deliver(sink::BatchId id, sink::Batch batch) override {
        for (sink::Item& item : batch.items) {
            if (item.attempt > 1) AddTo(item);
        }
        return sink_->Deliver(id, std::move(batch));
    }
    void Cork() override { sink_->Cork(); }
    void Uncork() override { sink_->Uncork(); }
    void Abandon(sink::BatchId id) override { sink_->Abandon(id); }
    void Stop(base::SteadyTime deadline) override { sink_->Stop(deadline); }
    std::size_t max_batch() const override { return sink_->max_batch(); }

private:
    void AddTo(sink::Item& item) {
        const std::vector<ErrorEntry> failures = FailuresOf(item.delivery, destination_, ledger_);
        if (failures.empty()) return;
        auto body = profile::WithErrors(BodyOf(item.request, item.event), failures);
        if (!body) return;
        if (item.request && item.request->payload) {
            auto request = std::make_shared<model::Request>(*item.request);
            request->payload->body = *std::move(body);
            item.request = std::move(request);
        } else {
            auto event = std::make_shared<model::StoredEvent>(*item.event);
            event->envelope.event.data = *std::move(body);
            item.event = std::move(event);
        }
    }

    std::unique_ptr<sink::Sink> sink_;
    const std::string destination_;
    store::Ledger& ledger_;
};

}  // namespace

std::unique_ptr<sink::Sink> WithErrorHistory(std::unique_ptr<sink::Sink> sink, std::string destination,
                                             store::Ledger& ledger) {
    return std::make_unique<Historian>(std::move(sink), std::move(destination), ledger);
}

std::optional<std::string> DeadLetterOf(const dispatch::Failed& failed, store::Ledger& ledger) {
    const std::string delivery = model::ToText(failed.claimed.id);
    std::vector<ErrorEntry> entries = FailuresOf(failed.claimed.id, failed.destination, ledger);
    // Not yet in the ledger. What was refused at once, or expired unsent, has its end only.
    if (failed.last != nullptr && failed.last->outcome == model::OutcomeKind::kRetry) {
        entries.push_back(EntryOf(*failed.last, delivery, failed.destination));
    }
    const base::Time at =
        failed.last != nullptr ? failed.last->started_at + failed.last->took : base::SystemClock().Now();
    entries.push_back({ErrorEntry::Kind::kHard, delivery + "/dead/" + base::FormatTime(at), failed.destination,
                       failed.verdict.reason, at, failed.code,
                       failed.last != nullptr ? failed.last->response : std::string()});
    return profile::WithErrors(BodyOf(failed.claimed.request, failed.claimed.event), entries);
}

}  // namespace fanfare::app
