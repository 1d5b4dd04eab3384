#include "report.hpp"

#include <algorithm>

#include <fanfare/text.hpp>

namespace fanfare::plugins::smtp {
namespace {

// Of the host, to keep what matters within them.
constexpr std::size_t kMaxReason = 512;
constexpr std::size_t kMaxResponse = 1024;

const char* NameOf(Fate fate) {
    switch (fate) {
        case Fate::kAccepted:
            return "accepted";
        case Fate::kRefused:
            return "refused";
        case Fate::kDeferred:
            return "deferred";
    }
    return "";
}

std::size_t Count(const std::vector<RecipientFate>& fates, Fate fate) {
    return static_cast<std::size_t>(
        std::count_if(fates.begin(), fates.end(), [&](const RecipientFate& each) { return each.fate == fate; }));
}

std::string Lines(const std::vector<RecipientFate>& fates, std::size_t most) {
    std::string out;
    for (const Fate fate : {Fate::kDeferred, Fate::kRefused, Fate::kAccepted}) {
        for (const RecipientFate& each : fates) {
            if (each.fate != fate) continue;
            if (!out.empty()) out += "; ";
            out.append(each.address).append(" ").append(NameOf(fate)).append(": ").append(each.reply);
        }
    }
    return to_utf8(out, most);
}

std::string Summary(const std::vector<RecipientFate>& fates, const std::string& host) {
    std::string out = host + ": ";
    std::string separator;
    for (const Fate fate : {Fate::kDeferred, Fate::kRefused, Fate::kAccepted}) {
        const std::size_t count = Count(fates, fate);
        if (count == 0) continue;
        out.append(separator).append(std::to_string(count)).append(" ").append(NameOf(fate));
        separator = ", ";
    }
    out.append(" of ").append(std::to_string(fates.size()));
    return out;
}

int CodeOf(const std::vector<RecipientFate>& fates, Fate fate) {
    const auto found =
        std::find_if(fates.begin(), fates.end(), [&](const RecipientFate& each) { return each.fate == fate; });
    return found == fates.end() ? 0 : found->code;
}

}  // namespace

Outcome OutcomeOf(const std::vector<RecipientFate>& fates, const std::string& host) {
    Outcome outcome = Outcome::delivered();
    Fate shown = Fate::kAccepted;
    if (Count(fates, Fate::kDeferred) > 0) {
        shown = Fate::kDeferred;
        outcome.kind = FANFARE_RETRY;
    } else if (Count(fates, Fate::kRefused) > 0) {
        shown = Fate::kRefused;
        outcome.kind = FANFARE_REJECTED;
    }
    outcome.code = CodeOf(fates, shown);
    outcome.response = Lines(fates, kMaxResponse);
    if (!outcome.is_delivered()) {
        outcome.reason = first_line(Summary(fates, host) + ": " + Lines(fates, kMaxReason), kMaxReason);
    }
    return outcome;
}

Outcome OutcomeOf(const Failure& failure) {
    Outcome outcome = Outcome::retry(failure.what());
    switch (failure.kind()) {
        case FailureKind::kUnusable:
            outcome.kind = FANFARE_UNREACHABLE;
            break;
        case FailureKind::kBroken:
        case FailureKind::kInDoubt:
            break;
        case FailureKind::kStopped:
            outcome.kind = FANFARE_NOT_ATTEMPTED;
            break;
    }
    outcome.code = failure.code();
    outcome.response = failure.response();
    return outcome;
}

}  // namespace fanfare::plugins::smtp
