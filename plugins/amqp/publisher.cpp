#include "publisher.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fanfare/text.hpp>

namespace fanfare::plugins::amqp {
namespace {

// Bytes that wait for the socket before more events are encoded.
constexpr std::size_t kMaxBacklog = 256u << 10;
constexpr std::size_t kKeptText = 300;

std::string Said(int code, std::string_view text) { return std::to_string(code) + " " + first_line(text, kKeptText); }

std::size_t HashOf(std::string_view delivery) { return std::hash<std::string_view>{}(delivery); }

// Whoever publishes to this exchange gets the same answer. A refused topic is about the routing key.
bool IsAboutExchange(std::string_view text, const std::string& exchange) {
    return text.find("exchange '" + exchange + "'") != std::string_view::npos &&
           text.find("topic '") == std::string_view::npos;
}

Outcome OfClosedChannel(int code, const std::string& text) {
    const std::string said = "the broker closed the channel: " + Said(code, text);
    switch (code) {
        case AMQP_NOT_FOUND:
            return Outcome::retry(said + "; declare the exchange, or set declare_exchange").with_code(code);
        case AMQP_ACCESS_REFUSED:
            return Outcome::rejected(said + "; give the user the permission to write there").with_code(code);
        case AMQP_CONTENT_TOO_LARGE:
        case AMQP_PRECONDITION_FAILED:
            return Outcome::rejected(said).with_code(code);
        default:
            return Outcome::retry(said).with_code(code);
    }
}

}  // namespace

Publisher::Publisher(const Host& host, const Options& options, Finish finish)
    : host_(host), options_(options), finish_(std::move(finish)), writer_(options, host.version()) {}

void Publisher::Done(const Item& item, Outcome outcome) {
    if (careful_ > 0) --careful_;
    if (item.is_open()) finish_(item, std::move(outcome).with_remote(remote_));
}

void Publisher::Pump(Connection& connection) {
    remote_ = connection.remote();
    while (!waiting_.empty() && connection.is_ready() && !is_blocked()) {
        const std::size_t most = careful_ > 0 ? 1 : options_.max_unconfirmed;
        if (sent_.size() >= most || connection.backlog() >= kMaxBacklog) break;
        PublishOne(connection);
    }
    if (connection.is_ready()) connection.Flush();
}

void Publisher::PublishOne(Connection& connection) {
    const Item item = std::move(waiting_.front());
    waiting_.pop_front();
    if (!item.is_open()) return;
    const std::uint64_t begin = connection.queued_total();
    try {
        if (connection.Publish(writer_.Compose(item.event()))) {
            sent_.push_back({item, begin, HashOf(item.event().delivery_id()), false, {}, 0});
            return;
        }
    } catch (const ConfigError& e) {
        return Done(item, Outcome::rejected(e.what()));
    }
    Done(item, Outcome::rejected("its attributes and headers do not fit into one frame of AMQP: shorten them"));
}

void Publisher::OnConfirm(std::uint64_t tag, bool multiple, bool accepted) {
    const std::uint64_t end = first_tag_ + sent_.size();
    // 0 stands for all (AMQP 0-9-1, basic.ack).
    if (tag == 0 && multiple) tag = end - 1;
    // What `multiple` goes up to may be confirmed already.
    if (tag >= end || (tag < first_tag_ && !multiple)) {
        throw std::runtime_error("it confirms a message that it was not given (tag " + std::to_string(tag) + ")");
    }
    for (std::uint64_t at = multiple ? first_tag_ : tag; at <= tag; ++at) Settle(sent_[at - first_tag_], accepted);
    while (!sent_.empty() && sent_.front().settled) {
        sent_.pop_front();
        ++first_tag_;
    }
}

void Publisher::Settle(Sent& sent, bool accepted) {
    if (sent.settled) return;
    sent.settled = true;
    if (!sent.returned.empty()) return Done(sent.item, Returned(sent));
    if (accepted) return Done(sent.item, Outcome::delivered());
    Done(sent.item, Outcome::retry("the broker could not take it (nack); see the queue and the log of the broker"));
}

Outcome Publisher::Returned(const Sent& sent) const {
    const std::string where =
        options_.exchange.empty() ? "the default exchange" : "exchange '" + first_line(options_.exchange, 255) + "'";
    return Outcome::rejected("unroutable: " + where + " has no queue for it: " + sent.returned +
                             "; declare or bind a queue, then retry the delivery")
        .with_code(sent.return_code);
}

// They come back in the order in which they were published.
void Publisher::OnReturn(std::string_view delivery, int code, std::string_view text) {
    for (std::uint64_t tag = std::max(return_tag_, first_tag_); tag < first_tag_ + sent_.size(); ++tag) {
        Sent& sent = sent_[tag - first_tag_];
        if (sent.delivery != HashOf(delivery)) continue;
        sent.returned = Said(code, text);
        sent.return_code = code;
        return_tag_ = tag + 1;
        return;
    }
}

void Publisher::OnChannelClosed(int code, std::string_view text) {
    std::deque<Sent> open = TakeSent();
    std::erase_if(open, [](const Sent& sent) { return sent.settled || !sent.item.is_open(); });
    const std::string said(text);
    host_.warn("the broker closed the channel", {{"code", std::to_string(code)}, {"text", said}});
    if (open.size() > 1 && !IsAboutExchange(text, options_.exchange)) {
        careful_ = open.size();
        return Requeue(std::move(open));
    }
    for (const Sent& sent : open) Done(sent.item, OfClosedChannel(code, said));
}

// The next channel counts from 1.
std::deque<Publisher::Sent> Publisher::TakeSent() {
    first_tag_ = return_tag_ = 1;
    return std::exchange(sent_, {});
}

void Publisher::Requeue(std::deque<Sent> sent) {
    for (auto each = sent.rbegin(); each != sent.rend(); ++each) waiting_.push_front(std::move(each->item));
}

void Publisher::OnBlocked(std::string_view reason) {
    blocked_ = reason;
    if (reason.empty()) {
        host_.info("the broker takes messages again");
    } else {
        host_.warn("the broker blocks publishing: messages wait", {{"reason", reason}});
    }
}

void Publisher::OnLost(const Connection& connection, const std::string& fault) {
    blocked_.clear();
    std::deque<Sent> gone = TakeSent();
    careful_ = 0;
    const auto left = std::partition_point(
        gone.begin(), gone.end(), [&connection](const Sent& sent) { return sent.begin < connection.sent_total(); });
    std::deque<Sent> kept(std::make_move_iterator(left), std::make_move_iterator(gone.end()));
    gone.erase(left, gone.end());
    Requeue(std::move(kept));
    for (const Sent& sent : gone) {
        if (!sent.settled) Done(sent.item, Outcome::retry("the connection ended before it was confirmed: " + fault));
    }
}

void Publisher::FinishWaiting(const Outcome& outcome) {
    // What follows in an ordered batch may come up while we are at it.
    while (!waiting_.empty()) {
        const Item item = std::move(waiting_.front());
        waiting_.pop_front();
        Done(item, outcome);
    }
}

void Publisher::FinishUnconfirmed(const Outcome& outcome) {
    for (const Sent& sent : TakeSent()) {
        if (!sent.settled) Done(sent.item, outcome);
    }
}

void Publisher::Expire(const net::Job& job, const Outcome& waiting) {
    // The broker may still confirm it: its place among the tags stays.
    for (std::size_t i = 0; i < sent_.size(); ++i) {
        const Item item = sent_[i].item;
        if (item.job.get() != &job || sent_[i].settled || !item.is_open()) continue;
        const std::string why = is_blocked() ? ": the broker blocks publishing, " + blocked_ : std::string();
        finish_(item, Outcome::retry("not confirmed in time" + why).with_remote(remote_));
    }
    std::deque<Item> over;
    std::erase_if(waiting_, [&job, &over](const Item& item) {
        const bool mine = item.job.get() == &job;
        if (mine) over.push_back(item);
        return mine;
    });
    for (const Item& item : over) {
        if (item.is_open()) finish_(item, waiting);
    }
}

}  // namespace fanfare::plugins::amqp
