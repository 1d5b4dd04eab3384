#include "plugin/instance.hpp"

#include <algorithm>
#include <utility>

#include "plugin/answer.hpp"
#include "plugin/text.hpp"

namespace fanfare::plugin {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kErrorLimit = 512;
constexpr std::size_t kMessageLimit = 1024;
constexpr std::size_t kAbandonedPerHeld = 4;
constexpr auto kLastStop = std::chrono::seconds(5);

// Instances whose thread does not come back. Never destroyed, and in reach of leak checkers.
void Bury(std::shared_ptr<Instance> instance) {
    static std::mutex mutex;
    static auto& buried = *new std::vector<std::shared_ptr<Instance>>;
    const std::lock_guard lock(mutex);
    buried.push_back(std::move(instance));
}

std::string FieldName(std::string_view name) {
    std::string out(name.substr(0, 64));
    for (char& c : out) {
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
        if (!plain) c = '_';
    }
    return out;
}

}  // namespace

Instance::Instance(const Library& library, InstanceOptions options, http_client::Client& http,
                   std::shared_ptr<Misbehaviours> misbehaviours, Limits limits)
    : table_(library.table()),
      plugin_(library.name()),
      options_(std::move(options)),
      misbehaviours_(std::move(misbehaviours)),
      limits_(limits),
      ctx_{this},
      http_(std::make_shared<HttpService>(http, options_.http(), [this] {
          const std::lock_guard lock(mutex_);
          wake_.notify_one();
      })) {}

base::Result<std::shared_ptr<Instance>> Instance::Create(const Library& library, InstanceOptions options,
                                                         http_client::Client& http,
                                                         std::shared_ptr<Misbehaviours> misbehaviours, Limits limits) {
    for (const auto& [pointer, secret] : options.secrets) log::Mask(secret.Reveal());
    std::shared_ptr<Instance> instance(
        new Instance(library, std::move(options), http, std::move(misbehaviours), limits));
    const auto refuse = [&](std::string text) {
        return base::MakeError(base::Code::kConfig, "destination '" + instance->options_.destination() + "': plugin '" +
                                                        instance->plugin_ +
                                                        "' refuses its options: " + std::move(text));
    };
    if (const Called created = instance->CallCreate(); created.status != FANFARE_OK) return refuse(ReasonOf(created));
    instance->created_ = true;
    if (const Called valid = instance->CallValidate(); valid.status != FANFARE_OK) return refuse(ReasonOf(valid));
    return instance;
}

Instance::~Instance() {
    if (created_) Destroy();
    http_->Close();
}

base::Status Instance::Start(sink::Listener listener) {
    {
        const std::lock_guard lock(outlet_mutex_);
        listener_ = std::move(listener);
    }
    const std::string subject = "destination '" + options_.destination() + "': plugin '" + plugin_ + "' ";
    if (base::Status spawned = Spawn(); !spawned) return spawned;
    std::unique_lock lock(mutex_);
    if (!progress_.wait_for(lock, limits_.start_timeout, [this] { return started_; })) {
        lock.unlock();
        LeaveBehind();
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limits_.start_timeout).count();
        return base::MakeError(base::Code::kBusy, subject + "has not started within " + std::to_string(seconds) +
                                                      " s; see its log lines, and whether its far side answers");
    }
    if (start_status_.status == FANFARE_OK) return {};
    lock.unlock();
    thread_.join();
    Mute();
    const base::Code code = start_status_.status == FANFARE_ECONFIG ? base::Code::kConfig : base::Code::kIo;
    return base::MakeError(code, subject + "did not start: " + ReasonOf(start_status_));
}

sink::Taken Instance::Deliver(sink::BatchId id, sink::Batch batch) {
    if (batch.items.empty()) return sink::Taken::kYes;
    if (batch.items.size() > max_batch()) {
        log::Error("plugin.batch_too_large", {{"destination", options_.destination()},
                                              {"events", std::to_string(batch.items.size())},
                                              {"limit", std::to_string(max_batch())}});
        return sink::Taken::kBusy;
    }
    std::unique_lock lock(mutex_);
    if (!started_ || stopping_ || queue_.size() >= limits_.queued) return sink::Taken::kBusy;
    const bool too_many = slots_.abandoned() >= std::max(limits_.abandoned, kAbandonedPerHeld * slots_.peak());
    if (too_many || IsHung(Steady::now())) {
        const bool is_news = !std::exchange(noted_hung_, true);
        lock.unlock();
        if (is_news) Count(Wrong::kHung);
        return sink::Taken::kBusy;
    }
    noted_hung_ = false;
    queue_.push_back({id, std::move(batch)});
    if (!corked_) wake_.notify_one();
    return sink::Taken::kYes;
}

void Instance::Cork() {
    const std::lock_guard lock(mutex_);
    corked_ = true;
}

void Instance::Uncork() {
    const std::lock_guard lock(mutex_);
    corked_ = false;
    if (!queue_.empty()) wake_.notify_one();
}

void Instance::Abandon(sink::BatchId id) {
    std::uint64_t unanswered = 0;
    Queued garbage;
    {
        const std::lock_guard lock(mutex_);
        const auto queued =
            std::find_if(queue_.begin(), queue_.end(), [id](const Queued& each) { return each.id == id; });
        if (queued != queue_.end()) {
            garbage = std::move(*queued);
            queue_.erase(queued);
            return;
        }
        Slot* slot = slots_.FindBatch(id);
        if (slot == nullptr) return;
        slots_.Abandon(*slot);
        if (slot->state == Slot::State::kFilling) return;
        unanswered = slot->open;
        cancels_.push_back(slot->handle);
        wake_.notify_one();
    }
    Count(Wrong::kNeverAnswered, unanswered);
}

void Instance::Stop(base::SteadyTime deadline) {
    if (!thread_.joinable()) return;
    bool finished = false;
    {
        std::unique_lock lock(mutex_);
        stopping_ = true;
        stop_deadline_ = deadline;
        wake_.notify_one();
        finished = progress_.wait_until(lock, deadline, [this] { return finished_; });
    }
    if (finished) {
        thread_.join();
    } else {
        LeaveBehind();
    }
    Mute();
}

void Instance::Mute() {
    const std::lock_guard lock(outlet_mutex_);
    listener_ = nullptr;
}

void Instance::LeaveBehind() {
    http_->Close();
    Mute();
    thread_.detach();
    bool is_news = false;
    {
        const std::lock_guard lock(mutex_);
        is_news = !std::exchange(noted_hung_, true);
        stopping_ = true;
        wake_.notify_one();
    }
    if (is_news) Count(Wrong::kHung);
    log::Error("plugin.left_behind", {{"destination", options_.destination()}, {"plugin", plugin_}});
    Bury(shared_from_this());
}

bool Instance::IsHung(base::SteadyTime now) const {
    const base::SteadyTime began = call_began_.load();
    if (began == base::SteadyTime::min()) return false;
    return now > std::max(began, call_deadline_.load()) + limits_.hang_after;
}

void Instance::Log(log::Level level, std::string_view message, std::span<const fanfare_kv> fields) {
    if (!log::Enabled(level)) return;
    const auto left_out = log_limit_.Pass(Steady::now());
    if (!left_out) return;
    const auto& secrets = options_.secrets();
    std::vector<std::string> names;
    names.reserve(fields.size());
    std::vector<log::Field> line{{"destination", options_.destination()},
                                 {"message", Clean(message, kMessageLimit, secrets)}};
    for (const fanfare_kv& field : fields) {
        names.push_back(FieldName(View(field.key)));
        line.push_back({names.back(), Clean(View(field.value), kMessageLimit, secrets)});
    }
    if (*left_out > 0) line.push_back({"left_out", std::to_string(*left_out)});
    log::Write(level, "plugin.said", line);
}

void Instance::SetError(std::string_view message) {
    std::string text = Clean(message, kErrorLimit, options_.secrets());
    const std::lock_guard lock(mutex_);
    error_ = std::move(text);
}

void Instance::Complete(Handle batch, std::span<const fanfare_result* const> results) {
    std::vector<sink::Answer> answers;
    answers.reserve(results.size());
    std::array<std::uint64_t, 4> tally{};  // by Verdict
    for (const fanfare_result* result : results) {
        if (IsReadable(result)) {
            answers.push_back({0, result->index, OutcomeOf(*result, options_.secrets())});
        } else {
            ++tally[static_cast<std::size_t>(Slots::Verdict::kUnknown)];
        }
    }
    std::vector<sink::Item> garbage;
    {
        const std::lock_guard lock(mutex_);
        Slot* slot = slots_.Find(batch);
        const auto judge = [&](sink::Answer& answer) {
            const Slots::Verdict verdict = slot == nullptr ? slots_.Explain(batch) : slots_.Answer(*slot, answer.index);
            ++tally[static_cast<std::size_t>(verdict)];
            if (slot != nullptr) answer.batch = slot->batch;
            return verdict != Slots::Verdict::kAccepted;
        };
        std::erase_if(answers, judge);
        if (slot != nullptr) garbage = Settle(*slot);
        NoteProgress(answers.size());
    }
    Tally(tally);
    Tell(std::move(answers));
}

void Instance::CompleteAll(Handle batch, const fanfare_result* result) {
    if (!IsReadable(result)) return Count(Wrong::kAnsweredUnknown);
    const model::Outcome outcome = OutcomeOf(*result, options_.secrets());
    std::vector<sink::Answer> answers;
    std::array<std::uint64_t, 4> tally{};  // by Verdict
    std::vector<sink::Item> garbage;
    {
        const std::lock_guard lock(mutex_);
        Slot* slot = slots_.Find(batch);
        if (slot == nullptr || slot->open == 0) {
            const Slots::Verdict verdict = slot == nullptr ? slots_.Explain(batch) : Slots::Verdict::kTwice;
            ++tally[static_cast<std::size_t>(verdict)];
        } else {
            const auto size = static_cast<std::uint32_t>(slot->answered.size());
            answers.reserve(slot->open);
            for (std::uint32_t i = 0; i < size; ++i) {
                if (slot->answered[i]) continue;
                const Slots::Verdict verdict = slots_.Answer(*slot, i);
                ++tally[static_cast<std::size_t>(verdict)];
                if (verdict == Slots::Verdict::kAccepted) answers.push_back({slot->batch, i, outcome});
            }
            garbage = Settle(*slot);
        }
        NoteProgress(answers.size());
    }
    Tally(tally);
    Tell(std::move(answers));
}

// Under mutex_: frees the slot if nothing needs it any more; the result is freed without the lock.
std::vector<sink::Item> Instance::Settle(Slot& slot) {
    if (slot.open > 0 || slot.in_call) return {};
    return slots_.Release(slot, slot.abandoned);
}

// Under mutex_.
void Instance::NoteProgress(std::size_t answers) {
    answered_ += answers;
    if (is_draining_ || (answers > 0 && !queue_.empty())) wake_.notify_one();
}

void Instance::Tally(const std::array<std::uint64_t, 4>& tally) {
    Count(Wrong::kAnsweredTwice, tally[static_cast<std::size_t>(Slots::Verdict::kTwice)]);
    Count(Wrong::kAnsweredLate, tally[static_cast<std::size_t>(Slots::Verdict::kLate)]);
    Count(Wrong::kAnsweredUnknown, tally[static_cast<std::size_t>(Slots::Verdict::kUnknown)]);
}

void Instance::Tell(std::vector<sink::Answer> answers) {
    if (answers.empty()) return;
    if (std::this_thread::get_id() == thread_id_.load() && gathering_) {
        gathered_.insert(gathered_.end(), std::make_move_iterator(answers.begin()),
                         std::make_move_iterator(answers.end()));
        return;
    }
    const std::lock_guard lock(outlet_mutex_);
    if (listener_) listener_(std::move(answers));
}

PluginSink::~PluginSink() { instance_->Stop(Steady::now() + kLastStop); }

}  // namespace fanfare::plugin
