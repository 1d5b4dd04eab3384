#include "node.hpp"

#include <algorithm>
#include <utility>

namespace fanfare::plugins::redis {
namespace {

// The server begins with the first commands while the next ones are written.
constexpr std::size_t kChunk = 64u << 10;
// What waits for a socket that takes no more is not written to memory, too.
constexpr std::size_t kMaxBacklog = 256u << 10;
constexpr std::size_t kMaxSent = 8192;
constexpr char kUnreachable[] = "Redis cannot be reached: ";

}  // namespace

Node::Node(NodeOwner& owner, CommandWriter& writer, const Options& options, const Config& config,
           std::vector<Endpoint> candidates)
    : owner_(owner), writer_(writer), options_(options), config_(config), candidates_(std::move(candidates)) {}

void Node::Pump(Deadline now) {
    if (waiting_.empty()) return;
    if (link_ && link_->is_ready()) return Send();
    if (!link_ && !dialer_) Dial(now);
}

void Node::Dial(Deadline now) {
    dialer_ = std::make_unique<Dialer>(options_, config_, candidates_, first_, now);
    AdvanceDialer(0, now);
}

pollfd Node::wanted() const {
    if (link_) return link_->wanted();
    if (dialer_) return dialer_->link().wanted();
    return {-1, 0, 0};
}

Deadline Node::wake(Deadline now) const { return dialer_ ? dialer_->link().wake(now) : Deadline::max(); }

void Node::Advance(short events, Deadline now) {
    if (dialer_) return AdvanceDialer(events, now);
    if (!link_) return;
    if (events != 0) link_->Advance(events, now);
    Receive();
}

void Node::AdvanceDialer(short events, Deadline now) {
    dialer_->Advance(events, now);
    if ((link_ = dialer_->Take())) {
        dialer_.reset();
        return Pump(now);
    }
    if (!dialer_->has_failed()) return;
    const Outcome outcome = Outcome::unreachable(kUnreachable + dialer_->fault());
    dialer_.reset();
    owner_.OnUnreachable(*this);
    GiveBack(outcome);
}

void Node::Send() {
    while (!waiting_.empty() && !retiring_ && sent_.size() < kMaxSent) {
        if (link_->backlog() >= kChunk) link_->Flush();
        if (link_->has_failed() || link_->backlog() >= kMaxBacklog) break;
        Entry entry = std::move(waiting_.front());
        waiting_.pop_front();
        if (entry.job->is_open(entry.index)) Write(std::move(entry));
    }
    if (!link_->has_failed()) link_->Flush();
    if (link_->has_failed()) Receive();
}

void Node::Write(Entry entry) {
    if (entry.asking) {
        AppendCommand(link_->out(), {"ASKING"});
        sent_.push_back({Awaited::kAsking, {}});
    }
    writer_.Append(link_->out(), entry.job->event(entry.index));
    sent_.push_back({Awaited::kAdded, std::move(entry)});
    if (writer_.trims()) sent_.push_back({Awaited::kTrimmed, {}});
}

void Node::Receive() {
    while (link_) {
        const Reply reply = link_->Next();
        if (!reply) break;
        // An answer to no question would be taken for one to the next.
        if (sent_.empty()) return Drop({});
        Take(*reply);
    }
    if (!link_) return;
    if (link_->has_failed()) {
        const std::string fault = link_->fault();
        Drop(fault);
    } else if (retiring_ && sent_.empty()) {
        Drop({});
    }
}

void Node::Take(const redisReply& reply) {
    const Sent sent = std::move(sent_.front());
    sent_.pop_front();
    switch (sent.awaited) {
        case Awaited::kAsking:
            return;
        case Awaited::kTrimmed:
            if (IsError(reply)) owner_.Warn("a list was not cut to max_length: " + std::string(TextOf(reply)));
            return;
        case Awaited::kAdded:
            return TakeAnswer(sent.entry, reply);
    }
}

void Node::TakeAnswer(const Entry& entry, const redisReply& reply) {
    const Verdict verdict = Judge(reply, options_, link_->endpoint(), link_->remote());
    if (verdict.drop_connection && !retiring_) {
        retiring_ = true;
        ++first_;
    }
    if (verdict.kind == Verdict::Kind::kOutcome) return owner_.Finish(entry, verdict.outcome);
    owner_.Redirect(entry, verdict);
}

void Node::Drop(const std::string& why) {
    const std::string remote = link_ ? link_->remote() : std::string();
    link_.reset();
    dialer_.reset();
    retiring_ = false;
    const Outcome outcome = Outcome::retry(why + "; the event may be there already").with_remote(remote);
    for (const Sent& sent : std::exchange(sent_, {})) {
        if (sent.awaited == Awaited::kAdded) owner_.Finish(sent.entry, outcome);
    }
}

void Node::Expire(const net::Job& job) {
    const auto is_of_job = [&job](const Entry& entry) { return entry.job.get() == &job; };
    const bool owes = std::any_of(sent_.begin(), sent_.end(), [&](const Sent& sent) {
        return sent.awaited == Awaited::kAdded && is_of_job(sent.entry);
    });
    const Outcome late = dialer_ ? Outcome::unreachable(kUnreachable + dialer_->fault_by_now())
                                 : Outcome::not_attempted("the time for this batch was over before its turn");
    // A connection that does not answer is not waited for again; those behind this job are in the same doubt.
    if (owes) Drop(link_->endpoint().text() + ": no answer in time; see that Redis is not stopped or blocked");
    std::vector<Entry> mine;
    std::copy_if(waiting_.begin(), waiting_.end(), std::back_inserter(mine), is_of_job);
    std::erase_if(waiting_, is_of_job);
    for (const Entry& entry : mine) owner_.Finish(entry, late);
}

void Node::GiveBack(const Outcome& outcome) {
    for (const Entry& entry : std::exchange(waiting_, {})) owner_.Finish(entry, outcome);
}

}  // namespace fanfare::plugins::redis
