#include "isolation/message.hpp"

#include <chrono>
#include <memory>
#include <utility>

#include "base/packed.hpp"
#include "json/value.hpp"

namespace fanfare::isolation {
namespace {

using base::PackText;
using base::Unpacker;

std::uint64_t NsOf(base::SteadyTime time) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}
base::SteadyTime SteadyOf(std::uint64_t ns) {
    return base::SteadyTime(std::chrono::nanoseconds(static_cast<std::int64_t>(ns)));
}

// Every field of an event, in one place for both ways.
template <class Event, class Field>
bool ForEachText(Event& event, const Field& field) {
    return field(event.id) && field(event.source) && field(event.type) && field(event.subject) && field(event.time) &&
           field(event.content_type) && field(event.data_schema) && field(event.data);
}

void PackItem(std::string& out, const sink::Item& item) {
    base::PackNumber(out, item.delivery.seq);
    base::PackNumber(out, item.delivery.destination);
    base::PackNumber(out, item.attempt);
    base::PackNumber(out, item.order_key ? 1 : 0);
    base::PackNumber(out, item.order_key.value_or(0));
    base::PackNumber(out, item.event->key.seq);
    base::PackNumber(out, item.event->key.store_tag);
    const model::Envelope& envelope = item.event->envelope;
    PackText(out, envelope.realm);
    base::PackNumber(out, static_cast<std::uint64_t>(envelope.received_at.time_since_epoch().count()));
    ForEachText(envelope.event, [&](const std::string& text) {
        PackText(out, text);
        return true;
    });
    base::PackNumber(out, envelope.event.extensions.size());
    for (const model::Attribute& one : envelope.event.extensions) {
        PackText(out, one.name);
        PackText(out, one.value);
        base::PackNumber(out, static_cast<std::uint64_t>(one.kind));
    }
    PackText(out, item.request ? model::Encode(*item.request) : std::string());
}

class Reader {
public:
    explicit Reader(std::string_view content) : from_(content) {}

    template <class Number>
    bool Take(Number& number) {
        std::uint64_t value = 0;
        if (!from_.Number(value)) return false;
        number = static_cast<Number>(value);
        return true;
    }
    bool Take(std::string& text) { return from_.Text(text); }
    bool Take(sink::Item& item) {
        auto event = std::make_shared<model::StoredEvent>();
        model::Envelope& envelope = event->envelope;
        std::uint64_t has_key = 0;
        std::uint64_t key = 0;
        std::int64_t received = 0;
        std::string request;
        const bool ok = Take(item.delivery.seq) && Take(item.delivery.destination) && Take(item.attempt) &&
                        Take(has_key) && Take(key) && Take(event->key.seq) && Take(event->key.store_tag) &&
                        Take(envelope.realm) && Take(received) &&
                        ForEachText(envelope.event, [&](std::string& text) { return Take(text); }) &&
                        TakeExtensions(envelope.event.extensions) && Take(request);
        if (!ok) return false;
        if (has_key != 0) item.order_key = key;
        envelope.received_at = base::Time(base::Duration(received));
        item.event = std::move(event);
        if (request.empty()) return true;
        auto decoded = model::DecodeRequest(request);
        if (!decoded) return false;
        item.request = std::make_shared<const model::Request>(*std::move(decoded));
        return true;
    }
    bool empty() const { return from_.empty(); }

private:
    bool TakeExtensions(std::vector<model::Attribute>& extensions) {
        std::uint64_t count = 0;
        if (!Take(count)) return false;
        for (; count > 0; --count) {
            model::Attribute& one = extensions.emplace_back();
            if (!Take(one.name) || !Take(one.value) || !Take(one.kind)) return false;
        }
        return true;
    }

    Unpacker from_;
};

}  // namespace

std::string Pack(const Order& order) {
    std::string out;
    PackText(out, order.plugin);
    base::PackNumber(out, order.directories.size());
    for (const std::string& directory : order.directories) PackText(out, directory);
    PackText(out, order.options.destination);
    PackText(out, json::Dump(order.options.options));
    base::PackNumber(out, order.options.secrets.size());
    for (const auto& [pointer, secret] : order.options.secrets) {
        PackText(out, pointer);
        PackText(out, secret.Reveal());
    }
    PackText(out, order.user_agent);
    base::PackNumber(out, static_cast<std::uint64_t>(order.level));
    base::PackNumber(out, static_cast<std::uint64_t>(order.format));
    return out;
}

std::optional<Order> UnpackOrder(std::string_view content) {
    Reader reader(content);
    Order order;
    std::uint64_t count = 0;
    std::string text;
    if (!reader.Take(order.plugin) || !reader.Take(count)) return std::nullopt;
    for (; count > 0; --count) {
        if (!reader.Take(order.directories.emplace_back())) return std::nullopt;
    }
    if (!reader.Take(order.options.destination) || !reader.Take(text) || !reader.Take(count)) return std::nullopt;
    auto options = json::Parse(text);
    if (!options) return std::nullopt;
    order.options.options = *std::move(options);
    for (; count > 0; --count) {
        std::string pointer;
        if (!reader.Take(pointer) || !reader.Take(text)) return std::nullopt;
        order.options.secrets.emplace(std::move(pointer), base::Secret(std::move(text)));
    }
    if (!reader.Take(order.user_agent) || !reader.Take(order.level) || !reader.Take(order.format)) return std::nullopt;
    return order;
}

std::string Pack(sink::BatchId id, const sink::Batch& batch) {
    std::string out;
    base::PackNumber(out, id);
    base::PackNumber(out, NsOf(batch.deadline));
    base::PackNumber(out, batch.items.size());
    for (const sink::Item& item : batch.items) PackItem(out, item);
    return out;
}

std::optional<NumberedBatch> UnpackBatch(std::string_view content) {
    Reader reader(content);
    NumberedBatch out;
    std::uint64_t deadline = 0;
    std::uint64_t count = 0;
    if (!reader.Take(out.id) || !reader.Take(deadline) || !reader.Take(count)) return std::nullopt;
    out.batch.deadline = SteadyOf(deadline);
    for (; count > 0; --count) {
        if (!reader.Take(out.batch.items.emplace_back())) return std::nullopt;
    }
    return out;
}

std::string Pack(const std::vector<sink::Answer>& answers) {
    std::string out;
    base::PackNumber(out, answers.size());
    for (const sink::Answer& answer : answers) {
        const model::Outcome& outcome = answer.outcome;
        base::PackNumber(out, answer.batch);
        base::PackNumber(out, answer.index);
        base::PackNumber(out, static_cast<std::uint64_t>(outcome.kind));
        base::PackNumber(out, static_cast<std::uint64_t>(static_cast<std::int64_t>(outcome.code)));
        base::PackNumber(out, outcome.retry_after ? 1 : 0);
        base::PackNumber(out, static_cast<std::uint64_t>(outcome.retry_after.value_or(base::Duration::zero()).count()));
        PackText(out, outcome.reason);
        PackText(out, outcome.response);
        PackText(out, outcome.remote);
        base::PackNumber(out, outcome.gone ? 1 : 0);
    }
    return out;
}

std::optional<std::vector<sink::Answer>> UnpackAnswers(std::string_view content) {
    Reader reader(content);
    std::uint64_t count = 0;
    if (!reader.Take(count)) return std::nullopt;
    std::vector<sink::Answer> answers;
    for (; count > 0; --count) {
        sink::Answer& answer = answers.emplace_back();
        model::Outcome& outcome = answer.outcome;
        std::uint64_t has_retry_after = 0;
        std::int64_t retry_after = 0;
        const bool ok = reader.Take(answer.batch) && reader.Take(answer.index) && reader.Take(outcome.kind) &&
                        reader.Take(outcome.code) && reader.Take(has_retry_after) && reader.Take(retry_after) &&
                        reader.Take(outcome.reason) && reader.Take(outcome.response) && reader.Take(outcome.remote) &&
                        reader.Take(outcome.gone);
        if (!ok) return std::nullopt;
        if (has_retry_after != 0) outcome.retry_after = base::Duration(retry_after);
    }
    return answers;
}

std::string PackNumber(std::uint64_t number) {
    std::string out;
    base::PackNumber(out, number);
    return out;
}

std::optional<std::uint64_t> UnpackNumber(std::string_view content) {
    std::uint64_t number = 0;
    return Reader(content).Take(number) ? std::optional(number) : std::nullopt;
}

std::string PackReply(const base::Status& status) {
    std::string out;
    base::PackNumber(out, status ? 0 : 1);
    if (status) return out;
    base::PackNumber(out, static_cast<std::uint64_t>(status.error().code));
    PackText(out, status.error().message);
    return out;
}

std::optional<base::Status> UnpackReply(std::string_view content) {
    Reader reader(content);
    std::uint64_t failed = 0;
    if (!reader.Take(failed)) return std::nullopt;
    if (failed == 0) return base::Status();
    base::Code code = base::Code::kInternal;
    std::string message;
    if (!reader.Take(code) || !reader.Take(message)) return std::nullopt;
    return base::Status(base::MakeError(code, std::move(message)));
}

}  // namespace fanfare::isolation
