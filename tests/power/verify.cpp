// What a crash image of a real store holds, asked of the store itself: it starts as the daemon does (checkpoint, quick
// check, lost-tail check) and is read through the interfaces that people use. Knows nothing of the schema.
//
//   verify DESTINATION,DESTINATION,... PROMISES     answers plcheck
//
// Every promised event must be there with its body (body.hpp) and one delivery to each destination. Of an id that reads
// NAME.I.N all N parts must be there or none: a batch is stored as a whole.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/log.hpp"
#include "power/body.hpp"
#include "power/questions.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace fanfare::power {
namespace {

using Found = std::map<std::string, std::multiset<std::string>>;  // event id -> destinations

std::set<std::string> Split(const std::string& list) {
    std::set<std::string> parts;
    for (std::size_t at = 0; at <= list.size();) {
        const std::size_t comma = std::min(list.find(',', at), list.size());
        parts.insert(list.substr(at, comma - at));
        at = comma + 1;
    }
    return parts;
}

base::Result<Found> ReadAll(store::Ledger& ledger) {
    constexpr std::size_t kPageSize = 5000;
    Found found;
    store::DeliveryFilter filter;
    filter.limit = kPageSize;
    do {
        auto page = ledger.ListDeliveries(filter);
        if (!page) return std::move(page).error();
        for (const model::DeliveryView& delivery : page->deliveries) found[delivery.event_id].insert(delivery.destination);
        filter.after = page->next;
    } while (filter.after);
    return found;
}

std::string CheckPresence(const Found& found, const std::vector<std::string>& promised) {
    std::size_t lost = 0;
    std::string first;
    for (const std::string& id : promised) {
        if (found.contains(id)) continue;
        if (lost++ == 0) first = id;
    }
    return lost == 0 ? std::string() : "lost " + std::to_string(lost) + " " + first;
}

std::string CheckDeliveries(const Found& found, const std::set<std::string>& destinations) {
    const std::multiset<std::string> wanted(destinations.begin(), destinations.end());
    for (const auto& [id, has] : found) {
        if (has != wanted) return "partial: the deliveries of " + id;
    }
    return {};
}

std::string CheckBatches(const Found& found) {
    std::map<std::string, std::size_t> parts;  // "NAME.N" -> how many
    for (const auto& [id, destinations] : found) {
        const std::size_t size = id.rfind('.');
        if (size == std::string::npos) continue;
        const std::size_t index = id.rfind('.', size - 1);
        if (index != std::string::npos) ++parts[id.substr(0, index) + id.substr(size)];
    }
    for (const auto& [batch, count] : parts) {
        if (count != std::stoul(batch.substr(batch.rfind('.') + 1))) return "partial: the batch " + batch;
    }
    return {};
}

// The newest, where damage would be, and some of the others.
std::vector<std::string> Sample(const std::vector<std::string>& promised) {
    constexpr std::size_t kNewest = 100, kOthers = 100;
    const auto newest = promised.end() - static_cast<std::ptrdiff_t>(std::min(kNewest, promised.size()));
    std::vector<std::string> sample(newest, promised.end());
    std::mt19937_64 random(promised.size());
    std::sample(promised.begin(), newest, std::back_inserter(sample), kOthers, random);
    return sample;
}

std::string CheckBodies(store::Ledger& ledger, const std::vector<std::string>& ids) {
    for (const std::string& id : ids) {
        const auto views = ledger.FindEvents(id);
        if (!views) return "damaged: " + views.error().message;
        if (views->size() != 1) return "damaged: " + std::to_string(views->size()) + " events " + id;
        if (views->front().event->envelope.event.data != BodyOf(id)) return "damaged: the body of " + id;
    }
    return {};
}

std::string Verify(const std::string& image, const std::vector<std::string>& promised,
                   const std::set<std::string>& destinations) {
    const base::SystemClock clock;
    store::sqlite::Options options;
    options.directory = image;
    options.ballast_bytes = 0;
    options.accept_loss = true;
    const auto store = store::sqlite::Open(options, clock);
    if (!store) return "damaged: " + store.error().message;
    store::Ledger& ledger = (*store)->ledger();
    const auto found = ReadAll(ledger);
    if (!found) return "damaged: " + found.error().message;
    if (std::string fault = CheckPresence(*found, promised); !fault.empty()) return fault;
    if ((*store)->recovery().lost_events != 0) return "damaged: the store reports a loss where there is none";
    for (std::string fault : {CheckDeliveries(*found, destinations), CheckBatches(*found), CheckBodies(ledger, Sample(promised))}) {
        if (!fault.empty()) return fault;
    }
    return "ok";
}

}  // namespace
}  // namespace fanfare::power

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: verify DESTINATION,... PROMISES\n";
        return 64;
    }
    fanfare::log::Configure(fanfare::log::Level::kOff, fanfare::log::Format::kText);
    const auto destinations = fanfare::power::Split(argv[1]);
    fanfare::power::AnswerQuestions(argv[2], [&](const std::string& image, const std::vector<std::string>& promised) {
        return fanfare::power::Verify(image, promised, destinations);
    });
    return 0;
}
