#include "conformance/driver.hpp"

#include <exception>

#include "conformance/child.hpp"
#include "conformance/options.hpp"

namespace fanfare::conformance {
namespace {

constexpr std::chrono::seconds kGrace{5};
constexpr std::chrono::milliseconds kLookPause{10};
constexpr std::size_t kMostRequests = 20'000;
constexpr int kMostBusy = 500;

std::string Said(const Outcome& outcome) { return outcome.text.empty() ? "no text" : "'" + outcome.text + "'"; }

}  // namespace

Driver::Driver(const plugin::Library& library, const json::Value& options, Age age, std::uint64_t first_batch)
    : far_side([](std::size_t) { return Reply{}; }),
      library_(library),
      table_(library.table()),
      host_(age, first_batch),
      rendered_(RenderTemplates(library.schema(), options)) {
    GiveOptions(library.schema(), options, host_);
}

// Nothing may be thrown across the border.
template <class Call>
auto Driver::Run(const char* what, Call call) -> decltype(call()) {
    Doing((std::string("in ") + what).c_str());
    try {
        if constexpr (std::is_void_v<decltype(call())>) {
            call();
            Doing(("done with " + std::string(what)).c_str());
        } else {
            const auto result = call();
            Doing(("done with " + std::string(what)).c_str());
            return result;
        }
    } catch (const std::exception& error) {
        throw Failure{"an exception came out of " + std::string(what) + " ('" + error.what() +
                      "'): catch all of them at the border"};
    } catch (...) {
        throw Failure{"an exception came out of " + std::string(what) + ": catch all of them at the border"};
    }
}

Outcome Driver::Make() {
    Outcome made;
    made.status = Run("create", [&] { return table_.create(host_.border(), host_.ctx(), &self_); });
    made.text = host_.error();
    if (made.status != FANFARE_OK) {
        self_ = nullptr;
        return made;
    }
    if (!FANFARE_HAS(&table_, fanfare_plugin, validate) || table_.validate == nullptr) return made;
    made.status = Run("validate", [&] { return table_.validate(self_); });
    made.text = host_.error();
    if (made.status != FANFARE_OK) Destroy();
    return made;
}

Outcome Driver::Start() {
    if (table_.start == nullptr) return {};
    const fanfare_status status = Run("start", [&] { return table_.start(self_); });
    return {status, host_.error()};
}

void Driver::Up() {
    if (const Outcome made = Make(); made.status != FANFARE_OK) {
        throw Failure{"it refuses its options, with " + Said(made) +
                      ": give it options that work in a TOML file, with --options FILE"};
    }
    if (const Outcome started = Start(); started.status != FANFARE_OK) {
        throw Failure{"start failed, with " + Said(started) +
                      ": start may connect, but a far side that is away is no reason to fail; answer UNREACHABLE later"};
    }
}

std::uint64_t Driver::TryDeliver(std::vector<Event> events, std::uint32_t flags, Steady::time_point deadline) {
    for (Event& event : events) event.options = rendered_;
    const fanfare_batch* batch = host_.Open(std::move(events), flags, deadline);
    const std::uint64_t id = batch->id;
    const fanfare_status status = Run("deliver", [&] { return table_.deliver(self_, batch); });
    if (status == FANFARE_OK) return id;
    if (status != FANFARE_BUSY) {
        throw Failure{"deliver returned " + std::to_string(status) + ": it says OK or BUSY; what became of an event is told by its answer"};
    }
    host_.TakeBack(id);
    MustBeFaultless();
    return 0;
}

std::uint64_t Driver::Deliver(std::vector<Event> events, std::uint32_t flags, Steady::time_point deadline) {
    for (int busy = 0; busy < kMostBusy; ++busy) {
        if (const std::uint64_t id = TryDeliver(events, flags, deadline)) return id;
        Pump();
        host_.Wait(kLookPause);
    }
    throw Failure{"deliver said BUSY " + std::to_string(kMostBusy) +
                  " times although nothing was under way: BUSY is for a while, an answer says what is wrong"};
}

void Driver::Cancel(std::uint64_t batch) {
    if (!FANFARE_HAS(&table_, fanfare_plugin, cancel) || table_.cancel == nullptr) return;
    Run("cancel", [&] { table_.cancel(self_, batch); });
}

void Driver::Stop(Steady::time_point deadline) {
    if (table_.stop != nullptr) {
        Run("stop", [&] { table_.stop(self_, sdk1::mono_ns(deadline)); });
    }
    Run("the answer of a request that stop ended", [&] { host_.http.stop(); });
}

void Driver::Destroy() {
    if (self_ == nullptr) return;
    Run("destroy", [&] { table_.destroy(self_); });
    self_ = nullptr;
    host_.Close();
}

void Driver::Pump() {
    for (std::size_t n = 0; host_.http.open() > 0; ++n) {
        if (n > kMostRequests) {
            throw Failure{"it sent " + std::to_string(kMostRequests) +
                          " requests for what it was handed and goes on: trying again is the host's, answer RETRY"};
        }
        host_.http.reply(far_side(requests_++));
        Run("the answer of a request", [&] { host_.http.pump_one(); });
    }
}

bool Driver::AwaitAll(Steady::time_point until) {
    while (true) {
        Pump();
        if (host_.open_events() == 0) return true;
        if (Steady::now() >= until) return false;
        host_.Wait(kLookPause);
    }
}

void Driver::Settle(std::uint64_t batch, Steady::time_point deadline) {
    const auto now = Steady::now();
    if (!AwaitAll(std::max(deadline, now))) {
        Cancel(batch);
        AwaitAll(Steady::now() + kGrace);
    }
    MustBeFaultless();
    const std::size_t open = host_.open_events(batch);
    if (open == 0) return;
    throw Failure{std::to_string(open) + " of the events of a batch were not answered, neither by its deadline nor " +
                  std::to_string(kGrace.count()) + " s after it: answer every event once, also on every path of failure"};
}

void Driver::Down() {
    Stop(Steady::now() + kGrace);
    const std::size_t open = host_.open_events();
    Destroy();
    MustBeFaultless();
    if (open == 0) return;
    throw Failure{std::to_string(open) +
                  " events were under way when stop was called and had no answer when it had returned: answer what you "
                  "hold, as NOT_ATTEMPTED or RETRY, before stop returns"};
}

void Driver::MustBeFaultless() const {
    const std::vector<std::string> faults = host_.faults();
    if (!faults.empty()) throw Failure{faults.front()};
}

std::vector<Event> Events(std::size_t count) {
    std::vector<Event> events(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string number = std::to_string(i + 1);
        events[i].id = "kit-" + number;
        events[i].delivery_id = "dlv_kit" + number;
        events[i].message_id = "msg_kit" + number;
        events[i].time = "2026-01-01T00:00:00Z";
        events[i].data = R"({"number":)" + number + "}";
    }
    return events;
}

}  // namespace fanfare::conformance
