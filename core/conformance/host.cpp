#include "conformance/host.hpp"

#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include <fanfare/crypto.h>

#include "plugin/host.hpp"
#include "plugin/text.hpp"

namespace fanfare::conformance {
namespace {

constexpr std::size_t kGrowth = 64;  // bytes that structs of the future have more
constexpr int kPoison = 0xA5;
constexpr std::uint32_t kUnknownFlags = 0xFFFF0000u;
constexpr std::uint32_t kFutureMinor = 99;
constexpr std::size_t kReasonLimit = 512;

// Where each struct ended in minor 0.
template <class T>
constexpr std::size_t kEndInMinor0 = sizeof(T);
static_assert(FANFARE_ABI_MINOR == 0, "say above where the structs that have grown since ended in minor 0");

// A struct as a host of `age` fills it: cut where it ended, or with more behind it. In 8-byte words, for the alignment.
template <class T>
std::vector<std::uint64_t> Aged(const T& from, Age age) {
    const std::size_t size = age == Age::kFuture ? sizeof(T) + kGrowth : age == Age::kPast ? kEndInMinor0<T> : sizeof(T);
    std::vector<std::uint64_t> bytes((size + 7) / 8);
    std::memset(bytes.data(), kPoison, bytes.size() * 8);
    std::memcpy(bytes.data(), &from, std::min(size, sizeof(T)));
    const auto told = static_cast<std::uint32_t>(size);
    std::memcpy(bytes.data(), &told, sizeof told);
    return bytes;
}

std::string Place(std::uint64_t batch, std::size_t index) {
    return "event " + std::to_string(index) + " of batch " + std::to_string(batch);
}

// What is empty need not point anywhere: a plugin that looks at its first byte is to learn it here.
void HideEmpty(fanfare_event& event) {
    for (fanfare_str* text : {&event.id, &event.source, &event.type, &event.subject, &event.time, &event.content_type,
                              &event.data_schema, &event.realm, &event.order_key}) {
        if (text->len == 0) text->ptr = nullptr;
    }
    if (event.data.len == 0) event.data.ptr = nullptr;
}

}  // namespace

std::string NameOf(fanfare_outcome outcome) {
    switch (outcome) {
        case FANFARE_UNSET: return "UNSET";
        case FANFARE_DELIVERED: return "DELIVERED";
        case FANFARE_RETRY: return "RETRY";
        case FANFARE_REJECTED: return "REJECTED";
        case FANFARE_UNREACHABLE: return "UNREACHABLE";
        case FANFARE_NOT_ATTEMPTED: return "NOT_ATTEMPTED";
        default: return std::to_string(outcome);
    }
}

// One batch with all it points into, as a host of some age shows it.
class Host::Handed {
public:
    Handed(std::uint64_t id, std::vector<Event> events, std::uint32_t flags, Steady::time_point deadline, Age age)
        : held_(id, std::move(events), flags, deadline) {
        fanfare_batch batch = *held_.border();
        for (std::size_t i = 0; i < batch.count; ++i) {
            fanfare_event event = *batch.events[i];
            if (age == Age::kFuture) event.flags |= kUnknownFlags;
            HideEmpty(event);
            events_.push_back(Aged(event, age));
        }
        for (const auto& event : events_) pointers_.push_back(reinterpret_cast<const fanfare_event*>(event.data()));
        batch.events = pointers_.data();
        if (age == Age::kFuture) batch.flags |= kUnknownFlags;
        batch_ = Aged(batch, age);
    }
    const fanfare_batch* border() const { return reinterpret_cast<const fanfare_batch*>(batch_.data()); }

private:
    fanfare::testing::HeldBatch held_;
    std::vector<std::vector<std::uint64_t>> events_;
    std::vector<const fanfare_event*> pointers_;
    std::vector<std::uint64_t> batch_;
};

Host::Host(Age age, std::uint64_t first_batch) : age_(age), next_batch_(first_batch) {
    MakeTable();
    MakeHttp();
}

Host::~Host() = default;

Host& Host::Of(fanfare_ctx* ctx) {
    return static_cast<Host&>(*reinterpret_cast<fanfare::testing::FakeHost*>(ctx));
}

void Host::MakeTable() {
    fanfare_host table = *FakeHost::table();
    if (age_ == Age::kFuture) table.abi_minor = kFutureMinor;
    if (age_ == Age::kPast) table.abi_minor = 0;
    table.complete = [](fanfare_ctx* ctx, std::uint64_t batch, const fanfare_result* const* results, std::size_t count) {
        if (results == nullptr && count > 0) return Of(ctx).Fault("complete was called with NULL for its results");
        for (std::size_t i = 0; i < count; ++i) Of(ctx).Take(batch, results[i]);
    };
    table.complete_all = [](fanfare_ctx* ctx, std::uint64_t batch, const fanfare_result* result) {
        Of(ctx).TakeAll(batch, result);
    };
    table.get_extension = [](fanfare_ctx* ctx, fanfare_str id) { return Of(ctx).Extension(plugin::View(id)); };
    table_bytes_ = Aged(table, age_);
}

void Host::MakeHttp() {
    const fanfare_http service{sizeof(fanfare_http), 0,
                            [](fanfare_ctx* ctx, const fanfare_http_request* request, fanfare_http_done done,
                               void* user) { Of(ctx).http.accept(*request, done, user); }};
    http_bytes_ = Aged(service, age_);
}

const void* Host::Extension(std::string_view id) {
    const std::lock_guard lock(mutex_);
    asked_.emplace(id);
    if (age_ == Age::kPast) return nullptr;
    if (id == FANFARE_EXT_HTTP) return http_bytes_.data();
    if (id == FANFARE_EXT_CRYPTO) return plugin::HostTable().get_extension(nullptr, plugin::Str(id));
    return nullptr;
}

const fanfare_batch* Host::Open(std::vector<Event> events, std::uint32_t flags, Steady::time_point deadline) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t id = next_batch_++;
    Batch& batch = batches_[id];
    batch.open = events.size();
    batch.answers.resize(events.size());
    batch.memory = std::make_unique<Handed>(id, std::move(events), flags, deadline, age_);
    return batch.memory->border();
}

void Host::TakeBack(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    Batch& batch = batches_[id];
    if (batch.open < batch.answers.size()) {
        faults_.push_back("deliver said BUSY for a batch of which it had answered an event: BUSY means that nothing was taken");
    }
    batch.taken_back = true;
    batch.open = 0;
    batch.memory.reset();
}

void Host::Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
}

std::size_t Host::open_events() const {
    const std::lock_guard lock(mutex_);
    std::size_t open = 0;
    for (const auto& [id, batch] : batches_) open += batch.open;
    return open;
}

std::size_t Host::open_events(std::uint64_t batch) const {
    const std::lock_guard lock(mutex_);
    return batches_.at(batch).open;
}

std::vector<Given> Host::given() const {
    const std::lock_guard lock(mutex_);
    return given_;
}

std::vector<std::string> Host::faults() const {
    const std::lock_guard lock(mutex_);
    return faults_;
}

void Host::Fault(std::string sentence) {
    const std::lock_guard lock(mutex_);
    faults_.push_back(std::move(sentence));
}

void Host::Wait(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    const std::size_t before = given_.size();
    answered_.wait_for(lock, limit, [&] { return given_.size() > before; });
}

void Host::Take(std::uint64_t batch, const fanfare_result* result) {
    std::unique_ptr<Handed> garbage;  // freed without the lock
    const std::lock_guard lock(mutex_);
    if (result == nullptr) return faults_.push_back("an answer is NULL");
    if (!FANFARE_HAS(result, fanfare_result, outcome)) {
        return faults_.push_back("an answer has the struct_size " + std::to_string(result->struct_size) +
                                 ", so it has no outcome: set struct_size to sizeof(fanfare_result)");
    }
    garbage = Record(batch, result->index, *result);
}

void Host::TakeAll(std::uint64_t id, const fanfare_result* result) {
    std::unique_ptr<Handed> garbage;
    const std::lock_guard lock(mutex_);
    if (result == nullptr || !FANFARE_HAS(result, fanfare_result, outcome)) {
        return faults_.push_back("an answer for a whole batch is NULL or has no outcome: set its struct_size");
    }
    const auto found = batches_.find(id);
    if (found == batches_.end() || found->second.open == 0) {
        garbage = Record(id, 0, *result);
        return;
    }
    const std::size_t size = found->second.answers.size();
    for (std::size_t i = 0; i < size; ++i) {
        if (found->second.answers[i] > 0) continue;
        if (auto freed = Record(id, static_cast<std::uint32_t>(i), *result)) garbage = std::move(freed);
    }
}

std::unique_ptr<Host::Handed> Host::Record(std::uint64_t id, std::uint32_t index, const fanfare_result& result) {
    const auto found = batches_.find(id);
    if (closed_) {
        faults_.push_back("it answered after destroy had returned: end what answers before destroy returns");
    } else if (found == batches_.end()) {
        faults_.push_back("it answered batch " + std::to_string(id) +
                          ", which it was never handed: answer with fanfare_batch.id of the batch");
    } else if (index >= found->second.answers.size()) {
        faults_.push_back("it answered " + Place(id, index) + ", which has " +
                          std::to_string(found->second.answers.size()) + " events: the index is that within the batch, from 0");
    } else if (found->second.taken_back) {
        faults_.push_back("it answered a batch for which deliver had said BUSY: BUSY means that nothing was taken");
    } else if (found->second.answers[index]++ > 0) {
        faults_.push_back("it answered " + Place(id, index) + " twice: answer every event once");
    } else {
        Judge(result);
        given_.push_back({id, index, result.outcome, result.retry_after_ms,
                          plugin::Clean(plugin::View(result.reason), kReasonLimit, {})});
        answered_.notify_all();
        if (--found->second.open == 0) return std::move(found->second.memory);
    }
    return nullptr;
}

void Host::Judge(const fanfare_result& result) {
    if (result.outcome == FANFARE_UNSET) {
        faults_.push_back("an answer has the outcome 0 (UNSET), which the host takes for RETRY: set an outcome");
    } else if (result.outcome > FANFARE_NOT_ATTEMPTED) {
        faults_.push_back("an answer has the outcome " + std::to_string(result.outcome) +
                          ", which plugin ABI 1.0 does not know: use one of fanfare_outcome");
    }
}

}  // namespace fanfare::conformance
