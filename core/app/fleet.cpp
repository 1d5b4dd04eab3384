#include "app/fleet.hpp"

#include <utility>

#include "app/error_history.hpp"

namespace fanfare::app {

base::Result<Fleet::Change> Fleet::Prepare(std::vector<Part> parts) {
    Change change;
    for (Part& part : parts) {
        const std::string& name = part.destination->name;
        const model::DeliveryPolicy& policy = part.destination->delivery;
        const auto old = running_.find(name);
        if (old != running_.end() && old->second.policy == policy &&
            old->second.fingerprint.Reveal() == part.fingerprint.Reveal()) {
            change.running.insert(*old);
            ++change.kept;
            continue;
        }
        const auto id = store_.Intern(name);
        if (!id) return id.error();
        if (policy.error_history) part.sink = WithErrorHistory(std::move(part.sink), name, store_.ledger());
        auto prepared = dispatcher_.Prepare({*id, name, policy, std::move(part.sink)});
        if (!prepared) {
            return base::MakeError(prepared.error().code,
                                   "destination '" + name + "' does not start: " + prepared.error().message);
        }
        change.prepared.push_back(*std::move(prepared));
        change.running[name] = {*id, part.destination->plugin, std::move(part.fingerprint), policy};
        (old == running_.end() ? change.added : change.changed).push_back(name);
    }
    for (const auto& [name, running] : running_) {
        if (change.running.contains(name)) continue;
        change.removed.push_back(name);
        change.gone.push_back(running.id);
    }
    return change;
}

void Fleet::Apply(Change& change) {
    for (auto& prepared : change.prepared) dispatcher_.Set(std::move(prepared));
    for (const model::NameId id : change.gone) dispatcher_.Remove(id);
    change.prepared.clear();
    const std::lock_guard lock(mutex_);
    running_ = std::move(change.running);
}

model::NameId Fleet::IdOf(const Change& change, const std::string& destination) {
    const auto found = change.running.find(destination);
    return found == change.running.end() ? 0 : found->second.id;
}

bool Fleet::HasErrorHistory(const std::string& destination) const {
    const std::lock_guard lock(mutex_);
    const auto found = running_.find(destination);
    return found != running_.end() && found->second.policy.error_history;
}

std::string Fleet::PluginOf(const std::string& destination) const {
    const std::lock_guard lock(mutex_);
    const auto found = running_.find(destination);
    return found == running_.end() ? std::string() : found->second.plugin;
}

}  // namespace fanfare::app
