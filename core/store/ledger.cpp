#include "store/ledger.hpp"

namespace fanfare::store {
namespace {

bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

bool Matches(const DeliveryFilter& filter, const model::DeliveryView& delivery) {
    if (filter.state && delivery.state != *filter.state) return false;
    if (!filter.destination.empty() && delivery.destination != filter.destination) return false;
    if (!filter.realm.empty() && delivery.realm != filter.realm) return false;
    if (!filter.type.empty() && delivery.type != filter.type) return false;
    if (filter.created_after && delivery.created_at < *filter.created_after) return false;
    if (filter.created_before && delivery.created_at >= *filter.created_before) return false;
    return filter.text.empty() || Contains(delivery.event_id, filter.text) || Contains(delivery.type, filter.text) ||
           Contains(delivery.reason, filter.text);
}

bool Matches(const EventFilter& filter, const model::Envelope& envelope) {
    const model::Event& event = envelope.event;
    if (!filter.realm.empty() && envelope.realm != filter.realm) return false;
    if (!filter.type.empty() && event.type != filter.type) return false;
    if (filter.received_after && envelope.received_at < *filter.received_after) return false;
    if (filter.received_before && envelope.received_at >= *filter.received_before) return false;
    return filter.text.empty() || Contains(event.id, filter.text) || Contains(event.source, filter.text) ||
           Contains(event.type, filter.text) || Contains(event.subject, filter.text);
}

}  // namespace fanfare::store
