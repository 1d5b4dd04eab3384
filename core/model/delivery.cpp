#include "model/delivery.hpp"

#include <array>

#include "model/base32.hpp"

namespace fanfare::model {
namespace {

constexpr std::array<std::string_view, 5> kStates{"waiting", "sending", "sent", "dead", "cancelled"};
constexpr std::array<std::string_view, 5> kOutcomes{"delivered", "retry", "rejected", "unreachable", "not_attempted"};
constexpr std::string_view kPrefix = "dlv_";
constexpr std::size_t kSeqDigits = 12;
constexpr std::size_t kDestinationDigits = 6;

}  // namespace

std::string_view Name(DeliveryState state) { return kStates[static_cast<std::size_t>(state)]; }
std::string_view Name(OutcomeKind kind) { return kOutcomes[static_cast<std::size_t>(kind)]; }

std::optional<DeliveryState> ParseDeliveryState(std::string_view text) {
    for (std::size_t i = 0; i < kStates.size(); ++i) {
        if (kStates[i] == text) return static_cast<DeliveryState>(i);
    }
    return std::nullopt;
}

std::string ToText(const DeliveryId& id) {
    std::string text(kPrefix);
    AppendBase32(text, id.seq, kSeqDigits);
    AppendBase32(text, id.destination, kDestinationDigits);
    return text;
}

base::Result<DeliveryId> ParseDeliveryId(std::string_view text) {
    if (text.size() == kPrefix.size() + kSeqDigits + kDestinationDigits && text.starts_with(kPrefix)) {
        const auto seq = ParseBase32(text.substr(kPrefix.size(), kSeqDigits));
        const auto destination = ParseBase32(text.substr(kPrefix.size() + kSeqDigits));
        if (seq && destination) return DeliveryId{*seq, static_cast<NameId>(*destination)};
    }
    return base::MakeError(base::Code::kNotFound, "'" + std::string(text.substr(0, 64)) +
                                                      "' is not the id of a delivery; ids look like " + ToText(DeliveryId{1, 1}));
}

}  // namespace fanfare::model
